/// Writes a saved state: a header, sections, an end.
///
/// All numbers are big-endian.
///
///     header   "PAPRSAVE", format (4 bytes)
///     section  length of the key (1 byte), key, flags (1), instance (4), version (4), length of the
///              payload (4), payload, CRC-32C of all this (4)
///     end      a section called "end" whose payload counts the sections before it
///
/// A payload is what ``FieldCoder`` makes of the variables of a part, or bytes that the section's
/// owner describes. Sections of format 1 have no flags.
public struct StateWriter {
  /// What every saved state begins with.
  public static let magic = Array("PAPRSAVE".utf8)
  /// The format that is written.
  public static let format: UInt32 = 2
  static let end = StateSection("end")
  /// The flag of a section that a reader may leave out.
  static let optionalFlag: UInt8 = 1

  /// Gets the bytes in order; a failure ends the writing.
  public typealias Sink = ([UInt8]) throws(StateError) -> Void
  private let sink: Sink
  private var older: (any OlderFormat)?
  private let format: UInt32
  private var sections: UInt64 = 0
  /// Bytes written so far.
  public private(set) var offset: UInt64 = 0

  /// Writes the header.
  /// - Parameters:
  ///   - older: makes sections of an older format of what is written; nil for today's.
  ///   - sink: gets the bytes.
  public init(
    in older: (any OlderFormat)? = nil, to sink: @escaping Sink
  ) throws(StateError) {
    self.sink = sink
    self.older = older
    format = older.map { type(of: $0).number } ?? Self.format
    try putHeader()
  }

  /// A writer of sections that are of an older format already.
  public init(format: UInt32, to sink: @escaping Sink) throws(StateError) {
    self.sink = sink
    self.format = format
    try putHeader()
  }

  private mutating func putHeader() throws(StateError) {
    var header = Self.magic
    format.append(to: &header)
    try put(header)
  }

  private mutating func put(_ bytes: [UInt8]) throws(StateError) {
    try sink(bytes)
    offset += UInt64(bytes.count)
  }

  /// A section of bytes.
  public mutating func section(
    _ section: StateSection, instance: UInt32 = 0, payload: [UInt8]
  ) throws(StateError) {
    try write(
      SectionBytes(
        section.key, instance: instance, isOptional: section.isOptional, payload: payload))
  }

  /// A section that is complete.
  public mutating func write(_ section: SectionBytes) throws(StateError) {
    guard older != nil else { return try put(section) }
    for section in try older?.older(section) ?? [] { try put(section) }
  }

  private mutating func put(_ section: SectionBytes) throws(StateError) {
    let key = section.key.utf8
    guard key.count <= 255, section.payload.count <= StateReader.largestPayload else {
      throw StateError(
        .tooLarge(limit: StateReader.largestPayload), in: section.key, at: offset)
    }
    var bytes = [UInt8(key.count)]
    bytes.reserveCapacity(section.payload.count + key.count + 18)
    bytes.append(contentsOf: key)
    if format > 1 { bytes.append(section.isOptional ? Self.optionalFlag : 0) }
    section.instance.append(to: &bytes)
    section.version.append(to: &bytes)
    UInt32(section.payload.count).append(to: &bytes)
    bytes.append(contentsOf: section.payload)
    var checksum = CRC32C()
    checksum.update(bytes)
    checksum.value.append(to: &bytes)
    try put(bytes)
    sections += 1
  }

  /// Completes the state; without it, it is a truncated one.
  public mutating func finish() throws(StateError) {
    for section in try older?.olderAtEnd() ?? [] { try put(section) }
    var count = sections
    var coder = FieldCoder(writing: Self.end.key)
    try coder.field("sections", &count)
    try put(SectionBytes(Self.end.key, payload: coder.bytes))
  }
}

extension StateWriter: SectionCoder {
  /// Whether variables are set: never.
  public var isReading: Bool { false }

  /// A section of fields, of the oldest version that has them.
  public mutating func section(
    _ section: StateSection, instance: UInt32,
    _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    var coder = FieldCoder(writing: section.key)
    try body(&coder)
    assert(coder.version <= section.version, "\(section.key) has fields of a later version")
    try write(
      SectionBytes(
        section.key, instance: instance, version: coder.version, isOptional: section.isOptional,
        payload: coder.bytes))
  }

  /// Whether to write it.
  public func has(_ section: StateSection, _ isWritten: @autoclosure () -> Bool) -> Bool {
    isWritten()
  }
}
