/// Bits of monitor mode control register 0 (Power ISA 3.1, Book III 10.4.4).
public enum MMCR0 {
  /// Freeze the counters.
  public static let fc: UInt64 = 1 << 31
  /// Freeze them in privileged state.
  public static let fcs: UInt64 = 1 << 30
  /// Freeze them in problem state.
  public static let fcp: UInt64 = 1 << 29
  /// Freeze them while MSR[PMM] is 1.
  public static let fcm1: UInt64 = 1 << 28
  /// Freeze them while MSR[PMM] is 0.
  public static let fcm0: UInt64 = 1 << 27
  /// Alerts are enabled.
  public static let pmae: UInt64 = 1 << 26
  /// An enabled condition sets FC.
  public static let fcece: UInt64 = 1 << 25
  /// Problem state may use the branch history buffer.
  public static let bhrba: UInt64 = 1 << 21
  /// Alerts lead to event-based branches instead of interrupts.
  public static let ebe: UInt64 = 1 << 20
  /// What problem state may do with the monitor's registers, two bits.
  public static let pmccShift: UInt64 = 18
  /// A negative PMC1 is an enabled condition.
  public static let pmc1ce: UInt64 = 1 << 15
  /// Any other negative counter is an enabled condition.
  public static let pmcjce: UInt64 = 1 << 14
  /// With PMCC 0, problem state may not read group B (3.1).
  public static let pmccext: UInt64 = 1 << 9
  /// PMC5 and PMC6 count whatever CTRL[RUN] says.
  public static let c56run: UInt64 = 1 << 8
  /// An alert has occurred.
  public static let pmao: UInt64 = 1 << 7
  /// Freeze PMC1 to PMC4.
  public static let fc14: UInt64 = 1 << 5
  /// Freeze PMC5 and PMC6.
  public static let fc56: UInt64 = 1 << 4

  /// What problem state sees and changes of the register.
  public static let problemState = fc | pmae | pmao
}

/// Bits of monitor mode control register 2: nine for each counter, PMC1's leftmost (Book III
/// 10.4.6).
public enum MMCR2 {
  /// Freeze counter `index`, from 0, in privileged state.
  public static func fcs(_ index: Int) -> UInt64 { 1 << UInt64(63 - 9 * index) }
  /// Freeze it in problem state.
  public static func fcp(_ index: Int) -> UInt64 { 1 << UInt64(62 - 9 * index) }

  /// What problem state sees and changes of the register.
  public static let problemState = (0..<6).reduce(0) { $0 | fcp($1) }
}

/// Bits of the branch event status and control register (Book II 6.4.1).
public enum BESCR {
  /// Event-based branches are enabled.
  public static let ge: UInt64 = 1 << 63
  /// Those of external events are.
  public static let ee: UInt64 = 1 << 33
  /// Those of the performance monitor are.
  public static let pme: UInt64 = 1 << 32
  /// Transaction state at the last event-based branch, two bits.
  public static let ts: UInt64 = 3 << 30
  /// An external event has occurred.
  public static let eeo: UInt64 = 1 << 1
  /// An event of the performance monitor has occurred.
  public static let pmeo: UInt64 = 1

  /// All bits that the register has.
  public static let defined = ge | ee | pme | ts | eeo | pmeo
}
