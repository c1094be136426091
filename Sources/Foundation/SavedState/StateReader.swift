internal import HostSupport

/// Reads a saved state section by section. The format is ``StateWriter``'s.
public struct StateReader {
  /// Bytes of the longest payload; longer ones are refused before they are read.
  public static let largestPayload = 64 << 20
  /// Bytes of the header, whose last four are the format.
  public static let headerSize = StateWriter.magic.count + 4
  /// The formats whose sections can be read.
  public static let formats: ClosedRange<UInt32> = 1...StateWriter.format

  /// Gives the next `count` bytes, or fewer only where the stream ends.
  public typealias Source = (_ count: Int) throws(StateError) -> [UInt8]

  /// A source of bytes that are all there.
  public static func source(of bytes: [UInt8]) -> Source {
    var rest = bytes[...]
    return { count throws(StateError) in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  /// A section whose checksum agrees.
  public struct Section {
    /// What is in it.
    public let bytes: SectionBytes
    /// Where the section begins in the stream.
    public let offset: UInt64
    /// Where its payload begins; nil when it was made from a section of an older format.
    public let payloadOffset: UInt64?

    /// What it holds.
    public var key: String { bytes.key }
    /// Which of several parts of the same kind.
    public var instance: UInt32 { bytes.instance }
    /// Fields, or bytes that the section's owner describes.
    public var payload: [UInt8] { bytes.payload }

    /// Reads the payload as fields, all of them.
    /// - Parameters:
    ///   - section: what the caller reads, and its newest version.
    ///   - body: passes over the fields.
    public func fields(
      of section: StateSection, _ body: (inout FieldCoder) throws(StateError) -> Void
    ) throws(StateError) {
      guard (1...section.version).contains(bytes.version) else {
        throw error(.version(bytes.version, known: section.version))
      }
      var coder = FieldCoder(
        reading: payload, of: bytes.title, version: bytes.version, at: offset,
        payload: payloadOffset)
      try body(&coder)
      try coder.finish()
    }

    /// An error that concerns the section as a whole.
    public func error(_ reason: StateError.Reason) -> StateError {
      StateError(reason, in: bytes.title, at: offset)
    }
  }

  private let source: Source
  /// The format of the stream.
  public private(set) var format: UInt32 = 0
  private let older: (any OlderFormat)?
  private let known: [StateSection]?
  private var sections: UInt64 = 0
  /// Sections that were read and not given out, the next one last.
  private var ahead: [Section] = []
  private var isAtEnd = false
  /// Bytes read so far.
  public private(set) var offset: UInt64 = 0
  /// Sections whose names are kept when they are left out.
  private static let mostLeftOut = 16
  /// The first sections that were left out because they are optional and not known.
  public private(set) var leftOut: [String] = []

  /// Reads the header.
  /// - Parameters:
  ///   - source: gives the bytes.
  ///   - older: makes today's sections of an older format's; without it they are given as they are.
  ///   - known: the sections that the caller reads; optional ones that are not among them, or newer,
  ///     are left out. nil: all are given out.
  public init(
    from source: @escaping Source, older: [any OlderFormat] = [], known: [StateSection]? = nil
  ) throws(StateError) {
    self.source = source
    self.known = known
    let size = Self.headerSize
    let header = try source(size)
    offset = UInt64(header.count)
    // What does not even have a header is not ours.
    guard header.count == size, header.starts(with: StateWriter.magic) else {
      throw StateError(.foreign, at: header.count == size ? 0 : offset)
    }
    let format = UInt32(saved: header.suffix(4)) ?? 0
    guard Self.formats.contains(format) else {
      throw StateError(.format(format), at: UInt64(StateWriter.magic.count))
    }
    self.format = format
    self.older = older.first { type(of: $0).number == format }
  }

  private mutating func take(_ count: Int) throws(StateError) -> [UInt8] {
    let bytes = try source(count)
    offset += UInt64(bytes.count)
    guard bytes.count == count else { throw StateError(.truncated, at: offset) }
    return bytes
  }

  /// A section of the stream as it is; nil for the last.
  private mutating func read() throws(StateError) -> Section? {
    let start = offset
    let length = try take(1)
    let keyEnd = Int(length[0])
    let flags = format > 1 ? 1 : 0
    let head = try take(keyEnd + flags + 12)
    let key = String(decoding: head[..<keyEnd], as: UTF8.self)
    let numbers = [UInt32](saved: head[(keyEnd + flags)...]) ?? []
    let (instance, version, count) = (numbers[0], numbers[1], Int(numbers[2]))
    guard count <= Self.largestPayload else {
      throw StateError(.damaged, in: "section", at: start)
    }
    let payloadOffset = offset
    let payload = try take(count)
    let checksum = UInt32(saved: try take(4)[...])
    var computed = CRC32C()
    computed.update(length)
    computed.update(head)
    computed.update(payload)
    guard checksum == computed.value else {
      throw StateError(.damaged, in: "section '\(key)'", at: start)
    }
    let flag = flags == 0 ? 0 : head[keyEnd]
    let section = Section(
      bytes: SectionBytes(
        key, instance: instance, version: version,
        isOptional: flag & StateWriter.optionalFlag != 0, payload: payload),
      offset: start, payloadOffset: payloadOffset)
    guard flag & ~StateWriter.optionalFlag == 0 else {
      throw section.error(.value("the flags \(flag.hexadecimal()) are not known"))
    }
    guard key == StateWriter.end.key else {
      sections += 1
      return section
    }
    var counted: UInt64 = 0
    try section.fields(of: StateWriter.end) { coder throws(StateError) in
      try coder.field("sections", &counted)
    }
    guard counted == sections else {
      throw section.error(.value("\(sections) sections came, \(counted) were written"))
    }
    return nil
  }

  /// The next section, which stays the next.
  /// - Returns: nil after the last.
  public mutating func peek() throws(StateError) -> Section? {
    while true {
      while ahead.isEmpty, !isAtEnd { try readAhead() }
      guard let next = ahead.last, next.bytes.isOptional, let known,
        !known.contains(where: {
          $0.key == next.key && (1...$0.version).contains(next.bytes.version)
        })
      else { return ahead.last }
      if leftOut.count < Self.mostLeftOut { leftOut.append(next.bytes.title) }
      ahead.removeLast()
    }
  }

  /// Reads the sections of today that the next section of the stream holds.
  private mutating func readAhead() throws(StateError) {
    guard let section = try read() else { return isAtEnd = true }
    guard let older else { return ahead = [section] }
    ahead = try older.today(section.bytes, at: section.offset).reversed().map {
      Section(
        bytes: $0, offset: section.offset,
        payloadOffset: $0.payload == section.payload ? section.payloadOffset : nil)
    }
  }

  /// The next section.
  /// - Returns: nil after the last.
  public mutating func next() throws(StateError) -> Section? {
    guard let section = try peek() else { return nil }
    ahead.removeLast()
    return section
  }

  /// The next section, which must be this one.
  public mutating func next(
    _ section: StateSection, instance: UInt32 = 0
  ) throws(StateError) -> Section {
    let start = offset
    let found = try peek()
    guard let found, found.key == section.key, found.instance == instance else {
      let expected = SectionBytes(section.key, instance: instance, payload: [])
      throw StateError(
        .section(
          expected: expected.title, found: found?.bytes.title ?? StateWriter.end.key),
        at: found?.offset ?? start)
    }
    ahead.removeLast()
    return found
  }

  /// Refuses whatever follows.
  public mutating func finish() throws(StateError) {
    guard let rest = try peek() else { return }
    throw rest.error(.section(expected: StateWriter.end.key, found: rest.bytes.title))
  }
}

extension StateReader: SectionCoder {
  /// Whether variables are set: always.
  public var isReading: Bool { true }

  /// The next section, which must be this one.
  public mutating func section(
    _ section: StateSection, instance: UInt32,
    _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    try next(section, instance: instance).fields(of: section, body)
  }

  /// Whether it comes next.
  public mutating func has(
    _ section: StateSection, _: @autoclosure () -> Bool
  ) throws(StateError) -> Bool {
    try peek()?.key == section.key
  }
}
