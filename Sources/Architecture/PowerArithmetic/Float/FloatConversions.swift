extension FloatArithmetic {

  /// Converts between formats, rounding (`frsp`, `xscvdpqp`, `xscvqpdp`, `xscvdphp` …): a NaN is
  /// quieted, its payload kept from the left.
  public static func convert(
    _ b: UInt128, _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    let b = UnpackedFloat(b, shape.operand, control)
    if b.kind == .signalingNaN { return delivered(b.quieted, .vxsnan, shape, control) }
    return delivered(b, [], shape, control)
  }

  // MARK: storage

  /// DOUBLE(WORD) of `lfs`: single bits as double bits, every value and NaN kept (Book I 4.6.2).
  @inlinable @inline(__always)
  public static func doubleFromSingle(_ word: UInt32) -> UInt64 {
    let biased = word &>> 23 & 0xFF
    let sign = UInt64(word & 0x8000_0000) &<< 32
    let fraction = UInt64(word & 0x7F_FFFF) &<< 29
    if biased &- 1 < 0xFE { return sign | UInt64(biased &+ 896) &<< 52 | fraction }
    if biased == 0xFF { return sign | 0x7FF &<< 52 | fraction }
    if fraction == 0 { return sign }
    // A denormal number of single is a normal one of double.
    let shift = UInt64(truncatingIfNeeded: fraction.leadingZeroBitCount &- 11)
    let normalized = fraction &<< shift & 0xF_FFFF_FFFF_FFFF
    return sign | (897 &- shift) &<< 52 | normalized
  }

  /// SINGLE(DOUBLE) of `stfs`: the bits that a single keeps, denormalised where need be, without
  /// rounding. Values a single cannot hold give what the denormalisation or the truncation
  /// leaves, which the books call undefined (Book I 4.6.3).
  @inlinable @inline(__always)
  public static func singleFromDouble(_ double: UInt64) -> UInt32 {
    let biased = double &>> 52 & 0x7FF
    if biased > 896 || double &<< 1 == 0 {
      return UInt32(truncatingIfNeeded: double &>> 32 & 0xC000_0000)
        | UInt32(truncatingIfNeeded: double &>> 29 & 0x3FFF_FFFF)
    }
    let sign = UInt32(truncatingIfNeeded: double &>> 32 & 0x8000_0000)
    if biased < 874 { return sign }
    let significand = (double & 0xF_FFFF_FFFF_FFFF | 1 &<< 52) &>> 29
    return sign | UInt32(truncatingIfNeeded: significand &>> (897 &- biased))
  }
}
