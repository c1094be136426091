import HostSupport
import PowerArithmetic

/// Operands for arithmetic tests: the table of special values, and random ones that meet each
/// other's exponents often enough to cancel, to tie and to fall off either end.
struct FloatOperands {
  let format: FloatFormat
  private var numbers: SplitMix64

  init(_ format: FloatFormat, seed: UInt64) {
    self.format = format
    numbers = SplitMix64(state: seed)
  }

  mutating func next64() -> UInt64 { numbers.next() }

  mutating func next128() -> UInt128 { UInt128(next64()) << 64 | UInt128(next64()) }

  private var fractionMask: UInt128 { (1 << format.fractionBits) - 1 }

  func bits(_ sign: Bool, _ biased: Int, _ fraction: UInt128) -> UInt128 {
    (sign ? 1 << (format.width - 1) : 0)
      | UInt128(biased & format.maximumBiasedExponent) << format.fractionBits
      | fraction & fractionMask
  }

  /// Zeros, ends of the denormal and normal ranges, one, infinities, NaNs; of both signs.
  var special: [UInt128] {
    let top = format.maximumBiasedExponent
    let half: UInt128 = 1 << (format.fractionBits - 1)
    let positive: [(Int, UInt128)] = [
      (0, 0), (0, 1), (0, half), (0, fractionMask), (1, 0), (1, 1), (1, fractionMask),
      (2, 0), (format.bias - 1, 0), (format.bias - 1, fractionMask), (format.bias, 0),
      (format.bias, 1), (format.bias, half), (format.bias + 1, 0), (format.bias + 1, half),
      (top - 1, 0), (top - 1, fractionMask), (top, 0), (top, 1), (top, half), (top, half | 1),
      (top, fractionMask),
    ]
    return [false, true].flatMap { sign in positive.map { bits(sign, $0.0, $0.1) } }
  }

  mutating func random() -> UInt128 {
    let choice = next64()
    let sign = choice & 1 != 0
    var fraction = next128()
    switch choice >> 1 & 7 {
    case 0: fraction = 0
    case 1: fraction &= fractionMask << (format.fractionBits - 6)
    case 2: fraction |= fractionMask >> 8
    case 3: fraction &= fractionMask >> 10
    default: break
    }
    let biased: Int
    switch choice >> 4 & 15 {
    case 0: biased = 0
    case 1: biased = Int(choice >> 8 & 3)
    case 2: biased = format.maximumBiasedExponent - Int(choice >> 8 & 3)
    case 3, 4, 5: biased = Int(truncatingIfNeeded: choice >> 8) & format.maximumBiasedExponent
    case 6, 7: biased = format.bias + Int(choice >> 8 & 63)
    default: biased = format.bias - 4 + Int(choice >> 8 & 7)
    }
    return bits(sign, biased, fraction)
  }

  /// A product or quotient near the smallest normal number, a sum near the largest: two operands
  /// whose exponents belong together.
  mutating func randomPair() -> (UInt128, UInt128) {
    let a = random()
    var b = random()
    let choice = next64()
    let exponentMask = UInt128(format.maximumBiasedExponent) << format.fractionBits
    let biased = Int(truncatingIfNeeded: a >> format.fractionBits) & format.maximumBiasedExponent
    let offset = Int(choice >> 8 & 63) - 32
    let wanted: Int
    switch choice & 7 {
    case 0: wanted = biased + offset / 4
    case 1: wanted = format.bias - biased + offset
    case 2: wanted = biased + format.bias + offset
    case 3: wanted = 3 * format.bias - biased + offset
    default: return (a, b)
    }
    guard wanted >= 0, wanted < format.maximumBiasedExponent else { return (a, b) }
    b = b & ~exponentMask | UInt128(wanted) << format.fractionBits
    return (a, b)
  }
}
