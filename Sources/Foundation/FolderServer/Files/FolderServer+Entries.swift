internal import Glibc

extension FolderServer {
  /// The status that a call returned.
  private func check(_ status: Int32) throws(FolderError) {
    guard status == 0 else { throw .last }
  }

  /// The identity of an entry that has been made.
  private func identity(
    of name: FileName, in folder: ClientFile
  ) throws(FolderError) -> FileIdentity {
    identity(try folder.place.place(of: name).status())
  }

  /// Tmkdir: makes a folder.
  func makeFolder(
    _ number: UInt32, _ name: FileName, _ mode: UInt32, _: UInt32
  ) throws(FolderError) -> FileIdentity {
    let folder = try file(number)
    let mode = try Self.mode(mode, ofFolder: true)
    try check(name.withCString { mkdirat(folder.place.descriptor, $0, mode) })
    return try identity(of: name, in: folder)
  }

  /// Tsymlink: makes a link, which only clients follow.
  func makeLink(
    _ number: UInt32, _ name: FileName, _ target: LinkTarget, _: UInt32
  ) throws(FolderError) -> FileIdentity {
    let folder = try file(number)
    try check(
      name.withCString { name in
        Self.withCString(target.bytes) { symlinkat($0, folder.place.descriptor, name) }
      })
    return try identity(of: name, in: folder)
  }

  /// Tmknod: makes a file, a pipe or a socket; no devices.
  func makeNode(
    _ number: UInt32, _ name: FileName, _ mode: UInt32, _: UInt32, _: UInt32, _: UInt32
  ) throws(FolderError) -> FileIdentity {
    let folder = try file(number)
    let kind = mode & UInt32(S_IFMT)
    guard [0, S_IFREG, S_IFIFO, S_IFSOCK].contains(mode_t(kind)) else { throw FolderError(EPERM) }
    let permissions = try Self.mode(mode & 0o7777, ofFolder: false)
    try check(
      name.withCString { mknodat(folder.place.descriptor, $0, mode_t(kind) | permissions, 0) })
    return try identity(of: name, in: folder)
  }

  /// Tlink: makes another entry of a file.
  func link(
    _ folder: UInt32, _ number: UInt32, _ name: FileName
  ) throws(FolderError) -> NoResult {
    let (folder, file) = (try file(folder), try file(number))
    try check(
      name.withCString {
        // The descriptor's file itself, which may be a link.
        linkat(
          descriptors.descriptor, String(file.place.descriptor), folder.place.descriptor, $0,
          AT_SYMLINK_FOLLOW)
      })
    return NoResult()
  }

  /// Tunlinkat: removes an entry.
  func removeEntry(
    _ number: UInt32, _ name: FileName, _ flags: UInt32
  ) throws(FolderError) -> NoResult {
    let folder = try file(number)
    guard flags & ~UInt32(AT_REMOVEDIR) == 0 else { throw FolderError(EINVAL) }
    try check(
      name.withCString { unlinkat(folder.place.descriptor, $0, Int32(bitPattern: flags)) })
    return NoResult()
  }

  /// Trenameat: gives an entry another name or folder.
  func renameEntry(
    _ number: UInt32, _ name: FileName, _ target: UInt32, _ newName: FileName
  ) throws(FolderError) -> NoResult {
    let (folder, target) = (try file(number), try file(target))
    try rename(name, in: folder.place, folder.path, newName, target)
    return NoResult()
  }

  /// Trename: the same for a file with a number.
  func rename(
    _ number: UInt32, _ target: UInt32, _ newName: FileName
  ) throws(FolderError) -> NoResult {
    let (file, target) = (try file(number), try file(target))
    let (folder, name) = try entry(of: file)
    try rename(name, in: folder, Array(file.path.dropLast()), newName, target)
    return NoResult()
  }

  private func rename(
    _ name: FileName, in folder: HostFile, _ path: [FileName], _ newName: FileName,
    _ target: ClientFile
  ) throws(FolderError) {
    try check(
      name.withCString { name in
        newName.withCString {
          renameat(folder.descriptor, name, target.place.descriptor, $0)
        }
      })
    // What has been found below it has another path now.
    let (old, new) = (path + [name], target.path + [newName])
    for file in files.values where file.path.starts(with: old) {
      file.path = new + file.path.dropFirst(old.count)
    }
  }

  /// Tremove: removes a file with a number, which is forgotten in any case.
  func remove(_ number: UInt32) throws(FolderError) -> NoResult {
    let removed = try? file(number)
    _ = try forget(number)
    guard !isReadOnly else { throw FolderError(EROFS) }
    guard let removed else { throw FolderError(ESTALE) }
    let (folder, name) = try entry(of: removed)
    let flags = try removed.place.status().isFolder ? AT_REMOVEDIR : 0
    try check(name.withCString { unlinkat(folder.descriptor, $0, flags) })
    return NoResult()
  }

  /// The folder and name of a file with a number, which must be there still.
  private func entry(of file: ClientFile) throws(FolderError) -> (HostFile, FileName) {
    guard let name = file.path.last else { throw FolderError(EBUSY) }
    let folder = try place(at: file.path.dropLast())
    let (found, own) = (try folder.place(of: name).status(), try file.place.status())
    guard found.st_ino == own.st_ino, found.st_dev == own.st_dev else { throw FolderError(ESTALE) }
    return (folder, name)
  }
}
