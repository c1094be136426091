package import HostSupport

/// Finds the shared libraries that a program is started with, as its dynamic linker will.
package struct LibrarySearch {
  /// A file that the program needs in the guest.
  package struct Found {
    /// Where it has to be.
    package var guestPath: String
    package var file: InputFile
    package var program: ProgramFile
  }

  /// Where it is looked for: a root on this host, or this host's own files for a program's neighbours.
  private let root: RootFolder?
  private let environment: [String: String]

  /// - Parameters:
  ///   - root: the root folder with the libraries; nil for none.
  ///   - environment: that of the program, for `LD_LIBRARY_PATH`.
  package init(root: RootFolder?, environment: [String: String] = [:]) {
    (self.root, self.environment) = (root, environment)
  }

  /// The most files of one program.
  private static let mostFiles = 2048

  /// The dynamic linker and the libraries of a program, each once.
  /// - Parameters:
  ///   - program: the program.
  ///   - path: its path in the guest.
  ///   - isInRoot: whether it is a file of the root; its neighbours (`$ORIGIN`) are files of this host
  ///     otherwise.
  package func libraries(
    of program: ProgramFile, at path: String, isInRoot: Bool
  ) throws(ExecutionError) -> [Found] {
    guard let interpreter = program.interpreter else { return [] }
    guard let linker = root?.open(interpreter) else {
      throw ExecutionError(
        missing(interpreter, "the dynamic linker", neededBy: program.name))
    }
    let linkerFile = try ProgramFile(linker)
    var found = [Found(guestPath: interpreter, file: linker, program: linkerFile)]
    var names: Set<String> = [Self.last(interpreter)]
    if let name = linkerFile.libraryName { names.insert(name) }
    var waiting: [(program: ProgramFile, path: String, paths: [String])] = [
      (program, path, program.searchPaths)
    ]
    while let next = waiting.first {
      waiting.removeFirst()
      for name in next.program.needed where names.insert(name).inserted {
        guard found.count < Self.mostFiles else {
          throw ExecutionError("\(program.name): it needs more than \(Self.mostFiles) libraries")
        }
        guard
          let library = find(
            name, for: next.program, at: next.path, paths: next.paths, isInRoot: isInRoot)
        else { throw ExecutionError(missing(name, nil, neededBy: next.program.name)) }
        found.append(library)
        waiting.append((library.program, library.guestPath, library.program.searchPaths))
      }
    }
    return found
  }

  private func missing(_ name: String, _ what: String?, neededBy program: String) -> String {
    let kind = what.map { ", \($0)," } ?? ""
    let place = root.map { "\($0.path) has no such file" } ?? "there is no --root"
    return "\(program) needs \(name)\(kind) and \(place)"
  }

  private func find(
    _ name: String, for program: ProgramFile, at path: String, paths: [String], isInRoot: Bool
  ) -> Found? {
    if name.contains("/") { return open(name, like: program) }
    let origin = Self.folder(of: path)
    let own = paths.map {
      $0.replacing("${ORIGIN}", with: origin).replacing("$ORIGIN", with: origin)
    }
    let given = environment["LD_LIBRARY_PATH"]?.split(separator: ":").map(String.init) ?? []
    for folder in own + given where folder.hasPrefix("/") {
      let place = folder + "/" + name
      if let found = open(place, like: program) { return found }
      if !isInRoot, let file = try? InputFile(opening: place), file.size != nil,
        let library = try? ProgramFile(file), library.is(like: program)
      {
        return Found(guestPath: place, file: file, program: library)
      }
    }
    for folder in Self.usualFolders(program) {
      if let found = open(folder + "/" + name, like: program) { return found }
    }
    // The linker finds these by a cache that the guest may lack: they are put where it looks anyway.
    for folder in configuredFolders {
      if var found = open(folder + "/" + name, like: program) {
        found.guestPath = Self.usualFolders(program)[0] + "/" + name
        return found
      }
    }
    return nil
  }

  /// Opens a library that the linker would take: others of the same name are passed over.
  private func open(_ guestPath: String, like program: ProgramFile) -> Found? {
    guard let file = root?.open(guestPath), let library = try? ProgramFile(file),
      library.is(like: program)
    else { return nil }
    return Found(guestPath: guestPath, file: file, program: library)
  }

  /// The folders that are compiled into Debian's and others' dynamic linkers.
  private static func usualFolders(_ program: ProgramFile) -> [String] {
    let triplet =
      switch (program.byteOrder, program.is64Bit) {
      case (.little, _): "powerpc64le-linux-gnu"
      case (.big, true): "powerpc64-linux-gnu"
      case (.big, false): "powerpc-linux-gnu"
      }
    let width = program.is64Bit ? ["/lib64", "/usr/lib64"] : []
    return ["/lib/\(triplet)", "/usr/lib/\(triplet)"] + width + ["/lib", "/usr/lib"]
  }

  /// The folders of `/etc/ld.so.conf` and `/etc/ld.so.conf.d/*.conf` of the root.
  private var configuredFolders: [String] {
    guard let root else { return [] }
    var texts = [root.open("/etc/ld.so.conf")]
    if let folder = root.resolve("/etc/ld.so.conf.d") {
      texts += FolderEntries.names(in: folder).filter { $0.hasSuffix(".conf") }
        .map { root.open("/etc/ld.so.conf.d/" + $0) }
    }
    return texts.compactMap { try? $0?.contents(limit: 1 << 16) }
      .flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
      .map { $0.prefix { $0 != "#" }.trimmingPrefix { $0 == " " } }
      .map { String($0.prefix { $0 != " " }) }
      .filter { $0.hasPrefix("/") }
  }

  static func folder(of path: String) -> String {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return end == path.startIndex ? "/" : String(path[..<end])
  }

  private static func last(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

extension ProgramFile {
  /// Whether both are for the same kind of process.
  func `is`(like other: ProgramFile) -> Bool {
    byteOrder == other.byteOrder && is64Bit == other.is64Bit
  }
}
