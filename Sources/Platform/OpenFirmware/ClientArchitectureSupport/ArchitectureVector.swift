/// The `ibm,architecture.vec` structure: the versions and options that a client program supports
/// (LoPAR, Root Node Methods).
public struct ArchitectureVector: Hashable, Sendable {
  /// The most entries of the PVR list that are searched for the terminator; QEMU's limit too.
  public static let entryLimit = 512
  /// The most option vectors, expansion arrays included.
  public static let vectorLimit = 1024

  /// The bytes of the structure as the client passed it.
  public let bytes: [UInt8]
  /// The PVR list, terminator last.
  public let processors: [ProcessorVersionPattern]
  /// Option vectors in order; number 1 first. An expansion array continues the numbering at 257.
  public let vectors: [OptionVector]

  /// Option vector `number`; nil when the client did not pass it.
  public subscript(number: Int) -> OptionVector? { vectors.first { $0.number == number } }

  /// A whole structure, in the format of `--dump-vector`.
  public init(_ bytes: [UInt8]) throws(ArchitectureVectorError) {
    try self.init { bytes.indices.contains($0) ? bytes[$0] : nil }
    let count = self.bytes.count
    guard count == bytes.count else {
      throw .trailingBytes(count: bytes.count - count, offset: count)
    }
  }

  /// - Parameter byteAt: the byte at an offset from the start; nil beyond the end.
  public init(reading byteAt: @escaping (Int) -> UInt8?) throws(ArchitectureVectorError) {
    var reader = Reader(byteAt: byteAt)
    var processors: [ProcessorVersionPattern] = []
    repeat {
      guard processors.count < Self.entryLimit else {
        throw .unterminatedList(entries: processors.count)
      }
      let part = "PVR list entry \(processors.count + 1)"
      let mask = try reader.word(of: part)
      processors.append(ProcessorVersionPattern(mask: mask, value: try reader.word(of: part)))
    } while processors.last?.isTerminator == false

    var vectors: [OptionVector] = []
    var number = 1
    var remaining = try reader.count(of: "the number of option vectors")
    while remaining > 0 {
      // Vector 256 of an array is the count of the next array (note under "option-vector 256").
      if number % 256 == 0 {
        remaining = try reader.count(of: "the number of expansion vectors")
        number += 1
        continue
      }
      guard vectors.count < Self.vectorLimit else { throw .tooManyVectors(offset: reader.offset) }
      let part = "option vector \(number)"
      let length = try reader.count(of: part)
      vectors.append(OptionVector(number: number, bytes: try reader.bytes(length, of: part)))
      number += 1
      remaining -= 1
    }
    self.processors = processors
    self.vectors = vectors
    bytes = reader.taken
  }

  /// Reads the structure's parts in order.
  private struct Reader {
    let byteAt: (Int) -> UInt8?
    var taken: [UInt8] = []
    var offset: Int { taken.count }

    mutating func byte(of part: String) throws(ArchitectureVectorError) -> UInt8 {
      guard let byte = byteAt(offset) else { throw .truncated(part: part, offset: offset) }
      taken.append(byte)
      return byte
    }
    /// Reads a count that is stored less one.
    mutating func count(of part: String) throws(ArchitectureVectorError) -> Int {
      Int(try byte(of: part)) + 1
    }
    mutating func word(of part: String) throws(ArchitectureVectorError) -> UInt32 {
      var word: UInt32 = 0
      for _ in 0..<4 { word = word << 8 | UInt32(try byte(of: part)) }
      return word
    }
    mutating func bytes(_ count: Int, of part: String) throws(ArchitectureVectorError) -> [UInt8] {
      var bytes: [UInt8] = []
      for _ in 0..<count { bytes.append(try byte(of: part)) }
      return bytes
    }
  }
}
