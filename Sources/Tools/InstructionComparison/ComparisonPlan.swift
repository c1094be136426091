public import PowerISA

/// What the comparison does with a row in an environment.
public struct ComparisonPlan {
  /// What is done with a row.
  public enum Part: Sendable, Equatable {
    /// Executed and compared.
    case executed
    /// Executed, and rejected by both: problem state may not.
    case rejected(String)
    /// Not executed, for a reason.
    case leftOut(String)
  }

  /// The rows that exist in the environment, each with what is done.
  public let parts: [(row: InstructionRow, part: Part)]

  /// The plan for all rows in an environment, with the exceptions that were reviewed.
  public init(_ environment: ComparisonEnvironment) {
    self.init(environment, ComparisonExceptions(environment))
  }

  init(_ environment: ComparisonEnvironment, _ exceptions: ComparisonExceptions) {
    let subset = environment.processor.instructions
    parts = InstructionRow.all.compactMap { row in
      guard row.exists(at: subset.level), row.gates.isDisjoint(with: subset.absent) else {
        return nil
      }
      if let exception = exceptions.leftOut(row) { return (row, .leftOut(exception.qemu)) }
      if row.gates.contains(.hypervisor) { return (row, .rejected("hypervisor instruction")) }
      if row.gates.contains(.privileged) { return (row, .rejected("privileged instruction")) }
      return (row, .executed)
    }
  }

  /// For each row, by its number: the best that any environment does with it; nil for rows of
  /// processors that QEMU has no model of.
  public static func overall() -> [Part?] {
    var best = [Part?](repeating: nil, count: InstructionRow.all.count)
    for environment in ComparisonEnvironment.all {
      for (row, part) in ComparisonPlan(environment).parts where best[row.id] != .executed {
        if case .leftOut = part, case .rejected = best[row.id] { continue }
        best[row.id] = part
      }
    }
    return best
  }
}
