internal import Glibc

/// What a file is (Rgetattr).
struct AttributesResult: MessageResult {
  /// Everything but the time when it was made, and versions.
  private static let valid: UInt64 = 0x7FF

  let identity: FileIdentity
  let status: stat
  let owners: FileOwners

  func append(to writer: inout MessageWriter) {
    writer.append(Self.valid)
    identity.append(to: &writer)
    writer.append(status.st_mode)
    writer.append(owners.guest(user: status.st_uid))
    writer.append(owners.guest(group: status.st_gid))
    for value in [
      UInt64(status.st_nlink), UInt64(status.st_rdev), UInt64(clamping: status.st_size),
      UInt64(clamping: status.st_blksize), UInt64(clamping: status.st_blocks),
    ] { writer.append(value) }
    for time in [status.st_atim, status.st_mtim, status.st_ctim] {
      writer.append(Int64(time.tv_sec))
      writer.append(Int64(time.tv_nsec))
    }
    for _ in 0..<4 { writer.append(0 as UInt64) }
  }
}

/// What a file system is (Rstatfs).
struct FileSystemResult: MessageResult {
  /// The file system's kind as Linux's client reports it (V9FS_MAGIC).
  private static let kind: UInt32 = 0x0102_1997

  let status: statvfs

  func append(to writer: inout MessageWriter) {
    writer.append(Self.kind)
    writer.append(UInt32(clamping: status.f_frsize))
    for value in [
      status.f_blocks, status.f_bfree, status.f_bavail, status.f_files, status.f_ffree,
    ] { writer.append(UInt64(value)) }
    writer.append(UInt64(status.f_fsid))
    writer.append(UInt32(clamping: status.f_namemax))
  }
}

extension FolderServer {
  /// Attributes that a client changes (Tsetattr).
  private enum Change {
    static let mode: UInt32 = 1 << 0
    static let user: UInt32 = 1 << 1
    static let group: UInt32 = 1 << 2
    static let size: UInt32 = 1 << 3
    static let accessTime: UInt32 = 1 << 4
    static let modificationTime: UInt32 = 1 << 5
    static let statusTime: UInt32 = 1 << 6
    /// The time is that of the message, not the present.
    static let givenAccessTime: UInt32 = 1 << 7
    static let givenModificationTime: UInt32 = 1 << 8
    static let all: UInt32 = 0x1FF
  }

  /// Times for `utimensat`: now, or unchanged.
  private static let now = (1 << 30) - 1
  private static let unchanged = (1 << 30) - 2

  /// Tstatfs
  func fileSystem(_ number: UInt32) throws(FolderError) -> FileSystemResult {
    var status = statvfs()
    guard fstatvfs(try file(number).place.descriptor, &status) == 0 else { throw .last }
    return FileSystemResult(status: status)
  }

  /// Tgetattr: all attributes, whichever are asked for.
  func attributes(_ number: UInt32, _: UInt64) throws(FolderError) -> AttributesResult {
    let status = try file(number).place.status()
    return AttributesResult(identity: identity(status), status: status, owners: owners)
  }

  /// Tsetattr: changes permissions, owner, size and times, in this order.
  func setAttributes(
    _ number: UInt32, _ valid: UInt32, _ mode: UInt32, _ user: UInt32, _ group: UInt32,
    _ size: UInt64, _ accessSeconds: UInt64, _ accessNanoseconds: UInt64,
    _ modificationSeconds: UInt64, _ modificationNanoseconds: UInt64
  ) throws(FolderError) -> NoResult {
    let file = try file(number)
    guard valid & ~Change.all == 0 else { throw FolderError(EINVAL) }
    if valid & Change.mode != 0 { try setMode(mode, of: file) }
    if valid & (Change.user | Change.group) != 0 {
      try setOwner(
        user: valid & Change.user != 0 ? user : nil,
        group: valid & Change.group != 0 ? group : nil, of: file)
    }
    if valid & Change.size != 0 { try setSize(size, of: file) }
    func time(_ change: UInt32, _ given: UInt32, _ seconds: UInt64, _ nanoseconds: UInt64)
      -> timespec
    {
      guard valid & change != 0 else { return timespec(tv_sec: 0, tv_nsec: Self.unchanged) }
      guard valid & given != 0 else { return timespec(tv_sec: 0, tv_nsec: Self.now) }
      return timespec(
        tv_sec: Int(truncatingIfNeeded: seconds), tv_nsec: Int(truncatingIfNeeded: nanoseconds))
    }
    if valid & (Change.accessTime | Change.modificationTime) != 0 {
      let given = [accessNanoseconds, modificationNanoseconds]
      guard given.allSatisfy({ $0 < 1_000_000_000 }) else { throw FolderError(EINVAL) }
      let times = [
        time(Change.accessTime, Change.givenAccessTime, accessSeconds, accessNanoseconds),
        time(
          Change.modificationTime, Change.givenModificationTime, modificationSeconds,
          modificationNanoseconds),
      ]
      try onFile(file) { utimensat($0, $1, times, $2) }
    }
    return NoResult()
  }

  /// Makes a call for the file of a place, by the name that the process has for its descriptor, or for
  /// a link itself.
  private func onFile(
    _ file: ClientFile, _ call: (Int32, UnsafePointer<CChar>, Int32) -> Int32
  ) throws(FolderError) {
    let place = file.place.descriptor
    let isLink = try file.place.status().isLink
    let status =
      isLink
      ? call(place, "", LinuxFlag.emptyPath)
      : call(descriptors.descriptor, String(place), 0)
    guard status == 0 else { throw .last }
  }

  private func setMode(_ mode: UInt32, of file: ClientFile) throws(FolderError) {
    let status = try file.place.status()
    guard !status.isLink else { throw FolderError(EOPNOTSUPP) }
    let mode = try Self.mode(mode, ofFolder: status.isFolder)
    try onFile(file) { folder, name, _ in fchmodat(folder, name, mode, 0) }
  }

  private func setOwner(
    user: UInt32?, group: UInt32?, of file: ClientFile
  ) throws(FolderError) {
    let unchanged = UInt32.max
    let (hostUser, hostGroup) = (
      user.map(owners.host(user:)) ?? unchanged, group.map(owners.host(group:)) ?? unchanged
    )
    guard let hostUser, let hostGroup else { throw FolderError(EPERM) }
    let place = file.place.descriptor
    guard fchownat(place, "", hostUser, hostGroup, LinuxFlag.emptyPath) == 0 else { throw .last }
  }

  private func setSize(_ size: UInt64, of file: ClientFile) throws(FolderError) {
    guard let size = off_t(exactly: size) else { throw FolderError(EFBIG) }
    if case .file(let open, let flags) = file.state, flags & O_ACCMODE != O_RDONLY {
      guard ftruncate(open.descriptor, size) == 0 else { throw .last }
      return
    }
    let status = try file.place.status()
    guard status.isRegular else { throw FolderError(status.isFolder ? EISDIR : EINVAL) }
    let open = try open(file.place, flags: O_WRONLY)
    guard ftruncate(open.descriptor, size) == 0 else { throw .last }
  }

  // MARK: extended attributes

  /// Txattrwalk: there are none.
  func extendedAttribute(
    _ number: UInt32, _: UInt32, _: MessageText
  ) throws(FolderError) -> UInt64 {
    _ = try file(number)
    throw FolderError(EOPNOTSUPP)
  }

  /// Txattrcreate: there are none.
  func setExtendedAttribute(
    _ number: UInt32, _: MessageText, _: UInt64, _: UInt32
  ) throws(FolderError) -> NoResult {
    _ = try file(number)
    throw FolderError(EOPNOTSUPP)
  }
}
