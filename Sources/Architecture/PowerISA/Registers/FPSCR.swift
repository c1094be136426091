/// Bits of the floating-point status and control register (Power ISA 3.1, Book I 4.2.2).
public enum FPSCR {
  /// Decimal rounding mode, three bits.
  public static let drn: UInt64 = 7 << 32

  // MARK: exceptions
  /// Some exception bit went from 0 to 1.
  public static let fx: UInt64 = 1 << 31
  /// Some enabled exception is set; a summary.
  public static let fex: UInt64 = 1 << 30
  /// Some invalid operation is set; a summary.
  public static let vx: UInt64 = 1 << 29
  /// Overflow.
  public static let ox: UInt64 = 1 << 28
  /// Underflow.
  public static let ux: UInt64 = 1 << 27
  /// Zero divide.
  public static let zx: UInt64 = 1 << 26
  /// Inexact.
  public static let xx: UInt64 = 1 << 25
  /// Invalid operation: signalling NaN.
  public static let vxsnan: UInt64 = 1 << 24
  /// Infinity - infinity.
  public static let vxisi: UInt64 = 1 << 23
  /// Infinity / infinity.
  public static let vxidi: UInt64 = 1 << 22
  /// Zero / zero.
  public static let vxzdz: UInt64 = 1 << 21
  /// Infinity * zero.
  public static let vximz: UInt64 = 1 << 20
  /// Invalid compare.
  public static let vxvc: UInt64 = 1 << 19

  // MARK: result
  /// Fraction rounded.
  public static let fr: UInt64 = 1 << 18
  /// Fraction inexact.
  public static let fi: UInt64 = 1 << 17
  /// Result flags: C and FPCC.
  public static let fprf: UInt64 = 0x1F << 12
  /// The condition code of FPRF: FL, FG, FE, FU.
  public static let fpcc: UInt64 = 0xF << 12

  // MARK: more invalid operations
  /// Software-defined condition.
  public static let vxsoft: UInt64 = 1 << 10
  /// Square root of a negative number.
  public static let vxsqrt: UInt64 = 1 << 9
  /// Integer conversion.
  public static let vxcvi: UInt64 = 1 << 8

  // MARK: control
  /// Enables the interrupt of invalid operations.
  public static let ve: UInt64 = 1 << 7
  /// Enables the interrupt of overflows.
  public static let oe: UInt64 = 1 << 6
  /// Enables the interrupt of underflows.
  public static let ue: UInt64 = 1 << 5
  /// Enables the interrupt of divisions by zero.
  public static let ze: UInt64 = 1 << 4
  /// Enables the interrupt of inexact results.
  public static let xe: UInt64 = 1 << 3
  /// Non-IEEE mode. The processors modelled here compute by IEEE 754 all the same.
  public static let ni: UInt64 = 1 << 2
  /// Binary rounding mode, two bits.
  public static let rn: UInt64 = 3

  // MARK: groups
  /// Every invalid operation.
  public static let invalid: UInt64 = 0x1F8_0000 | vxsoft | vxsqrt | vxcvi
  /// Every exception bit that an instruction may set.
  public static let exceptions: UInt64 = ox | ux | zx | xx | invalid
  /// All enables.
  public static let enables: UInt64 = ve | oe | ue | ze | xe
  /// FX, FEX, VX and OX: what Rc=1 copies to CR1.
  public static let summary: UInt64 = fx | fex | vx | ox
  /// Bits that exist: bits 0 to 28 and 52 are reserved and read as zero.
  public static let implemented: UInt64 = drn | 0xFFFF_F7FF

  /// The value with VX and FEX made to agree with the bits they summarise.
  @inlinable
  public static func summarized(_ value: UInt64) -> UInt64 {
    var value = value & ~(vx | fex)
    if value & invalid != 0 { value |= vx }
    if isEnabled(value) { value |= fex }
    return value
  }

  /// Whether an exception bit is set whose enable is set too; VX must be up to date. The enables
  /// lie in the order of VX, OX, UX, ZX, XX, 22 bits lower.
  @inlinable @inline(__always)
  public static func isEnabled(_ value: UInt64) -> Bool {
    value >> 22 & value & enables != 0
  }
}
