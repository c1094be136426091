/// A special-purpose register: its number, who may use it, since when, and what it is part of
/// (Book III 5.4.4).
public struct SPR: Sendable {
  /// The number that `mtspr` and `mfspr` encode with its halves exchanged, 0 to 1,023.
  public let number: Int
  /// The name in the books; the same for all numbers of a register.
  public let name: String
  /// Its width, 32 or 64; a narrower one has no other bits, whatever is written.
  public let bits: Int
  /// Least privilege that may read it; nil for none.
  public let read: Privilege?
  /// Least privilege that may write it; nil for none.
  public let write: Privilege?
  /// First level that has it.
  public let since: ISALevel
  /// First level that lets it be written.
  public let writeSince: ISALevel
  /// The level that dropped it.
  public let until: ISALevel?
  /// The FSCR bit that lets problem state use it.
  public let facility: Facility?
  /// The facilities it belongs to, without which it does not exist: VRSAVE is part of VMX.
  public let partOf: InstructionGates
  /// What MMCR0[PMCC] says about it in problem state.
  public let monitorGroup: MonitorGroup?

  /// States from the least to the most privileged.
  public enum Privilege: UInt8, Comparable, Sendable {
    case problem
    case privileged
    case hypervisor
    /// True if `a` is less privileged than `b`.
    public static func < (a: Privilege, b: Privilege) -> Bool { a.rawValue < b.rawValue }
  }

  /// The performance monitor's registers by the problem-state access that MMCR0[PMCC] gives them
  /// (Book III 10.4.4).
  public enum MonitorGroup: Sendable {
    /// Group A but for the next: MMCR0, MMCR2, MMCRA, PMC1 to PMC4.
    case control
    /// PMC5 and PMC6.
    case fixedCounters
    /// Group B: what sampling leaves behind, and MMCR1 and MMCR3.
    case sampled
  }

  init(
    _ number: Int, _ name: String, bits: Int = 64, read: Privilege?, write: Privilege?,
    since: ISALevel = .v2_00, until: ISALevel? = nil, writeSince: ISALevel? = nil,
    facility: Facility? = nil, partOf: InstructionGates = [], monitorGroup: MonitorGroup? = nil
  ) {
    self.number = number
    self.name = name
    self.bits = bits
    self.read = read
    self.write = write
    self.since = since
    self.writeSince = writeSince ?? since
    self.until = until
    self.facility = facility
    self.partOf = partOf
    self.monitorGroup = monitorGroup
  }

  /// Whether a processor, or problem state under a PCR, that has `instructions` has the register.
  public func exists(in instructions: InstructionSubset) -> Bool {
    since <= instructions.level && until.map { instructions.level < $0 } ?? true
      && partOf.isDisjoint(with: instructions.absent)
  }

  /// Whether it exists there and may be written.
  public func isWritable(in instructions: InstructionSubset) -> Bool {
    exists(in: instructions) && writeSince <= instructions.level
  }

  /// The numbers that 2.07 reserves as no-operations, in every state.
  public static let reservedNumbers = 808...811
}
