internal import HostSupport

extension SplitMix64 {
  mutating func one<Element>(of list: [Element]) -> Element { list[below(list.count)] }

  /// A doubleword in which arithmetic may find anything: numbers around 1, of which some are
  /// singles or lie between two of them, pairs of singles, and what is special.
  mutating func floatingPoint() -> UInt64 {
    let bits = next()
    switch below(8) {
    case 0: return bits
    case 1: return UInt64(single()) << 32 | UInt64(single())
    case 2: return Self.special[below(Self.special.count)] | bits & 1 << 63
    case 3:
      // Where singles overflow, and where they become denormal.
      let exponent = once(in: 2) ? 890 + below(12) : 1146 + below(6)
      return bits & (1 << 63 | 1 << 52 - 1) | UInt64(exponent) << 52
    default:
      let fraction: UInt64 =
        switch below(5) {
        case 0: bits & 0xFF << 44
        case 1: bits & 0xF_FFFF_E000_0000
        case 2: bits & 0xF_FFFF_E000_0000 | 0x1000_0000
        default: bits & (1 << 52 - 1)
        }
      return bits & 1 << 63 | UInt64(1013 + below(20)) << 52 | fraction
    }
  }

  /// A single, mostly around 1.
  private mutating func single() -> UInt32 {
    let bits = UInt32(truncatingIfNeeded: next())
    if once(in: 12) {
      return bits & 1 << 31 | Self.specialSingles[below(Self.specialSingles.count)]
    }
    return bits & (1 << 31 | 1 << 23 - 1) | UInt32(120 + below(16)) << 23
  }

  /// Zero, infinity, NaNs quiet and signalling, the ends of the denormal and normal numbers, one.
  private static let special: [UInt64] = [
    0, 0, 0, 0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0000, 0x7FF0_0000_0000_0001,
    0x7FF8_1234_5678_9ABC, 0x7FF0_0000_2000_0000, 1, 0x000F_FFFF_FFFF_FFFF, 1 << 52,
    0x7FEF_FFFF_FFFF_FFFF, 0x3FF0_0000_0000_0000, 0x3810_0000_0000_0000, 0x47EF_FFFF_E000_0000,
  ]
  private static let specialSingles: [UInt32] = [
    0, 0, 0x7F80_0000, 0x7FC0_0000, 0x7F80_0001, 1, 0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF,
    0x3F80_0000,
  ]
}
