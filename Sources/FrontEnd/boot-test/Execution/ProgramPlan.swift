internal import Glibc
internal import HostSupport
internal import MachineOptions
internal import ProgramExecution

/// What is run, and what of this host it finds in the guest: decided before a guest is made.
struct ProgramPlan {
  /// A folder of this host in the guest.
  struct Folder: Equatable {
    var host: String
    var guest: String
    var isReadOnly: Bool
  }

  /// The path in the guest, and its file here unless the guest finds it in a folder.
  var path: String
  var file: InputFile
  /// nil for a script.
  var program: ProgramFile?
  var mode: UInt32
  var isInRoot: Bool
  var libraries: [LibrarySearch.Found] = []
  var root: RootFolder?
  /// Whether the root is the one of Debian's packages, which only dynamic programs need.
  var sharesRoot: Bool
  var folders: [Folder] = []
  var workingFolder: String

  /// Folders of a system, which a shared folder would hide.
  private static let systemFolders: Set<String> = [
    "bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr",
  ]

  /// Whether a folder of this host can be at the same path in the guest.
  static func canBeShared(_ path: String) -> Bool {
    guard let first = path.split(separator: "/").first else { return false }
    return !systemFolders.contains(String(first))
  }

  init(_ words: [String], _ options: ExecEnvironmentOptions, _ cache: GuestCache) throws {
    let say = { (text: String) in Complaint.write(text, from: "boot-test") }
    workingFolder = try Self.currentFolder()
    if let root = options.root {
      self.root = RootFolder(try Self.realPath(root, "--root"))
    } else if !options.package.isEmpty {
      root = try cache.debianRoot(adding: options.package, say: say)
    }
    sharesRoot = root != nil
    let name = words[0]
    guard
      let found = try Self.find(name, root: root, options.environment, folder: workingFolder)
    else {
      throw ProgramNotFound(message: "\(name): no such program", status: 127)
    }
    (path, file, isInRoot) = found
    (program, mode) = try Self.examine(file, name)
    if let program, program.interpreter != nil, root == nil {
      guard program.byteOrder == .little, program.is64Bit else {
        throw ProgramNotFound(
          message:
            "\(name) needs libraries of a big-endian system: --root names a folder with them",
          status: 126)
      }
      root = try cache.debianRoot(say: say)
    }
    if let program {
      libraries = try LibrarySearch(root: root, environment: Self.pairs(options.environment))
        .libraries(of: program, at: path, isInRoot: isInRoot)
    } else if root == nil {
      throw ProgramNotFound(
        message: "\(name): a script needs its interpreter: --root or --package", status: 126)
    }
    try addFolders(options)
  }

  // MARK: finding

  private static func currentFolder() throws -> String {
    guard let path = HostProcess.workingFolder else {
      throw ExecutionError("the working folder: \(HostError.text(errno))")
    }
    return path
  }

  private static func realPath(_ path: String, _ option: String) throws -> String {
    guard let real = realpath(path, nil) else {
      throw CommandError.usage("\(option): \(path): \(HostError.text(errno))")
    }
    defer { free(real) }
    var status = stat()
    guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CommandError.usage("\(option): \(path): \(HostError.text(ENOTDIR))")
    }
    return String(cString: real)
  }

  private static func pairs(_ environment: [String]) -> [String: String] {
    Dictionary(
      environment.map { variable in
        let name = variable.prefix { $0 != "=" }
        return (String(name), String(variable.dropFirst(name.count + 1)))
      }, uniquingKeysWith: { $1 })
  }

  /// A name without a slash is looked for in the root's folders of `PATH`; an absolute one in the root, then
  /// here; a relative one here.
  private static func find(
    _ name: String, root: RootFolder?, _ environment: [String], folder: String
  ) throws -> (String, InputFile, Bool)? {
    guard name.contains("/") else {
      let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
      let path = pairs(environment)["PATH"] ?? usual
      for folder in (path + ":" + usual).split(separator: ":") where folder.hasPrefix("/") {
        let place = folder + "/" + name
        if let file = root?.open(String(place)) { return (String(place), file, true) }
      }
      return nil
    }
    if name.hasPrefix("/"), let file = root?.open(name) { return (name, file, true) }
    // `./` at the beginning is how a shell is kept from looking for it.
    let named = name.hasPrefix("/") ? name : folder + "/" + name.trimmingPrefix("./")
    guard access(named, F_OK) == 0 else { return nil }
    let place = withoutParents(named)
    let file: InputFile
    do throws(InputError) { file = try InputFile(opening: place) } catch {
      throw ProgramNotFound(message: "\(error)", status: 126)
    }
    guard file.size != nil else {
      throw ProgramNotFound(message: "\(name): not a regular file", status: 126)
    }
    return (place, file, false)
  }

  /// A file's path without `..`, which would lead out of a shared folder that the path begins with.
  private static func withoutParents(_ path: String) -> String {
    let parts = path.split(separator: "/")
    guard parts.contains(".."), let name = parts.last,
      let folder = realpath("/" + parts.dropLast().joined(separator: "/"), nil)
    else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + name
  }

  private static func examine(
    _ file: InputFile, _ name: String
  ) throws -> (ProgramFile?, UInt32) {
    var status = stat()
    guard fstat(file.descriptor, &status) == 0, status.st_mode & 0o111 != 0 else {
      throw ProgramNotFound(message: "\(name): \(HostError.text(EACCES))", status: 126)
    }
    var start = [UInt8](repeating: 0, count: 4)
    try start.withUnsafeMutableBytes { _ = try file.read(into: $0, at: 0) }
    let mode = UInt32(status.st_mode & 0o777)
    guard ProgramFile.isELF(start) else {
      guard start.starts(with: Array("#!".utf8)) else {
        throw ProgramNotFound(
          message: "\(name): neither an ELF program nor a script with #!", status: 126)
      }
      return (nil, mode)
    }
    do throws(ExecutionError) { return (try ProgramFile(file), mode) } catch {
      throw ProgramNotFound(message: "\(error)", status: 126)
    }
  }

  // MARK: folders

  private mutating func addFolders(_ options: ExecEnvironmentOptions) throws {
    for share in options.share {
      let host = try Self.realPath(share.folder, "--share")
      let guest = share.path ?? host
      guard guest != "/" else { throw CommandError.usage("--share: / is the root; see --root") }
      folders.append(Folder(host: host, guest: guest, isReadOnly: share.isReadOnly))
    }
    // In a root that is a folder here, the working folder has its place.
    let here = workingFolder
    if let root, here == root.path || here.hasPrefix(root.path + "/"), options.root != nil {
      workingFolder = here == root.path ? "/" : String(here.dropFirst(root.path.count))
    }
    let isShared = folders.contains {
      workingFolder == $0.guest || workingFolder.hasPrefix($0.guest + "/")
    }
    if options.workingFolder, !isShared, Self.canBeShared(workingFolder) {
      folders.append(Folder(host: here, guest: workingFolder, isReadOnly: false))
    }
    // A folder comes before those in it.
    folders.sort { $0.guest.count < $1.guest.count }
  }

  /// Whether the guest finds a path in a folder that it shares.
  func isShared(_ guestPath: String) -> Bool {
    folders.contains { $0.host == $0.guest && guestPath.hasPrefix($0.guest + "/") }
  }

  /// Leaves out all folders, for a kernel that cannot share any.
  mutating func leaveOutFolders(_ options: ExecEnvironmentOptions) throws {
    guard options.share.isEmpty else {
      throw CommandError.usage("--share: the kernel has no 9p and virtio (see --modules)")
    }
    folders = []
    sharesRoot = false
  }
}
