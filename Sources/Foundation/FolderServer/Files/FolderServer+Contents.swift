internal import Glibc
internal import HostSupport

extension FolderServer {
  /// Flags of the client that the host's files are opened with; their numbers are those of most of
  /// Linux's architectures.
  private static let flags: [(client: UInt32, host: Int32)] = [
    (0o1000, O_TRUNC), (0o2000, O_APPEND), (0o10000, O_DSYNC), (0o4010000, O_SYNC),
  ]
  private static let exclusive: UInt32 = 0o200

  private static func host(_ client: UInt32) -> Int32 {
    let access = [O_RDONLY, O_WRONLY, O_RDWR, O_RDWR][Int(client & 3)]
    return flags.reduce(access) { client & $1.client == $1.client ? $0 | $1.host : $0 }
  }

  /// Opens a place, which has been found not to be a device.
  func open(_ place: HostFile, flags: Int32) throws(FolderError) -> HostFile {
    try HostFile(
      openat(
        descriptors.descriptor, String(place.descriptor),
        flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
  }

  /// Tlopen: opens a file for reading, writing or both, or a folder for reading.
  func open(_ number: UInt32, _ flags: UInt32) throws(FolderError) -> OpenResult {
    let file = try file(number)
    guard !file.isOpen else { throw FolderError(EBUSY) }
    let flags = Self.host(flags)
    if isReadOnly, flags & (O_ACCMODE | O_TRUNC) != O_RDONLY { throw FolderError(EROFS) }
    let status = try file.place.status()
    if status.isFolder {
      guard flags & O_ACCMODE == O_RDONLY else { throw FolderError(EISDIR) }
      file.state = .folder(try OpenFolder(file.place))
    } else {
      // Links, devices, pipes and sockets are the client's own matter.
      guard status.isRegular else { throw FolderError(status.isLink ? ELOOP : EPERM) }
      file.state = .file(try open(file.place, flags: flags), flags: flags)
    }
    return OpenResult(identity: identity(try file.place.status()))
  }

  /// Tlcreate: makes a regular file in a folder and opens it; the folder's number is then the file's.
  func create(
    _ number: UInt32, _ name: FileName, _ flags: UInt32, _ mode: UInt32, _: UInt32
  ) throws(FolderError) -> OpenResult {
    let folder = try file(number)
    guard !folder.isOpen else { throw FolderError(EBUSY) }
    let isExclusive = flags & Self.exclusive != 0
    let flags = Self.host(flags)
    let mode = try Self.mode(mode, ofFolder: false)
    let made = name.withCString {
      openat(
        folder.place.descriptor, $0,
        flags & ~O_TRUNC | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    }
    let opened: HostFile
    if made < 0, errno == EEXIST, !isExclusive {
      let place = try folder.place.place(of: name)
      guard try place.status().isRegular else { throw FolderError(EEXIST) }
      opened = try open(place, flags: flags)
    } else {
      opened = try HostFile(made)
    }
    // The open file is its place too.
    let file = ClientFile(opened, folder.path + [name])
    file.state = .file(opened, flags: flags)
    let identity = identity(try opened.status())
    files[number] = file
    return OpenResult(identity: identity)
  }

  /// Permissions that a client may give: no one else of the host gets the rights of the server's user.
  static func mode(_ mode: UInt32, ofFolder isFolder: Bool) throws(FolderError) -> mode_t {
    guard isFolder || mode & UInt32(S_ISUID | S_ISGID) == 0 else { throw FolderError(EPERM) }
    return mode & 0o7777 & ~UInt32(isFolder ? S_ISUID : 0)
  }

  /// Tread: reads bytes of a file.
  func read(
    _ number: UInt32, _ offset: UInt64, _ count: UInt32
  ) throws(FolderError) -> DataResult {
    guard case .file(let open, _) = try file(number).state else { throw FolderError(EBADF) }
    guard let offset = off_t(exactly: offset) else { throw FolderError(EINVAL) }
    let wanted = min(Int(count), largestData)
    let read = pread(open.descriptor, room.baseAddress, wanted, offset)
    guard read >= 0 else { throw .last }
    return DataResult(bytes: UnsafeRawBufferPointer(rebasing: room[..<read]))
  }

  /// Twrite: writes bytes of a file, as many as the host takes at once.
  func write(
    _ number: UInt32, _ offset: UInt64, _ data: MessageData
  ) throws(FolderError) -> UInt32 {
    guard case .file(let open, _) = try file(number).state else { throw FolderError(EBADF) }
    guard let offset = off_t(exactly: offset) else { throw FolderError(EINVAL) }
    let written = pwrite(open.descriptor, data.bytes.baseAddress, data.bytes.count, offset)
    guard written >= 0 else { throw .last }
    return UInt32(clamping: written)
  }

  /// Tfsync: puts a file or folder on stable storage.
  func synchronize(_ number: UInt32, _ dataOnly: UInt32) throws(FolderError) -> NoResult {
    let descriptor =
      switch try file(number).state {
      case .file(let open, _): open.descriptor
      case .folder(let open): open.descriptor
      case .found, .lost: throw FolderError(EBADF)
      }
    guard (dataOnly == 0 ? fsync(descriptor) : fdatasync(descriptor)) == 0 else { throw .last }
    return NoResult()
  }

  /// Treaddir: reads entries of a folder: identity, where the next one is, kind, name.
  func readFolder(
    _ number: UInt32, _ offset: UInt64, _ count: UInt32
  ) throws(FolderError) -> BytesResult {
    let file = try file(number)
    guard case .folder(let open) = file.state else { throw FolderError(EBADF) }
    let limit = min(Int(count), largestData)
    let status = try file.place.status()
    let above = file.path.isEmpty ? identity(status) : nil
    var writer = MessageWriter()
    var isFull = false
    try open.read(from: offset) { entry in
      guard writer.bytes.count + 24 + entry.name.count <= limit else {
        isFull = true
        return false
      }
      let kind = Int32(entry.kind)
      var identity = FileIdentity(
        type: kind == Int32(DT_DIR) ? 0x80 : kind == Int32(DT_LNK) ? 2 : 0, version: 0,
        path: self.number(entry.file, on: status.st_dev))
      // What is above the root is not the client's.
      if entry.name == PathStep.dots, let above { identity = above }
      identity.append(to: &writer)
      writer.append(entry.next)
      writer.append(entry.kind)
      writer.append(text: entry.name)
      return true
    }
    if isFull, writer.bytes.isEmpty { throw FolderError(EINVAL) }
    return BytesResult(bytes: writer.bytes)
  }
}
