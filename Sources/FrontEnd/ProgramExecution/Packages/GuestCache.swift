internal import Glibc
internal import HostSupport

/// The folder with kernels, roots and saved guests that are made once.
package struct GuestCache: Sendable {
  package let path: String

  /// - Parameter path: an absolute path; nil for the user's usual place.
  package init(_ path: String?) {
    self.path = path ?? Self.usualPath
  }

  /// `$XDG_CACHE_HOME/boot-test`, or `~/.cache/boot-test`.
  private static var usualPath: String {
    let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
    if let folder = variable("XDG_CACHE_HOME"), folder.hasPrefix("/") {
      return folder + "/boot-test"
    }
    let home = variable("HOME") ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
    return (home ?? "/tmp") + "/.cache/boot-test"
  }

  /// Makes the folder, waits for other processes that make something in it, and calls a function.
  package func whileLocked<Result>(
    _ body: () throws(ExecutionError) -> Result
  ) throws(ExecutionError) -> Result {
    try NewFolder.make(path)
    var status = stat()
    guard stat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw ExecutionError(
        "\(path): other users can change it, or it belongs to one; --cache names another folder")
    }
    let lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      throw ExecutionError("cannot write \(path)/lock: \(HostError.text(errno))")
    }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 {
      guard errno == EINTR, !Interruption.isWanted else {
        throw ExecutionError("\(path)/lock: \(HostError.text(errno))")
      }
    }
    return try body()
  }

  // MARK: kernels

  /// A kernel with its modules.
  package struct Kernel: Sendable, Equatable {
    package var path: String
    /// Folder of the modules that the agent loads; nil for a kernel that has them built in.
    package var modules: String?

    package init(path: String, modules: String? = nil) {
      (self.path, self.modules) = (path, modules)
    }
  }

  /// Modules that shared folders need, in the order in which they are loaded.
  static let modules = [
    "virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci",
    "netfs", "fscache", "9pnet", "9pnet_virtio", "9p", "overlay",
  ]

  private static let kernelPackage = "linux-image-powerpc64le"
  private static let architecture = "ppc64el"

  /// Debian's kernel for ppc64el, which is fetched once.
  /// - Parameter say: gets what takes time, in a sentence.
  package func debianKernel(say: (String) -> Void) throws(ExecutionError) -> Kernel {
    let folder = path + "/kernel-" + Self.architecture
    let kernel = Kernel(path: folder + "/vmlinux", modules: folder + "/modules")
    if access(kernel.path, R_OK) == 0 { return kernel }
    return try whileLocked { () throws(ExecutionError) in
      if access(kernel.path, R_OK) == 0 { return kernel }
      say("fetching Debian's kernel for \(Self.architecture), once")
      let new = try NewFolder(for: folder)
      let apt = try PrivateApt(in: new.path + "/apt", architecture: Self.architecture)
      guard
        let package = try apt.dependencies(of: Self.kernelPackage)
          .first(where: { $0.hasPrefix("linux-image-") })
      else {
        throw ExecutionError(
          "Debian's kernel cannot be had: no package \(Self.kernelPackage) (no network?); --kernel names "
            + "one that is there")
      }
      let unpacked = new.path + "/unpacked"
      try PrivateApt.unpack(try apt.download(package), into: unpacked)
      try take(fromKernelPackage: unpacked, to: new.path)
      NewFolder.remove(unpacked)
      NewFolder.remove(new.path + "/apt")
      try NewFolder.write(package + "\n", to: new.path + "/package")
      try new.commit()
      return kernel
    }
  }

  private func take(fromKernelPackage unpacked: String, to folder: String) throws(ExecutionError) {
    let boot = unpacked + "/boot"
    guard let name = FolderEntries.names(in: boot).first(where: { $0.hasPrefix("vmlinux") }),
      rename(boot + "/" + name, folder + "/vmlinux") == 0
    else { throw ExecutionError("the package of the kernel has no vmlinux") }
    try NewFolder.make(folder + "/modules")
    // Newer kernels have them compressed.
    let suffixes = [".ko", ".ko.xz", ".ko.zst"]
    let wanted = Set(Self.modules.flatMap { name in suffixes.map { name + $0 } })
    // A kernel may have a module built in.
    var folders = [unpacked + "/lib/modules", unpacked + "/usr/lib/modules"]
    while let place = folders.popLast() {
      for name in FolderEntries.names(in: place) {
        let entry = place + "/" + name
        var status = stat()
        guard lstat(entry, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR { folders.append(entry) }
        guard wanted.contains(name) else { continue }
        let place = folder + "/modules/" + name
        rename(entry, place)
        for (suffix, tool) in [(".xz", "xz"), (".zst", "zstd")] where name.hasSuffix(suffix) {
          try HostProgram(name: tool, arguments: ["-q", "-d", place]).succeed()
        }
      }
    }
  }

  // MARK: roots

  /// The packages of the root that programs get when nothing else is said: the C and C++ libraries, and the
  /// links of a system whose folders are in `/usr`.
  package static let rootPackages = ["base-files", "libc6", "libgcc-s1", "libstdc++6", "zlib1g"]
  /// What packages do not depend on, because every Debian has it: a shell, and the usual tools.
  private static let essential = "?essential"

  /// A root of unpacked packages of Debian for ppc64el with what they depend on, which is made once.
  package func debianRoot(
    adding packages: [String] = [], say: (String) -> Void
  ) throws(ExecutionError) -> RootFolder {
    for package in packages where !Self.isPackageName(package) {
      throw ExecutionError("--package: '\(package)' is not a name of a package")
    }
    let all =
      Self.rootPackages + (packages.isEmpty ? [] : [Self.essential] + packages.sorted())
    let name = packages.isEmpty ? "" : "-" + Checksum.text(of: all.joined(separator: " "))
    let folder = path + "/root-" + Self.architecture + name
    let root = RootFolder(folder + "/root")
    if access(root.path, R_OK) == 0 { return root }
    return try whileLocked { () throws(ExecutionError) in
      if access(root.path, R_OK) == 0 { return root }
      let named = packages.isEmpty ? Self.rootPackages : packages
      say("unpacking \(named.joined(separator: ", ")) of Debian for \(Self.architecture), once")
      let new = try NewFolder(for: folder)
      let apt = try PrivateApt(in: new.path + "/apt", architecture: Self.architecture)
      for package in try apt.downloadAll(all) {
        try PrivateApt.unpack(package, into: new.path + "/root")
      }
      // Made by a script of the package in some releases.
      let bin = new.path + "/root/bin/"
      if access(bin + "dash", F_OK) == 0, access(bin + "sh", F_OK) != 0 {
        symlink("dash", bin + "sh")
      }
      NewFolder.remove(new.path + "/apt")
      try NewFolder.write(all.joined(separator: "\n") + "\n", to: new.path + "/packages")
      try new.commit()
      return root
    }
  }

  static func isPackageName(_ name: String) -> Bool {
    name.count >= 2 && name.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true
      && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || "+-.".contains($0)) }
  }
}

/// A number that stands for a text in a name of a file.
enum Checksum {
  /// 64 bits of FNV-1a, in hexadecimal.
  static func text(of text: String) -> String {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      .hexDigits(16)
  }
}
