internal import Glibc
internal import HostSupport

/// Reads the fields of a message. Nothing beyond its end is read.
struct MessageReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func bytes(_ count: Int) throws(FolderError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - offset else { throw FolderError(EBADMSG) }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(FolderError) -> T {
    T(littleEndian: try bytes(MemoryLayout<T>.size).loadUnaligned(as: T.self))
  }

  /// Bytes with their number before them, in two bytes.
  mutating func text() throws(FolderError) -> [UInt8] {
    Array(try bytes(Int(try integer(UInt16.self))))
  }
}

/// What a message has at one place.
protocol MessageField: SendableMetatype {
  init(from reader: inout MessageReader) throws(FolderError)
}

extension MessageField where Self: FixedWidthInteger {
  init(from reader: inout MessageReader) throws(FolderError) { self = try reader.integer() }
}

extension UInt8: MessageField {}
extension UInt16: MessageField {}
extension UInt32: MessageField {}
extension UInt64: MessageField {}

/// Text that is not the name of a file: of a user, a version, an attribute.
struct MessageText: MessageField {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(from reader: inout MessageReader) throws(FolderError) { bytes = try reader.text() }
}

/// Bytes of a file, with their number before them.
struct MessageData: MessageField {
  let bytes: UnsafeRawBufferPointer
  init(from reader: inout MessageReader) throws(FolderError) {
    bytes = try reader.bytes(Int(try reader.integer(UInt32.self)))
  }
}

/// The entries of a path, one below the other.
struct MessagePath: MessageField {
  /// The most entries of one message.
  static let mostSteps = 16

  let steps: [PathStep]

  init(from reader: inout MessageReader) throws(FolderError) {
    let count = Int(try reader.integer(UInt16.self))
    guard count <= Self.mostSteps else { throw FolderError(EINVAL) }
    var steps: [PathStep] = []
    for _ in 0..<count { steps.append(try PathStep(try reader.text())) }
    self.steps = steps
  }
}

/// The bytes of a path that a link leads to; the server never follows it.
struct LinkTarget: MessageField {
  let bytes: [UInt8]
  init(from reader: inout MessageReader) throws(FolderError) {
    bytes = try reader.text()
    guard !bytes.isEmpty, !bytes.contains(0) else { throw FolderError(EINVAL) }
    guard bytes.count < Int(PATH_MAX) else { throw FolderError(ENAMETOOLONG) }
  }
}

extension FileName: MessageField {
  init(from reader: inout MessageReader) throws(FolderError) { try self.init(try reader.text()) }
}
