/// Bits of the fixed-point exception register (Book I 3.2.2).
public enum XER {
  /// Summary overflow: OV has been set since it was last reset.
  public static let so: UInt64 = 1 << 31
  /// Overflow of the latest instruction that sets it.
  public static let ov: UInt64 = 1 << 30
  /// Carry out of the latest instruction that sets it.
  public static let ca: UInt64 = 1 << 29
  /// Overflow of the low 32 bits (since 3.0).
  public static let ov32: UInt64 = 1 << 19
  /// Carry of the low 32 bits (since 3.0).
  public static let ca32: UInt64 = 1 << 18
  /// Byte count of `lswx` and `stswx`.
  public static let byteCount: UInt64 = 0x7F
}
