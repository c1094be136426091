internal import HostSupport
import PowerArithmetic
import PowerISA

/// Floating-point operands that meet: special values, and numbers of related exponents.
extension SplitMix64 {
  mutating func float(_ format: FloatFormat) -> UInt128 {
    let choice = next()
    let fractionMask: UInt128 = 1 << format.fractionBits - 1
    var fraction = (UInt128(next()) << 64 | UInt128(next())) & fractionMask
    let top = format.maximumBiasedExponent
    var biased = format.bias - 4 + Int(choice >> 8 & 7)
    switch choice & 31 {
    case 0: (biased, fraction) = (0, 0)
    case 1: (biased, fraction) = (top, 0)
    case 2: biased = 0
    case 3: (biased, fraction) = (0, 1)
    case 4: (biased, fraction) = (top, fraction | 1 << (format.fractionBits - 1))
    case 5: (biased, fraction) = (top, fraction >> 1 | 1)
    case 6: (biased, fraction) = (top - 1, fractionMask)
    case 7: (biased, fraction) = (1, 0)
    case 8: biased = 1 + Int(choice >> 8 & 3)
    case 9: biased = top - 1 - Int(choice >> 8 & 3)
    case 10: biased = format.bias + Int(choice >> 8 & 127) % format.bias
    case 11, 12: biased = Int(choice >> 8 & 0x7FFF) % top
    case 13: (biased, fraction) = (format.bias, 0)
    case 14, 15, 16: fraction &= fractionMask << (format.fractionBits - 5)
    case 17, 18: fraction |= fractionMask >> 6
    default: break
    }
    let sign: UInt128 = choice >> 63 != 0 ? 1 << (format.width - 1) : 0
    return sign | UInt128(biased) << format.fractionBits | fraction
  }

  /// A number near 1, of which nothing special comes.
  mutating func ordinaryFloat(_ format: FloatFormat) -> UInt128 {
    let fraction = (UInt128(next()) << 64 | UInt128(next())) & (1 << format.fractionBits - 1)
    let biased = format.bias - 2 + below(4)
    return UInt128(next() & 1) << (format.width - 1) | UInt128(biased) << format.fractionBits
      | fraction
  }

  /// A register with numbers of a format in all its elements.
  mutating func vector(of format: FloatFormat, ordinary: Bool = false) -> Vector {
    var quadword: UInt128 = 0
    for _ in 0..<128 / format.width {
      let element = ordinary ? ordinaryFloat(format) : float(format)
      quadword = format.width == 128 ? element : quadword << format.width | element
    }
    return Vector(quadword: quadword)
  }

  /// The FPSCR: rounding modes; sticky exceptions, or enables, or some of both; never an enabled
  /// exception that stands already.
  mutating func fpscr(hasDecimal: Bool) -> UInt64 {
    let r = next()
    var value = r & (FPSCR.rn | (hasDecimal ? FPSCR.drn : 0) | FPSCR.fprf | FPSCR.fr | FPSCR.fi)
    if r >> 62 != 0 { value &= ~(FPSCR.fr | FPSCR.fi) }
    if r >> 60 & 3 == 0 { value |= next() & FPSCR.enables }
    if r >> 58 & 3 == 0 { value |= next() & (FPSCR.exceptions | FPSCR.fx) }
    if value & FPSCR.ve != 0 { value &= ~FPSCR.invalid }
    // The enables of overflow to inexact lie in the order of the exceptions, 22 bits lower.
    value &= ~((value & (FPSCR.oe | FPSCR.ue | FPSCR.ze | FPSCR.xe)) << 22)
    return FPSCR.summarized(value)
  }
}
