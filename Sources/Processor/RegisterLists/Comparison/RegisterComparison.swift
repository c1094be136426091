/// Two register lists beside each other, register by register.
///
/// `there` is the list that comes from elsewhere, `here` the one it is held against.
public struct RegisterComparison: Sendable {
  /// The family of both lists.
  public let family: RegisterFamily
  /// The mode in which registers are compared: those of other modes need not agree.
  public let mode: ExecutionMode
  /// What the lists are compared for.
  public let purpose: Purpose
  /// One row for every register that either list has, and for those that a guest cannot move
  /// without, in the family's order; unknown ones last.
  public let rows: [ComparisonRow]

  /// What the comparison is to find out.
  public enum Purpose: String, CaseIterable, Sendable {
    /// Whether both lists say the same.
    case same
    /// Whether a guest whose state is `there` can continue in the processor of `here`: properties of
    /// the processor must agree, and the other registers must exist at both ends.
    case move
  }

  /// Holds `there` against `here`.
  /// - Parameters:
  ///   - there: the list that comes from elsewhere.
  ///   - here: the list it is compared with.
  ///   - mode: nil for the one that the lists name, or else the family's usual one.
  ///   - purpose: the question to be answered.
  public init(
    _ there: RegisterDump, _ here: RegisterDump, mode: ExecutionMode? = nil,
    purpose: Purpose = .same
  ) throws(RegisterComparisonError) {
    guard there.family.name == here.family.name else {
      throw .families(there.family.name, here.family.name)
    }
    if let first = there.mode, let second = here.mode, first != second, mode == nil {
      throw .modes(first, second)
    }
    let family = there.family
    guard let mode = mode ?? there.mode ?? here.mode ?? family.modes.first else {
      preconditionFailure("\(family.name) has no mode")
    }
    self.family = family
    self.mode = mode
    self.purpose = purpose
    var rows: [ComparisonRow] = []
    for (index, register) in family.registers.enumerated() {
      let (theirs, ours) = (there.values[index], here.values[index])
      if theirs == nil, ours == nil {
        let isNeeded = register.absent == nil && !register.isOptional
        guard purpose == .move, isNeeded, register.exists(in: mode) else { continue }
      }
      var row = ComparisonRow(
        name: register.name, identifier: register.identifier, register: register,
        there: theirs?.bits, here: ours?.bits, verdict: .equal)
      row.verdict =
        register.exists(in: mode)
        ? Self.verdict(on: register, theirs, ours, there, here, purpose)
        : .otherMode
      if purpose == .move, register.exists(in: mode), theirs != nil,
        let reason = register.obstacle?(there, here)
      {
        row.verdict = .untenable(reason)
      }
      if case .different = row.verdict, let agreement = register.agreement {
        let answer = agreement(there, here, purpose)
        if answer.agrees {
          row.verdict = .equivalent(answer.reason)
        } else {
          row.note = answer.reason
        }
      }
      rows.append(row)
    }
    rows += Self.unknown(there, here, mode)
    self.rows = rows
  }

  /// True if no register stands in the way.
  public var isAccepted: Bool { rows.allSatisfy(\.isAccepted) }

  /// A line for each register that stands in the way.
  public var reasons: [String] {
    rows.filter { !$0.isAccepted }.map { "\($0.name): \($0.explanation(in: family))" }
  }

  // MARK: one register

  private static func verdict(
    on register: RegisterDescription, _ theirs: RegisterDump.Value?, _ ours: RegisterDump.Value?,
    _ there: RegisterDump, _ here: RegisterDump, _ purpose: Purpose
  ) -> ComparisonRow.Verdict {
    switch (theirs, ours) {
    case (let theirs?, let ours?):
      for (value, dump) in [(theirs, there), (ours, here)] {
        guard let needed = value.needed, let condition = dump[needed.register] else { continue }
        if condition.bits >> UInt128(needed.bit) & 1 == 1 {
          return .incomplete(because: needed.register, bit: needed.bit)
        }
      }
      let both = theirs.sent & ours.sent
      let differing = (theirs.bits ^ ours.bits) & both
      if differing == 0 { return both == register.allBits ? .equal : .equalUnderMask(~both) }
      if differing & register.mask == 0 { return .equalUnderMask(differing) }
      return purpose == .move && register.role == .state
        ? .carried : .different(differing & register.mask)
    case (let theirs?, nil):
      guard let absent = register.absent else { return .missingHere(.required) }
      return .missingHere(
        (theirs.bits ^ absent) & register.mask & theirs.sent == 0
          ? .usesDefault(absent) : .differsFromDefault(absent))
    case (nil, let ours?):
      guard let absent = register.absent else { return .missingThere(.required) }
      // A guest's state that was not sent is set to the default on arrival.
      let agrees =
        (ours.bits ^ absent) & register.mask & ours.sent == 0
        || purpose == .move && register.role == .state
      return .missingThere(agrees ? .usesDefault(absent) : .differsFromDefault(absent))
    case (nil, nil): return .missing
    }
  }

  /// Identifiers that no register has; some are known to be of another mode.
  private static func unknown(
    _ there: RegisterDump, _ here: RegisterDump, _ mode: ExecutionMode
  ) -> [ComparisonRow] {
    var rows: [ComparisonRow] = []
    for identifier in there.unknown + here.unknown.filter({ !there.unknown.contains($0) }) {
      let known = there.family.classes.first { $0.contains(identifier) }
      rows.append(
        ComparisonRow(
          name: known?.name(identifier) ?? "\(identifier)", identifier: identifier,
          verdict: known.map { !$0.modes.contains(mode) } ?? false
            ? .otherMode
            : .unknown(there: there.unknown.contains(identifier))))
    }
    return rows
  }
}

/// Why two lists cannot be compared at all.
public enum RegisterComparisonError: Error, Equatable, CustomStringConvertible {
  case families(String, String)
  case modes(ExecutionMode, ExecutionMode)

  /// The reason in words.
  public var description: String {
    switch self {
    case .families(let there, let here): "one list is of \(there), the other of \(here)"
    case .modes(let there, let here):
      "one list was made in mode \(there), the other in \(here)"
    }
  }
}
