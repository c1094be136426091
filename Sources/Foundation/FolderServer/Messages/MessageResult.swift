internal import HostSupport

/// An answer: small values, and bytes of a file behind them that are not copied.
struct MessageWriter {
  var bytes: [UInt8] = []
  /// Valid until the next request is served.
  var data = UnsafeRawBufferPointer(start: nil, count: 0)

  mutating func append(_ value: some FixedWidthInteger) { bytes += value.littleEndianBytes }

  mutating func append(text: [UInt8]) {
    append(UInt16(clamping: text.count))
    bytes += text.prefix(Int(UInt16.max))
  }
}

/// What an answer has after its header.
protocol MessageResult: SendableMetatype {
  func append(to writer: inout MessageWriter)
}

/// An answer that is only a header.
struct NoResult: MessageResult {
  func append(to writer: inout MessageWriter) {}
}

extension MessageResult where Self: FixedWidthInteger {
  func append(to writer: inout MessageWriter) { writer.append(self) }
}

extension UInt8: MessageResult {}
extension UInt32: MessageResult {}
extension UInt64: MessageResult {}

extension MessageText: MessageResult {
  func append(to writer: inout MessageWriter) { writer.append(text: bytes) }
}

/// Bytes of a file, with their number before them.
struct DataResult: MessageResult {
  let bytes: UnsafeRawBufferPointer
  func append(to writer: inout MessageWriter) {
    writer.append(UInt32(clamping: bytes.count))
    writer.data = bytes
  }
}

/// Bytes that the server has made, with their number before them.
struct BytesResult: MessageResult {
  let bytes: [UInt8]
  func append(to writer: inout MessageWriter) {
    writer.append(UInt32(clamping: bytes.count))
    writer.bytes += bytes
  }
}

/// What identifies a file to the client (9P's qid).
struct FileIdentity: Hashable, MessageResult {
  /// 0x80 for a folder, 2 for a symbolic link, 0 for anything else.
  var type: UInt8
  /// Changes when the file's contents do.
  var version: UInt32
  /// The file's number.
  var path: UInt64

  func append(to writer: inout MessageWriter) {
    writer.append(type)
    writer.append(version)
    writer.append(path)
  }
}

/// The identities of the files along a path.
struct WalkResult: MessageResult {
  let identities: [FileIdentity]
  func append(to writer: inout MessageWriter) {
    writer.append(UInt16(clamping: identities.count))
    for identity in identities { identity.append(to: &writer) }
  }
}

/// A file that has been opened.
struct OpenResult: MessageResult {
  let identity: FileIdentity
  func append(to writer: inout MessageWriter) {
    identity.append(to: &writer)
    // Reads and writes have the size that the message allows.
    writer.append(0 as UInt32)
  }
}

/// The size and version that were agreed on.
struct VersionResult: MessageResult {
  let size: UInt32
  let version: [UInt8]
  func append(to writer: inout MessageWriter) {
    writer.append(size)
    writer.append(text: version)
  }
}
