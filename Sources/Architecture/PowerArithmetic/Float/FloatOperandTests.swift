// Tests of operands for software division and square root, and of their class.

extension FloatArithmetic {

  /// `ftdiv`, `xstdivdp`: 0b1 || FG || FE || 0b0 (Book I 4.6.6.1).
  public static func testForDivide(_ a: UInt128, _ b: UInt128, _ format: FloatFormat) -> UInt32 {
    let x = UnpackedFloat(a, format)
    let y = UnpackedFloat(b, format)
    let yIsDenormal = y.kind == .finite && y.exponent < format.minimumExponent
    let special = x.kind == .infinity || y.kind == .zero || y.kind == .infinity
    let fe =
      special || x.isNaN || y.isNaN
      || y.exponent <= format.minimumExponent
      || y.exponent >= format.maximumExponent - 2
      || x.kind == .finite
        && (x.exponent - y.exponent >= format.maximumExponent
          || x.exponent - y.exponent <= format.minimumExponent + 1
          || x.exponent <= format.minimumExponent + format.fractionBits)
    return 8 | (special || yIsDenormal ? 4 : 0) | (fe ? 2 : 0)
  }

  /// `ftsqrt`, `xstsqrtdp`: 0b1 || FG || FE || 0b0.
  public static func testForSquareRoot(_ b: UInt128, _ format: FloatFormat) -> UInt32 {
    let value = UnpackedFloat(b, format)
    let isDenormal = value.kind == .finite && value.exponent < format.minimumExponent
    let special = value.kind == .zero || value.kind == .infinity || isDenormal
    let fe =
      value.kind != .finite || value.sign
      || value.exponent <= format.minimumExponent + format.fractionBits
    return 8 | (special ? 4 : 0) | (fe ? 2 : 0)
  }
}
