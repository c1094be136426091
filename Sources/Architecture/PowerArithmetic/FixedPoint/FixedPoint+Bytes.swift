extension FixedPoint {
  /// `cmpb`: 0xFF in every byte where the operands agree.
  @inlinable
  public static func equalBytes(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let difference = a ^ b
    let low = (difference & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7F7F_7F7F_7F7F_7F7F
    // The top bit of each byte: whether the byte differs.
    let differs = (low | difference) & 0x8080_8080_8080_8080
    return ((~differs & 0x8080_8080_8080_8080) >> 7) &* 0xFF
  }

  /// `cmprb`: whether the byte is within the range of the low halfword of `ranges` (its more
  /// significant byte the upper bound) or, with `two`, that of the halfword above.
  @inlinable
  public static func isInRange(_ byte: UInt8, _ ranges: UInt64, two: Bool) -> Bool {
    func range(_ shift: UInt64) -> Bool {
      UInt8(truncatingIfNeeded: ranges &>> shift) <= byte
        && byte <= UInt8(truncatingIfNeeded: ranges &>> (shift &+ 8))
    }
    return range(0) || (two && range(16))
  }

  /// `brh`: the bytes of each halfword swapped.
  @inlinable @inline(__always)
  public static func reverseHalfwords(_ value: UInt64) -> UInt64 {
    (value & 0x00FF_00FF_00FF_00FF) << 8 | (value >> 8 & 0x00FF_00FF_00FF_00FF)
  }

  /// `brw`: the bytes of each word reversed.
  @inlinable @inline(__always)
  public static func reverseWords(_ value: UInt64) -> UInt64 {
    rotate(value.byteSwapped, 32)
  }
}
