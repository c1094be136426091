internal import HostSupport
import PowerArithmetic

/// Integers at which carries, signs, word halves, lanes and shift amounts change.
extension SplitMix64 {
  private static let edges: [UInt64] = [
    0, 1, 2, ~0, ~0 - 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000,
    0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
    0xFFFF_FFFF_8000_0000, 0xFFFF_FFFF_7FFF_FFFF, 31, 32, 33, 63, 64, 65, 127, 128,
  ]

  mutating func doubleword() -> UInt64 {
    let r = next()
    switch r >> 60 {
    case 0...3: return Self.edges[Int(r % UInt64(Self.edges.count))]
    case 4: return r & 0xFFFF_FFFF
    case 5: return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: r)))
    case 6: return r & 0xFF
    case 7: return UInt64(UInt8(truncatingIfNeeded: r)) &* 0x0101_0101_0101_0101
    case 8: return r & 0x8080_8080_8080_8080 | 0x7F7F_7F7F_7F7F_7F7F & next()
    case 9: return next() & next() & next()
    case 10: return next() | next() | next()
    case 11: return next() >> (r & 63)
    default: return next()
    }
  }

  mutating func vector() -> Vector {
    let first = doubleword()
    return Vector(first, once(in: 8) ? first : doubleword())
  }
}
