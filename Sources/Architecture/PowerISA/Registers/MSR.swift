/// Bits of the machine state register (Power ISA 3.1, Book III 4.2.1).
public enum MSR {
  /// Sixty-four-bit mode.
  public static let sf: UInt64 = 1 << 63
  /// Hypervisor state; always 0 for an LPAR guest.
  public static let hv: UInt64 = 1 << 60
  /// Transaction state, two bits.
  public static let ts: UInt64 = 3 << 33
  /// Transactional memory available.
  public static let tm: UInt64 = 1 << 32
  /// Vector available.
  public static let vec: UInt64 = 1 << 25
  /// VSX available.
  public static let vsx: UInt64 = 1 << 23
  /// External interrupts enabled.
  public static let ee: UInt64 = 1 << 15
  /// Problem state.
  public static let pr: UInt64 = 1 << 14
  /// Floating point available.
  public static let fp: UInt64 = 1 << 13
  /// Machine check enabled.
  public static let me: UInt64 = 1 << 12
  /// Floating-point exception mode 0.
  public static let fe0: UInt64 = 1 << 11
  /// Single-step trace; with `be`, the two bits of TE.
  public static let se: UInt64 = 1 << 10
  /// Branch trace.
  public static let be: UInt64 = 1 << 9
  /// Floating-point exception mode 1.
  public static let fe1: UInt64 = 1 << 8
  /// Instruction relocation.
  public static let ir: UInt64 = 1 << 5
  /// Data relocation.
  public static let dr: UInt64 = 1 << 4
  /// Performance monitor mark.
  public static let pmm: UInt64 = 1 << 2
  /// Recoverable interrupt.
  public static let ri: UInt64 = 1 << 1
  /// Little-endian mode.
  public static let le: UInt64 = 1
}
