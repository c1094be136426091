// Counting and moving bits: Book I 3.3.13 and 3.3.13.1.
extension FixedPoint {
  /// `popcntb`: for each byte, the number of its one bits, in that byte.
  @inlinable @inline(__always)
  public static func populationOfBytes(_ value: UInt64) -> UInt64 {
    let pairs = value &- (value >> 1 & 0x5555_5555_5555_5555)
    let nibbles = (pairs & 0x3333_3333_3333_3333) &+ (pairs >> 2 & 0x3333_3333_3333_3333)
    return (nibbles &+ nibbles >> 4) & 0x0F0F_0F0F_0F0F_0F0F
  }

  /// `popcntw`: for each word, the number of its one bits, in that word.
  @inlinable @inline(__always)
  public static func populationOfWords(_ value: UInt64) -> UInt64 {
    let low = UInt32(truncatingIfNeeded: value).nonzeroBitCount
    return UInt64((value >> 32).nonzeroBitCount) << 32 | UInt64(low)
  }

  /// `prtyw`: for each word, the parity of the least significant bits of its bytes.
  @inlinable @inline(__always)
  public static func parityOfWords(_ value: UInt64) -> UInt64 {
    let bits = value & 0x0101_0101_0101_0101
    let pairs = bits ^ bits >> 16
    return (pairs ^ pairs >> 8) & 0x0000_0001_0000_0001
  }

  /// `prtyd`: the parity of the least significant bits of the bytes.
  @inlinable @inline(__always)
  public static func parity(_ value: UInt64) -> UInt64 {
    let words = parityOfWords(value)
    return (words ^ words >> 32) & 1
  }

  /// `cntlzdm`: how many of the bits that `mask` selects are zero before the first one.
  @inlinable
  public static func leadingZeros(_ value: UInt64, under mask: UInt64) -> UInt64 {
    let before = ~(~UInt64(0) >> (value & mask).leadingZeroBitCount)
    return UInt64((mask & before).nonzeroBitCount)
  }

  /// `cnttzdm`: how many of the bits that `mask` selects are zero after the last one.
  @inlinable
  public static func trailingZeros(_ value: UInt64, under mask: UInt64) -> UInt64 {
    let after = ~(~UInt64(0) << (value & mask).trailingZeroBitCount)
    return UInt64((mask & after).nonzeroBitCount)
  }

  /// `pdepd`: the low bits of `value`, spread to where `mask` has ones.
  public static func deposit(_ value: UInt64, _ mask: UInt64) -> UInt64 {
    var result: UInt64 = 0
    var source = value
    var left = mask
    while left != 0 {
      let lowest = left & (0 &- left)
      if source & 1 != 0 { result |= lowest }
      source >>= 1
      left &= left &- 1
    }
    return result
  }

  /// `pextd`: the bits of `value` where `mask` has ones, gathered at the right.
  public static func extract(_ value: UInt64, _ mask: UInt64) -> UInt64 {
    var result: UInt64 = 0
    var position: UInt64 = 1
    var left = mask
    while left != 0 {
      if value & left & (0 &- left) != 0 { result |= position }
      position <<= 1
      left &= left &- 1
    }
    return result
  }

  /// `cfuged`: the bits under zeros of `mask` at the left, those under ones at the right.
  public static func centrifuge(_ value: UInt64, _ mask: UInt64) -> UInt64 {
    extract(value, ~mask) << mask.nonzeroBitCount | extract(value, mask)
  }

  /// `bpermd`: byte n of `selectors` names a bit of `value` for bit n of the result's last byte;
  /// 64 and up select zero.
  public static func bitPermute(_ selectors: UInt64, _ value: UInt64) -> UInt64 {
    var result: UInt64 = 0
    for byte in 0..<8 as Range<UInt64> {
      let selector = selectors &>> (56 &- 8 &* byte) & 0xFF
      let bit = selector < 64 ? value &>> (63 &- selector) & 1 : 0
      result = result << 1 | bit
    }
    return result
  }
}
