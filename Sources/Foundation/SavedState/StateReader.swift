/// Reads a saved state section by section. The format is ``StateWriter``'s.
public struct StateReader {
  /// Bytes of the longest payload; longer ones are refused before they are read.
  public static let largestPayload = 64 << 20

  /// What every stream that can be read begins with.
  public static var beginning: [UInt8] {
    var header = StateWriter.magic
    StateWriter.format.append(to: &header)
    return header
  }

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
    /// What the section holds: one part of a machine.
    public let name: String
    /// Which of several parts of that name, from 0.
    public let instance: UInt32
    /// The version of the payload's format.
    public let version: UInt32
    /// The bytes between the section's header and its checksum.
    public let payload: [UInt8]
    /// Where the section and its payload begin in the stream.
    public let offset: UInt64
    /// Where the payload begins in the stream.
    public let payloadOffset: UInt64

    /// `processor 1`.
    public var title: String { instance == 0 ? name : "\(name) \(instance)" }

    /// Reads the payload as fields, all of them.
    /// - Parameters:
    ///   - known: the newest version that the caller reads.
    ///   - body: passes over the fields.
    public func fields(
      known: UInt32 = 1, _ body: (inout FieldCoder) throws(StateError) -> Void
    ) throws(StateError) {
      guard (1...known).contains(version) else {
        throw StateError(.version(version, known: known), in: title, at: offset)
      }
      var coder = FieldCoder(
        reading: payload, of: title, version: version, at: payloadOffset)
      try body(&coder)
      try coder.finish()
    }

    /// An error that concerns the section as a whole.
    public func error(_ reason: StateError.Reason) -> StateError {
      StateError(reason, in: title, at: offset)
    }
  }

  private let source: Source
  private var sections: UInt64 = 0
  /// Bytes read so far.
  public private(set) var offset: UInt64 = 0

  /// Reads the header.
  public init(from source: @escaping Source) throws(StateError) {
    self.source = source
    let header = try take(StateWriter.magic.count + 4)
    guard header.starts(with: StateWriter.magic) else { throw StateError(.foreign, at: 0) }
    guard let format = UInt32(saved: header.suffix(4)), format == StateWriter.format else {
      let format = UInt32(saved: header.suffix(4)) ?? 0
      throw StateError(.format(format), at: UInt64(StateWriter.magic.count))
    }
  }

  private mutating func take(_ count: Int) throws(StateError) -> [UInt8] {
    let bytes = try source(count)
    offset += UInt64(bytes.count)
    guard bytes.count == count else {
      // What does not even have a header is not ours.
      throw StateError(
        offset < UInt64(StateWriter.magic.count + 4) ? .foreign : .truncated, at: offset)
    }
    return bytes
  }

  /// The next section.
  /// - Returns: nil after the last.
  public mutating func next() throws(StateError) -> Section? {
    let start = offset
    let length = try take(1)
    let head = try take(Int(length[0]) + 12)
    let nameEnd = Int(length[0])
    let name = String(decoding: head[..<nameEnd], as: UTF8.self)
    let numbers = [UInt32](saved: head[nameEnd...]) ?? []
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
      throw StateError(.damaged, in: "section '\(name)'", at: start)
    }
    let section = Section(
      name: name, instance: instance, version: version, payload: payload, offset: start,
      payloadOffset: payloadOffset)
    guard name == StateWriter.endName else {
      sections += 1
      return section
    }
    var counted: UInt64 = 0
    try section.fields { coder throws(StateError) in try coder.field("sections", &counted) }
    guard counted == sections else {
      throw section.error(.value("\(sections) sections came, \(counted) were written"))
    }
    return nil
  }

  /// The next section, which must be this one.
  public mutating func next(
    _ name: String, instance: UInt32 = 0
  ) throws(StateError) -> Section {
    let start = offset
    let expected = instance == 0 ? name : "\(name) \(instance)"
    let found = try next()
    guard let found, found.name == name, found.instance == instance else {
      throw StateError(
        .section(expected: expected, found: found?.title ?? StateWriter.endName), at: start)
    }
    return found
  }
}
