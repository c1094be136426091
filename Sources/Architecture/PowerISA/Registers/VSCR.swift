/// Bits of the vector status and control register (Book I 6.3.2).
public enum VSCR {
  /// Non-Java mode of vector floating point.
  public static let nj: UInt32 = 1 << 16
  /// A saturating instruction saturated.
  public static let sat: UInt32 = 1
}
