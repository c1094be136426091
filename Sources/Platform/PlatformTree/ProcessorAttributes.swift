public import PowerISA

/// `ibm,pa-features`: what a processor can do, one bit each (LoPAR "Processor Attributes").
///
/// Each version of the architecture has its bytes; what depends on the machine is put in by
/// ``ProcessorAttributes/init(isa:level:)``'s caller.
public struct ProcessorAttributes: Hashable, Sendable {
  /// The attribute bytes, without length and type.
  public var bytes: [UInt8]

  /// One bit, by LoPAR's byte and bit numbers: bit 0 is the most significant.
  public struct Bit: Hashable, Sendable {
    /// The index into ``ProcessorAttributes/bytes``.
    public var byte: Int
    /// The bit of the byte, 0 being the most significant.
    public var bit: Int

    /// A bit of a byte.
    public init(_ byte: Int, _ bit: Int) { (self.byte, self.bit) = (byte, bit) }

    /// The processor has a memory management unit.
    public static let memoryManagement = Bit(0, 0)
    /// The processor has a floating-point unit.
    public static let floatingPoint = Bit(0, 1)
    /// Large pages may be cache inhibited.
    public static let cacheInhibitedLargePages = Bit(1, 2)
    /// The processor has a little-endian mode.
    public static let littleEndian = Bit(5, 0)
    /// The processor has transactional memory.
    public static let transactionalMemory = Bit(22, 0)
    /// The processor translates by radix trees.
    public static let radix = Bit(40, 0)
    /// DAWR1.
    public static let secondWatchpoint = Bit(64, 0)
  }

  /// Attributes of these bytes, without the two of the header.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// The attributes of a version of the architecture, nil for versions that LoPAR has none for.
  /// - Parameters:
  ///   - isa: the version of the architecture.
  ///   - level: distinguishes 2.06 with the unit-stride group of the DSCR from 2.06.
  public init?(isa: ISALevel, level: CompatibilityLevel?) {
    switch isa {
    case .v2_04: bytes = Self.through(2_04)
    case .v2_05: bytes = Self.through(2_05)
    case .v2_06: bytes = Self.through(level == .power7Plus ? 2_06_1 : 2_06)
    case .v2_07: bytes = Self.through(2_07)
    case .v3_0: bytes = Self.through(3_00)
    case .v3_1: bytes = Self.through(3_10)
    default: return nil
    }
  }

  /// Whether the bit is set; a byte beyond the end reads as 0 and cannot be set.
  public subscript(bit: Bit) -> Bool {
    get { bytes.indices.contains(bit.byte) && bytes[bit.byte] & bit.mask != 0 }
    set {
      guard bytes.indices.contains(bit.byte) else { return }
      if newValue { bytes[bit.byte] |= bit.mask } else { bytes[bit.byte] &= ~bit.mask }
    }
  }

  /// The property: length, type 0, bytes.
  public var property: [UInt8] { [UInt8(truncatingIfNeeded: bytes.count), 0] + bytes }

  /// The type 0 attributes in a property, or nil when there are none.
  public init?(property: [UInt8]) {
    var rest = property[...]
    while rest.count >= 3, let length = rest.first {
      let end = rest.startIndex + 2 + Int(length)
      guard end <= rest.endIndex else { return nil }
      if rest[rest.startIndex + 1] == 0 {
        bytes = Array(rest[rest.startIndex + 2..<end])
        return
      }
      rest = rest[end...]
    }
    return nil
  }
}

extension ProcessorAttributes.Bit {
  var mask: UInt8 { 0x80 >> UInt8(truncatingIfNeeded: bit) }
}

extension ProcessorAttributes {
  /// Bytes 0 to 5 by version: the attributes from before each got a byte.
  private static let leading: [Int: [UInt8]] = [
    2_04: [0xf6, 0x1f, 0x86, 0x00, 0x00, 0x00],
    2_05: [0xf6, 0x1f, 0xc6, 0x00, 0x00, 0xc0],
    2_06: [0xf6, 0x1f, 0xc7, 0x00, 0x00, 0xc0],
    2_06_1: [0xf6, 0x1f, 0xc7, 0x40, 0x00, 0xc0],
    2_07: [0xf6, 0x1f, 0xc7, 0xc0, 0x00, 0xf0],
    3_00: [0xf6, 0x1f, 0xc7, 0xc0, 0x00, 0xf0],
    3_10: [0xf6, 0x1f, 0xc7, 0xc0, 0x00, 0xf0],
  ]

  /// Later bytes, with the version that brought them. Byte 22, transactional memory, is left 0.
  private static let later: [(since: Int, byte: Int, value: UInt8)] = [
    (2_07, 6, 0x80), (2_07, 16, 0x80), (2_07, 18, 0x80), (2_07, 20, 0x80),
    (3_00, 24, 0x80), (3_00, 26, 0x80), (3_00, 28, 0x80), (3_00, 32, 0x80),
    (3_00, 34, 0xc0), (3_00, 40, 0x80), (3_00, 42, 0x80), (3_00, 44, 0x80), (3_00, 46, 0x80),
    (3_00, 48, 0x80), (3_00, 50, 0x80), (3_00, 52, 0x80), (3_00, 54, 0x80), (3_00, 56, 0x80),
    (3_00, 58, 0x80), (3_00, 60, 0x80), (3_00, 62, 0x80),
    (3_10, 64, 0x80), (3_10, 68, 0xce), (3_10, 72, 0x80),
  ]

  private static let lengths: [Int: Int] = [2_07: 24, 3_00: 66, 3_10: 74]

  private static func through(_ version: Int) -> [UInt8] {
    var bytes = leading[version] ?? []
    guard let length = lengths[version] else { return bytes }
    bytes += [UInt8](repeating: 0, count: length - bytes.count)
    for row in later where row.since <= version { bytes[row.byte] = row.value }
    return bytes
  }
}
