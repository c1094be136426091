extension FixedPoint {
  /// `slw`: amounts of 32 to 63 give zero.
  @inlinable @inline(__always)
  public static func shiftLeftWord(_ value: UInt64, _ amount: UInt64) -> UInt64 {
    amount & 0x20 != 0 ? 0 : (value &<< (amount & 31)) & 0xFFFF_FFFF
  }

  /// `srw`: amounts of 32 to 63 give zero.
  @inlinable @inline(__always)
  public static func shiftRightWord(_ value: UInt64, _ amount: UInt64) -> UInt64 {
    amount & 0x20 != 0 ? 0 : (value & 0xFFFF_FFFF) &>> (amount & 31)
  }

  /// `sld`: amounts of 64 to 127 give zero.
  @inlinable @inline(__always)
  public static func shiftLeft(_ value: UInt64, _ amount: UInt64) -> UInt64 {
    amount & 0x40 != 0 ? 0 : value &<< amount
  }

  /// `srd`: amounts of 64 to 127 give zero.
  @inlinable @inline(__always)
  public static func shiftRight(_ value: UInt64, _ amount: UInt64) -> UInt64 {
    amount & 0x40 != 0 ? 0 : value &>> amount
  }

  /// `sraw`, `srawi`: the shifted word, and whether one bits left a negative number.
  @inlinable @inline(__always)
  public static func shiftRightAlgebraicWord(
    _ value: UInt64, _ amount: UInt64
  ) -> (value: UInt64, carry: Bool) {
    // Amounts of 32 to 63 leave sign bits only, which shifting the extended word gives too.
    shiftRightAlgebraic(signExtendWord(value), amount & 0x3F)
  }

  /// `srad`, `sradi`: the shifted doubleword, and whether one bits left a negative number.
  @inlinable @inline(__always)
  public static func shiftRightAlgebraic(
    _ value: UInt64, _ amount: UInt64
  ) -> (value: UInt64, carry: Bool) {
    let signed = Int64(bitPattern: value)
    if amount & 0x40 != 0 { return (UInt64(bitPattern: signed >> 63), signed < 0) }
    let lost = value & ~(~0 &<< amount)
    return (UInt64(bitPattern: signed &>> Int64(amount & 0x3F)), signed < 0 && lost != 0)
  }

  /// EXTS of the low word.
  @inlinable @inline(__always)
  public static func signExtendWord(_ value: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
  }
}
