internal import HostSupport
public import PowerCPU
public import PowerISA

/// What an audit found, and the oldest level that has all of it.
public struct ISAAuditReport: Sendable {
  /// The processor the guest ran on.
  public let processor: String
  /// The active compatibility level at the end; nil without one.
  public let level: CompatibilityLevel?
  /// By the version that brought them, then by name.
  public let entries: [ISAAudit.Entry]
  /// What problem state executed and was refused, in the order of first occurrence.
  public let rejected: [RefusedInstruction]
  /// Rejections of more kinds than are kept.
  public let rejectedNotKept: UInt64

  init(
    processor: String, level: CompatibilityLevel?, entries: [ISAAudit.Entry],
    refused: RefusedInstructions
  ) {
    rejected = refused.counting
    rejectedNotKept = refused.notKept
    self.processor = processor
    self.level = level
    self.entries = entries.sorted {
      ($0.level, $0.row.mnemonic, $0.register ?? 0, $0.first.ordinal)
        < ($1.level, $1.row.mnemonic, $1.register ?? 0, $1.first.ordinal)
    }
  }

  /// Instructions executed in problem state.
  public var count: UInt64 { entries.reduce(0) { $0 &+ $1.count } }

  /// Instructions by the version that brought them, oldest first.
  public var levels: [(level: ISALevel, count: UInt64, rows: Int)] {
    ISALevel.allCases.compactMap { level in
      let entries = entries.filter { $0.level == level }
      guard !entries.isEmpty else { return nil }
      return (level, entries.reduce(0) { $0 &+ $1.count }, entries.count)
    }
  }

  /// Whether the guest was refused something, so that a part of what it needs may not have been
  /// seen.
  public var isIncomplete: Bool { !rejected.isEmpty || rejectedNotKept > 0 }

  /// The oldest level that has everything problem state executed and everything it was refused, or
  /// in its place another instruction; nil when none is known to have, and when there was nothing.
  public var earliest: CompatibilityLevel? {
    guard !(entries.isEmpty && rejected.isEmpty), rejectedNotKept == 0 else { return nil }
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

  /// What the guest was refused and a level lacks.
  public func rejectedLacking(at level: CompatibilityLevel) -> [RefusedInstruction] {
    rejected.filter { !$0.isThere(at: level) }
  }

  /// What behaves differently at a level, being another instruction there than it was here.
  public func differing(at level: CompatibilityLevel) -> [ISAAudit.Entry] {
    entries.filter {
      if case .other = $0.comparison[level] { true } else { false }
    }
  }
}

extension ISAAudit.Entry {
  /// The row's base form, and the register for moves to and from special-purpose registers.
  public var name: String { registerName.map { "\(row.mnemonic) \($0)" } ?? row.mnemonic }

  /// The special-purpose register of the entry's name.
  public var registerName: String? {
    register.map { SPR.byNumber[$0]?.name ?? "SPR \($0)" }
  }

  /// What the first one executed reads at a level at which it is another instruction.
  public func text(at level: CompatibilityLevel) -> String? {
    guard case .other(let row) = comparison[level] else { return nil }
    return InstructionRow.all[row].text(of: first.instruction, at: first.address)
      .onlySingleBlanks
  }
}
