extension FixedPoint {
  /// MASK(first, last): ones from bit `first` to bit `last`, numbered from the left and wrapping
  /// around (Book I 3.3.14). Both are below 64.
  @inlinable @inline(__always)
  public static func mask(_ first: UInt64, _ last: UInt64) -> UInt64 {
    let left: UInt64 = ~0 &>> first
    let right: UInt64 = ~0 &<< (63 &- last)
    return first <= last ? left & right : left | right
  }

  /// ROTL64.
  @inlinable @inline(__always)
  public static func rotate(_ value: UInt64, _ amount: UInt64) -> UInt64 {
    value &<< amount | value &>> (0 &- amount)
  }

  /// ROTL32: the low word rotated, in both halves.
  @inlinable @inline(__always)
  public static func rotateWord(_ value: UInt64, _ amount: UInt64) -> UInt64 {
    let word = UInt32(truncatingIfNeeded: value)
    let count = UInt32(truncatingIfNeeded: amount)
    let rotated = UInt64(word &<< count | word &>> (0 &- count))
    return rotated << 32 | rotated
  }
}
