/// Bits of the logical partitioning control register (Book III 2.2) that a partition sets by H_SET_MODE.
public enum LPCR {
  /// Interrupts are taken in little-endian mode.
  public static let ile: UInt64 = 1 << 25
  /// Position of the alternate interrupt location, two bits.
  public static let ailShift: UInt64 = 23
  /// Large decrementer.
  public static let ld: UInt64 = 1 << 17
}
