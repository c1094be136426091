/// One option vector: 1 to 256 bytes of option bits (LoPAR table "ibm,architecture.vec option
/// vectors"). Bytes count from 1, bits from the most significant, as the table does.
public struct OptionVector: Hashable, Sendable {
  /// Its number in the structure, from 1.
  public let number: Int
  /// Bytes 1 and up, without the length byte.
  public internal(set) var bytes: [UInt8]

  /// Vector `number`, from 1, of bytes without the length before them.
  public init(number: Int, bytes: [UInt8]) {
    self.number = number
    self.bytes = bytes
  }

  /// Byte `number`; zero beyond the end of the vector.
  public func byte(_ number: Int) -> UInt8 {
    bytes.indices.contains(number - 1) ? bytes[number - 1] : 0
  }

  /// The big-endian integer in bytes `first` and up; nil beyond the end of the vector.
  public func integer<Integer: FixedWidthInteger>(_: Integer.Type, at first: Int) -> Integer? {
    let size = Integer.bitWidth / 8
    guard first > 0, bytes.count >= first - 1 + size else { return nil }
    return bytes[(first - 1)..<(first - 1 + size)].reduce(0) { $0 << 8 | Integer($1) }
  }

  /// True if the option's bit is set; a byte beyond the end counts as 0.
  public func contains(_ bit: OptionBit) -> Bool { byte(bit.byte) & bit.mask != 0 }

  /// "Ignore": the client accepts the platform's choice. Vectors 1, 2, 3 and 5 have the bit.
  public var isIgnored: Bool { [1, 2, 3, 5].contains(number) && byte(1) & 0x80 != 0 }
  /// "Cessation policy": an option that the platform must enable and the client does not support
  /// ends the boot. Vectors 1, 3, 4 and 5 have the bit.
  public var endsBoot: Bool { [1, 3, 4, 5].contains(number) && byte(1) & 0x40 != 0 }

  /// Sets a byte, growing the vector.
  mutating func set(_ number: Int, to value: UInt8) {
    guard (1...256).contains(number) else { return }
    if bytes.count < number {
      guard value != 0 else { return }
      bytes += [UInt8](repeating: 0, count: number - bytes.count)
    }
    bytes[number - 1] = value
  }

  /// Removes zero bytes at the end; one byte always stays.
  mutating func dropTrailingZeros() {
    while bytes.count > 1, bytes.last == 0 { bytes.removeLast() }
  }

  /// The vector with its length byte, as in the structure and in properties.
  var property: [UInt8] { [UInt8(truncatingIfNeeded: bytes.count - 1)] + bytes }

  mutating func insert(_ bit: OptionBit) { set(bit.byte, to: byte(bit.byte) | bit.mask) }
  mutating func remove(_ bit: OptionBit) { set(bit.byte, to: byte(bit.byte) & ~bit.mask) }

  /// Stores a big-endian integer in bytes `first` and up.
  mutating func set<Integer: FixedWidthInteger>(_ first: Int, to value: Integer) {
    let size = Integer.bitWidth / 8
    for index in 0..<size {
      set(first + index, to: UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - index))))
    }
  }
}
