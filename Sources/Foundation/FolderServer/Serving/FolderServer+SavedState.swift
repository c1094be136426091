internal import Glibc
internal import HostSupport

/// What a client has open, as bytes of a saved state: the size of messages (4 bytes), and for each file
/// its number (4), its flags (4), its state (1: 0 found, 1 file, 2 folder, 3 lost), the number of names
/// that lead to it (2), and the names, each with its length before it (2). Little-endian.
extension FolderServer {
  /// The most bytes of it.
  package static let largestState = 32 << 20

  private enum SavedState {
    static let found: UInt8 = 0
    static let file: UInt8 = 1
    static let folder: UInt8 = 2
    static let lost: UInt8 = 3
  }

  /// What the client has open. Locks are not part of it.
  func save() throws(FolderError) -> BytesResult {
    var writer = MessageWriter()
    writer.append(UInt32(messageSize))
    for (number, file) in files.sorted(by: { $0.key < $1.key }) {
      let (state, flags) =
        switch file.state {
        case .found: (SavedState.found, 0 as Int32)
        case .file(_, let flags): (SavedState.file, flags)
        case .folder: (SavedState.folder, 0)
        case .lost: (SavedState.lost, 0)
        }
      writer.append(number)
      writer.append(flags)
      writer.append(state)
      writer.append(UInt16(clamping: file.path.count))
      for name in file.path.prefix(Int(UInt16.max)) { writer.append(text: name.bytes) }
      guard writer.bytes.count <= Self.largestState else { throw FolderError(EFBIG) }
    }
    return BytesResult(bytes: writer.bytes)
  }

  /// Opens what a client had, by the names that led to it. A file that is not there answers ESTALE from
  /// then on.
  func restore(_ data: MessageData) throws(FolderError) -> NoResult {
    forgetAll()
    var reader = MessageReader(data.bytes)
    try resume(messageSize: try reader.integer())
    while !reader.isAtEnd {
      let number: UInt32 = try reader.integer()
      let flags: Int32 = try reader.integer()
      let state: UInt8 = try reader.integer()
      var path: [FileName] = []
      for _ in 0..<(try reader.integer(UInt16.self)) { path.append(try FileName(from: &reader)) }
      try add((try? reopen(path, state, flags)) ?? lost(path), as: number)
    }
    return NoResult()
  }

  private func lost(_ path: [FileName]) -> ClientFile {
    let file = ClientFile(root, path)
    file.state = .lost
    return file
  }

  private func reopen(
    _ path: [FileName], _ state: UInt8, _ flags: Int32
  ) throws(FolderError) -> ClientFile {
    let file = ClientFile(try place(at: path), path)
    let status = try file.place.status()
    switch state {
    case SavedState.found: break
    case SavedState.file:
      guard status.isRegular, !isReadOnly || flags & O_ACCMODE == O_RDONLY else {
        throw FolderError(ESTALE)
      }
      let flags = flags & (O_ACCMODE | O_APPEND | O_DSYNC | O_SYNC)
      file.state = .file(try open(file.place, flags: flags), flags: flags)
    case SavedState.folder: file.state = .folder(try OpenFolder(file.place))
    default: throw FolderError(ESTALE)
    }
    return file
  }
}
