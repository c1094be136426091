import PowerArithmetic
import PowerISA

// Book I 7.6: signs, exponents, significands and data classes of VSX operands; the FPSCR is
// altered by the scalar class tests alone.

extension Semantics {
  private static let signs = SIMD4<UInt32>(repeating: 0x8000_0000)
  private static let doubleSigns = SIMD2<UInt64>(repeating: 1 << 63)
  private static let quadSign: UInt128 = 1 << 127

  // MARK: signs of scalars; doubleword 1 becomes zero

  static func xsabsdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[i.xb].doubleword0 & ~(1 << 63), 0)
  }
  static func xsnabsdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[i.xb].doubleword0 | 1 << 63, 0)
  }
  static func xsnegdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[i.xb].doubleword0 ^ 1 << 63, 0)
  }
  static func xscpsgndp(_ p: Processor, _ i: Instruction) {
    let sign = p[i.xa].doubleword0 & 1 << 63
    p[i.xt] = Vector(sign | p[i.xb].doubleword0 & ~(1 << 63), 0)
  }
  static func xsabsqp(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vrb].quadword & ~quadSign)
  }
  static func xsnabsqp(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vrb].quadword | quadSign)
  }
  static func xsnegqp(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vrb].quadword ^ quadSign)
  }
  static func xscpsgnqp(_ p: Processor, _ i: Instruction) {
    let sign = p[i.vra].quadword & quadSign
    p[i.vrt] = Vector(quadword: sign | p[i.vrb].quadword & ~quadSign)
  }

  // MARK: signs of vectors

  static func xvabsdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(doublewords: p[i.xb].doublewords & ~doubleSigns)
  }
  static func xvnabsdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(doublewords: p[i.xb].doublewords | doubleSigns)
  }
  static func xvnegdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(doublewords: p[i.xb].doublewords ^ doubleSigns)
  }
  static func xvcpsgndp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(
      doublewords: p[i.xa].doublewords & doubleSigns | p[i.xb].doublewords & ~doubleSigns)
  }
  static func xvabssp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(words: p[i.xb].words & ~signs)
  }
  static func xvnabssp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(words: p[i.xb].words | signs)
  }
  static func xvnegsp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(words: p[i.xb].words ^ signs)
  }
  static func xvcpsgnsp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(words: p[i.xa].words & signs | p[i.xb].words & ~signs)
  }

  // MARK: exponents and significands

  /// The significand with its leading bit.
  private static func significand(_ bits: UInt128, _ format: FloatFormat) -> UInt128 {
    let unit: UInt128 = 1 << format.fractionBits
    let biased = exponent(bits, format)
    let isNormal = biased != 0 && biased != UInt128(format.maximumBiasedExponent)
    return bits & (unit - 1) | (isNormal ? unit : 0)
  }

  private static func exponent(_ bits: UInt128, _ format: FloatFormat) -> UInt128 {
    bits >> format.fractionBits & UInt128(format.maximumBiasedExponent)
  }

  /// Sign and fraction of one value under the exponent in the low bits of another.
  private static func inserting(
    _ exponent: UInt128, into bits: UInt128, _ format: FloatFormat
  ) -> UInt128 {
    let mask = UInt128(format.maximumBiasedExponent) << format.fractionBits
    return bits & ~mask | exponent << format.fractionBits & mask
  }

  private static func low64(_ value: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: value) }
  private static func low32(_ value: UInt128) -> UInt32 { UInt32(truncatingIfNeeded: value) }

  static func xsxexpdp(_ p: Processor, _ i: Instruction) {
    p[i.rt] = low64(exponent(UInt128(p[i.xb].doubleword0), .double))
  }
  static func xsxsigdp(_ p: Processor, _ i: Instruction) {
    p[i.rt] = low64(significand(UInt128(p[i.xb].doubleword0), .double))
  }
  static func xsiexpdp(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(
      low64(inserting(UInt128(p[i.rb]), into: UInt128(p[i.ra]), .double)), 0)
  }
  static func xsxexpqp(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(low64(exponent(p[i.vrb].quadword, .quad)), 0)
  }
  static func xsxsigqp(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: significand(p[i.vrb].quadword, .quad))
  }
  static func xsiexpqp(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(
      quadword: inserting(
        UInt128(p[i.vrb].doubleword0), into: p[i.vra].quadword, .quad))
  }

  static func xvxexpdp(_ p: Processor, _ i: Instruction) {
    var value = p[i.xb]
    for n in 0..<2 {
      value[doubleword: n] = low64(exponent(UInt128(value[doubleword: n]), .double))
    }
    p[i.xt] = value
  }
  static func xvxsigdp(_ p: Processor, _ i: Instruction) {
    var value = p[i.xb]
    for n in 0..<2 {
      value[doubleword: n] = low64(significand(UInt128(value[doubleword: n]), .double))
    }
    p[i.xt] = value
  }
  static func xviexpdp(_ p: Processor, _ i: Instruction) {
    let exponents = p[i.xb]
    var value = p[i.xa]
    for n in 0..<2 {
      value[doubleword: n] = low64(
        inserting(UInt128(exponents[doubleword: n]), into: UInt128(value[doubleword: n]), .double))
    }
    p[i.xt] = value
  }
  static func xvxexpsp(_ p: Processor, _ i: Instruction) {
    var value = p[i.xb]
    for n in 0..<4 { value[word: n] = low32(exponent(UInt128(value[word: n]), .single)) }
    p[i.xt] = value
  }
  static func xvxsigsp(_ p: Processor, _ i: Instruction) {
    var value = p[i.xb]
    for n in 0..<4 { value[word: n] = low32(significand(UInt128(value[word: n]), .single)) }
    p[i.xt] = value
  }
  static func xviexpsp(_ p: Processor, _ i: Instruction) {
    let exponents = p[i.xb]
    var value = p[i.xa]
    for n in 0..<4 {
      value[word: n] = low32(
        inserting(UInt128(exponents[word: n]), into: UInt128(value[word: n]), .single))
    }
    p[i.xt] = value
  }

  // MARK: data classes

  /// Whether DCMX names the class: NaN, +∞, -∞, +0, -0, +denormal, -denormal from the left.
  private static func matches(
    _ dcmx: UInt64, _ bits: UInt128, _ format: FloatFormat, smallestNormal: UInt128 = 1
  ) -> Bool {
    let biased = exponent(bits, format)
    let fraction = bits & (1 << format.fractionBits - 1)
    let negative = bits >> (format.width - 1) & 1 != 0
    if biased == UInt128(format.maximumBiasedExponent) {
      if fraction != 0 { return dcmx & 0x40 != 0 }
      return dcmx & (negative ? 0x10 : 0x20) != 0
    }
    if biased == 0 && fraction == 0 { return dcmx & (negative ? 0x04 : 0x08) != 0 }
    if biased < smallestNormal { return dcmx & (negative ? 0x01 : 0x02) != 0 }
    return false
  }

  /// Sign, match and, of `xststdcsp`, whether the value is no single, for a CR field and FPCC.
  private static func deliverClass(
    _ p: Processor, _ i: Instruction, negative: Bool, matches: Bool, notSingle: Bool = false
  ) {
    let field: UInt32 = (negative ? 8 : 0) | (matches ? 2 : 0) | (notSingle ? 1 : 0)
    p[i.bf] = field
    p.state.pointee.fpscr = p.state.pointee.fpscr & ~FPSCR.fpcc | UInt64(field) << 12
  }

  static func xststdcdp(_ p: Processor, _ i: Instruction) {
    let bits = p[i.xb].doubleword0
    deliverClass(
      p, i, negative: bits >> 63 != 0, matches: matches(i.dcmx, UInt128(bits), .double))
  }
  static func xststdcqp(_ p: Processor, _ i: Instruction) {
    let bits = p[i.vrb].quadword
    deliverClass(p, i, negative: bits >> 127 != 0, matches: matches(i.dcmx, bits, .quad))
  }
  /// Of a double as a single: exponents below 0x381 are denormal.
  static func xststdcsp(_ p: Processor, _ i: Instruction) {
    let bits = p[i.xb].doubleword0
    let asSingle = FloatArithmetic.convert(UInt128(bits), .doubleToSingle, FloatControl())
    let isNaN = bits & ~(1 << 63) > 0x7FF0_0000_0000_0000
    // A NaN, quiet or not, is a single when its low fraction bits are zero.
    let notSingle = isNaN ? bits & 0x1FFF_FFFF != 0 : asSingle.doubleword != bits
    deliverClass(
      p, i, negative: bits >> 63 != 0,
      matches: matches(i.dcmx, UInt128(bits), .double, smallestNormal: 0x381),
      notSingle: notSingle)
  }

  static func xvtstdcdp(_ p: Processor, _ i: Instruction) {
    var value = p[i.xb]
    for n in 0..<2 {
      value[doubleword: n] =
        matches(i.dcmxs, UInt128(value[doubleword: n]), .double) ? ~0 : 0
    }
    p[i.xt] = value
  }
  static func xvtstdcsp(_ p: Processor, _ i: Instruction) {
    var value = p[i.xb]
    for n in 0..<4 {
      value[word: n] = matches(i.dcmxs, UInt128(value[word: n]), .single) ? ~0 : 0
    }
    p[i.xt] = value
  }
}
