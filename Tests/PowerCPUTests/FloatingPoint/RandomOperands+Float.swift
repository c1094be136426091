import PowerArithmetic
import PowerISA

/// Floating-point operands that meet: special values, and numbers of related exponents.
extension RandomOperands {
  mutating func float(_ format: FloatFormat) -> UInt128 {
    let choice = random.next()
    let fractionMask: UInt128 = 1 << format.fractionBits - 1
    var fraction = (UInt128(random.next()) << 64 | UInt128(random.next())) & fractionMask
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
    if biased == top && fraction != 0 && format.fractionBits > 23 {
      // What is left of a NaN in single precision.
      fraction &= fractionMask << (format.fractionBits - 23)
      if fraction == 0 { fraction = 1 << (format.fractionBits - 23) }
    }
    let sign: UInt128 = choice >> 63 != 0 ? 1 << (format.width - 1) : 0
    return sign | UInt128(biased) << format.fractionBits | fraction
  }

  mutating func double() -> UInt64 { UInt64(truncatingIfNeeded: float(.double)) }

  mutating func single() -> UInt32 { UInt32(truncatingIfNeeded: float(.single)) }

  /// A double that a single can hold.
  mutating func singleInDouble() -> UInt64 { FloatArithmetic.doubleFromSingle(single()) }

  /// A register with numbers of a format in all its elements.
  mutating func vector(of format: FloatFormat) -> Vector {
    switch format.width {
    case 16:
      return Vector(
        quadword: (0..<8).reduce(0) { sum, _ in sum << 16 | float(format) })
    case 32:
      return Vector(
        quadword: (0..<4).reduce(0) { sum, _ in sum << 32 | float(format) })
    case 64: return Vector(double(), double())
    default: return Vector(quadword: float(format))
    }
  }

  /// Sticky bits and rounding modes, without any enable.
  mutating func fpscr() -> UInt64 {
    let r = random.next()
    var value = r & (FPSCR.rn | FPSCR.drn | FPSCR.fprf)
    if r >> 62 == 0 { value |= random.next() & FPSCR.exceptions }
    if r >> 61 & 1 == 0 || value & FPSCR.exceptions != 0 { value |= FPSCR.fx }
    return FPSCR.summarized(value)
  }
}
