/// Writes a saved state: a header, sections, an end.
///
/// All numbers are big-endian.
///
///     header   "PAPRSAVE", format (4 bytes)
///     section  length of the name (1 byte), name, instance (4), version (4), length of the
///              payload (4), payload, CRC-32C of all this (4)
///     end      a section called "end" whose payload counts the sections before it
///
/// A payload is what ``FieldCoder`` makes of the variables of a part, or bytes that the section's
/// owner describes.
public struct StateWriter {
  /// What every saved state begins with.
  public static let magic = Array("PAPRSAVE".utf8)
  static let format: UInt32 = 1
  static let endName = "end"

  /// Gets the bytes in order; a failure ends the writing.
  public typealias Sink = ([UInt8]) throws(StateError) -> Void
  private let sink: Sink
  private var sections: UInt64 = 0
  /// Bytes written so far.
  public private(set) var offset: UInt64 = 0

  /// Begins a stream: the header goes to `sink` at once.
  public init(to sink: @escaping Sink) throws(StateError) {
    self.sink = sink
    var header = Self.magic
    Self.format.append(to: &header)
    try put(header)
  }

  private mutating func put(_ bytes: [UInt8]) throws(StateError) {
    try sink(bytes)
    offset += UInt64(bytes.count)
  }

  /// A section of fields.
  /// - Parameters:
  ///   - name: what the section holds.
  ///   - instance: which of several parts of the same kind.
  ///   - version: the version of its fields.
  ///   - body: passes over the fields.
  public mutating func section(
    _ name: String, instance: UInt32 = 0, version: UInt32 = 1,
    _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    var coder = FieldCoder(writing: name, version: version)
    try body(&coder)
    try section(name, instance: instance, version: version, payload: coder.bytes)
  }

  /// A section of bytes.
  public mutating func section(
    _ name: String, instance: UInt32 = 0, version: UInt32 = 1, payload: [UInt8]
  ) throws(StateError) {
    guard name.utf8.count <= 255, payload.count <= StateReader.largestPayload else {
      throw StateError(.tooLarge(limit: StateReader.largestPayload), in: name, at: offset)
    }
    var bytes = [UInt8(name.utf8.count)] + Array(name.utf8)
    instance.append(to: &bytes)
    version.append(to: &bytes)
    UInt32(payload.count).append(to: &bytes)
    bytes.append(contentsOf: payload)
    var checksum = CRC32C()
    checksum.update(bytes)
    checksum.value.append(to: &bytes)
    try put(bytes)
    sections += 1
  }

  /// Completes the state; without it, it is a truncated one.
  public mutating func finish() throws(StateError) {
    var count = sections
    try section(Self.endName) { coder throws(StateError) in try coder.field("sections", &count) }
  }
}
