extension DecimalArithmetic {
  /// `dcmpu`, and if `ordered` `dcmpo`.
  public static func compare(
    _ a: UInt128, _ b: UInt128, ordered: Bool, invalidEnabled: Bool, _ format: DecimalFormat
  ) -> (order: FloatOrder, causes: FloatStatus) {
    let a = DecimalNumber(a, format)
    let b = DecimalNumber(b, format)
    guard a.isNaN || b.isNaN else { return (order(a, b), []) }
    let signals = a.kind == .signalingNaN || b.kind == .signalingNaN
    var causes: FloatStatus = signals ? .vxsnan : []
    if ordered, !signals || !invalidEnabled { causes.formUnion(.vxvc) }
    return (.unordered, causes)
  }

  private static func order(_ a: DecimalNumber, _ b: DecimalNumber) -> FloatOrder {
    if a.isZero, b.isZero { return .equal }
    if a.isZero { return b.isNegative ? .greater : .less }
    if b.isZero { return a.isNegative ? .less : .greater }
    guard a.isNegative == b.isNegative else { return a.isNegative ? .less : .greater }
    let magnitudes = magnitudeOrder(a, b)
    guard a.isNegative, magnitudes != .equal else { return magnitudes }
    return magnitudes == .less ? .greater : .less
  }

  private static func magnitudeOrder(_ a: DecimalNumber, _ b: DecimalNumber) -> FloatOrder {
    if a.kind == .infinity || b.kind == .infinity {
      return a.kind == b.kind ? .equal : a.kind == .infinity ? .greater : .less
    }
    let (first, second) = (a.exponent + a.digitCount, b.exponent + b.digitCount)
    if first != second { return first < second ? .less : .greater }
    // The same leading place, so the distance is below the precision.
    var (x, y) = (WideDecimal(a.coefficient), WideDecimal(b.coefficient))
    x.appendZeros(max(0, a.exponent - b.exponent))
    y.appendZeros(max(0, b.exponent - a.exponent))
    return x < y ? .less : y < x ? .greater : .equal
  }

  // MARK: tests, as a CR field

  /// `dtstdc`: sign and whether the class is in DCM: zero, subnormal, normal, infinity, quiet
  /// NaN, signalling NaN from the left.
  public static func testClass(_ a: UInt128, mask: UInt64, _ format: DecimalFormat) -> UInt32 {
    let number = DecimalNumber(a, format)
    let bit: UInt64 =
      switch number.kind {
      case .infinity: 4
      case .quietNaN: 2
      case .signalingNaN: 1
      case .finite: number.isZero ? 32 : number.isSubnormal(format) ? 16 : 8
      }
    return (number.isNegative ? 8 : 0) | (mask & bit != 0 ? 2 : 0)
  }

  /// `dtstdg`: sign and whether the group is in DGM: zero; zero with an extreme exponent;
  /// subnormal, or normal with an extreme exponent; normal with a first digit of zero; normal
  /// with another; special.
  public static func testGroup(_ a: UInt128, mask: UInt64, _ format: DecimalFormat) -> UInt32 {
    let number = DecimalNumber(a, format)
    let isExtreme =
      number.exponent == format.minimumExponent || number.exponent == format.maximumExponent
    let bit: UInt64 =
      if number.kind != .finite {
        1
      } else if number.isZero {
        isExtreme ? 16 : 32
      } else if isExtreme || number.isSubnormal(format) {
        8
      } else {
        number.digitCount < format.precision ? 4 : 2
      }
    return (number.isNegative ? 8 : 0) | (mask & bit != 0 ? 2 : 0)
  }

  /// `dtstex`: the exponents compared; infinities equal each other, and NaNs.
  public static func compareExponents(
    _ a: UInt128, _ b: UInt128, _ format: DecimalFormat
  ) -> UInt32 {
    let a = DecimalNumber(a, format)
    let b = DecimalNumber(b, format)
    if a.kind == .finite, b.kind == .finite {
      return a.exponent < b.exponent ? 8 : a.exponent > b.exponent ? 4 : 2
    }
    return a.isNaN && b.isNaN || a.kind == .infinity && b.kind == .infinity ? 2 : 1
  }

  /// `dtstsf`: `significance` compared with the significant digits of `b`.
  public static func testSignificance(
    _ significance: Int, _ b: UInt128, _ format: DecimalFormat
  ) -> UInt32 {
    let number = DecimalNumber(b, format)
    guard number.kind == .finite else { return 1 }
    if significance == 0 || number.isZero { return 4 }
    let count = number.digitCount
    return significance < count ? 8 : significance > count ? 4 : 2
  }
}

extension DecimalNumber {
  fileprivate func isSubnormal(_ format: DecimalFormat) -> Bool {
    !isZero && exponent + digitCount - 1 < format.minimumNormal
  }
}
