// Quotients and remainders; nil is what the architecture calls overflow or undefined: a divisor
// of zero, or a quotient that does not fit. Word results are not extended: callers choose.
extension FixedPoint {
  /// `divw`, `divd` and their unsigned forms (Book I 3.3.9): the quotient rounded towards zero.
  @inlinable
  public static func quotient<T: FixedWidthInteger>(_ dividend: T, _ divisor: T) -> T? {
    let (quotient, overflow) = dividend.dividedReportingOverflow(by: divisor)
    return overflow ? nil : quotient
  }

  /// `modsw`, `modsd` and their unsigned forms: the remainder, which has the sign of the dividend.
  @inlinable
  public static func remainder<T: FixedWidthInteger>(_ dividend: T, _ divisor: T) -> T? {
    let (remainder, overflow) = dividend.remainderReportingOverflow(dividingBy: divisor)
    return overflow ? nil : remainder
  }

  /// The quotient of `high` followed by as many zero bits (`divweu`, `divdeu`).
  @inlinable
  public static func extendedQuotient<T: FixedWidthInteger & UnsignedInteger>(
    _ high: T, _ divisor: T
  ) -> T? where T.Magnitude == T {
    // The quotient fits exactly when the high half is below the divisor.
    high < divisor ? divisor.dividingFullWidth((high, 0)).quotient : nil
  }

  /// The quotient of `high` followed by as many zero bits (`divwe`, `divde`).
  @inlinable
  public static func extendedQuotient<T: FixedWidthInteger & SignedInteger>(
    _ high: T, _ divisor: T
  ) -> T?
  where T.Magnitude: FixedWidthInteger & UnsignedInteger, T.Magnitude.Magnitude == T.Magnitude {
    guard let magnitude = extendedQuotient(high.magnitude, divisor.magnitude) else { return nil }
    let negative = (high < 0) != (divisor < 0)
    let limit = T.max.magnitude &+ (negative ? 1 : 0)
    guard magnitude <= limit else { return nil }
    let value = T(truncatingIfNeeded: magnitude)
    return negative ? 0 &- value : value
  }
}
