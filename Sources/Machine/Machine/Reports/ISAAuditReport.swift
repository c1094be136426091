internal import HostSupport
public import PowerCPU
public import PowerISA

/// The result of an audit, and the oldest level that has everything.
public struct ISAAuditReport: Sendable {
  /// The processor on which the guest ran.
  public let processor: String
  /// The active compatibility level at the end; nil without one.
  public let level: CompatibilityLevel?
  /// By the version that introduced them, then by name.
  public let entries: [ISAAudit.Entry]
  /// Instructions that were rejected in problem state, in the order of first occurrence.
  public let rejected: [RejectedInstruction]
  /// Number of rejections of kinds beyond the limit.
  public let rejectedBeyondLimit: UInt64

  init(
    processor: String, level: CompatibilityLevel?, entries: [ISAAudit.Entry],
    rejections: RejectedInstructions
  ) {
    rejected = rejections.counting
    rejectedBeyondLimit = rejections.beyondLimit
    self.processor = processor
    self.level = level
    self.entries = entries.sorted {
      ($0.level, $0.row.mnemonic, $0.register ?? 0, $0.first.ordinal)
        < ($1.level, $1.row.mnemonic, $1.register ?? 0, $1.first.ordinal)
    }
  }

  /// Instructions executed in problem state.
  public var count: UInt64 { entries.reduce(0) { $0 &+ $1.count } }

  /// Instructions by the version that introduced them, oldest first.
  public var levels: [(level: ISALevel, count: UInt64, rows: Int)] {
    ISALevel.allCases.compactMap { level in
      let entries = entries.filter { $0.level == level }
      guard !entries.isEmpty else { return nil }
      return (level, entries.reduce(0) { $0 &+ $1.count }, entries.count)
    }
  }

  /// Whether instructions were rejected, so that the audit may have missed a part of the program.
  public var isIncomplete: Bool { !rejected.isEmpty || rejectedBeyondLimit > 0 }

  /// The oldest level that has everything that problem state executed or tried, or another
  /// instruction in its place; nil when none is known to have it, and when there was nothing.
  public var earliest: CompatibilityLevel? {
    guard !(entries.isEmpty && rejected.isEmpty), rejectedBeyondLimit == 0 else { return nil }
    return CompatibilityLevel.allCases.first { level in
      entries.allSatisfy { $0.comparison[level] != .absent }
        && rejected.allSatisfy { $0.isThere(at: level) }
    }
  }

  /// The level before ``earliest``, which lacks something.
  public var older: CompatibilityLevel? {
    earliest.flatMap { CompatibilityLevel(rawValue: $0.rawValue - 1) }
  }

  /// What a level lacks, in the order of first execution.
  public func lacking(at level: CompatibilityLevel) -> [ISAAudit.Entry] {
    entries.filter { $0.comparison[level] == .absent }
      .sorted { ($0.first.ordinal, $0.first.processor) < ($1.first.ordinal, $1.first.processor) }
  }

  /// The rejected instructions that a level lacks.
  public func rejectedLacking(at level: CompatibilityLevel) -> [RejectedInstruction] {
    rejected.filter { !$0.isThere(at: level) }
  }

  /// The instructions that have another meaning at a level.
  public func differing(at level: CompatibilityLevel) -> [ISAAudit.Entry] {
    entries.filter {
      if case .other = $0.comparison[level] { true } else { false }
    }
  }
}

extension ISAAudit.Entry {
  /// The row's base form, and the register for moves to and from special-purpose registers.
  public var name: String { row.name(register: register) }

  /// The special-purpose register of the entry's name.
  public var registerName: String? {
    register.map { SPR.byNumber[$0]?.name ?? "SPR \($0)" }
  }

  /// The disassembly of the entry's first word at a level at which it has another meaning.
  public func text(at level: CompatibilityLevel) -> String? {
    guard case .other(let row) = comparison[level] else { return nil }
    return InstructionRow.all[row].text(of: first.instruction, at: first.address)
      .onlySingleBlanks
  }
}
