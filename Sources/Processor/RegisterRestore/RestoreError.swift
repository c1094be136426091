/// Why a register list cannot become the state of a processor.
public enum RestoreError: Error, Equatable, CustomStringConvertible {
  /// No engine here runs processors of the list's family.
  case withoutEngine(family: String, reason: String)
  /// The registers of the list that the processor cannot represent, a line each.
  case refused([String])

  /// The reason in words, with registers and values where it is about them.
  public var description: String {
    switch self {
    case .withoutEngine(let family, let reason): "\(family) cannot be restored: \(reason)"
    case .refused(let reasons): "refused:\n" + reasons.map { "  \($0)" }.joined(separator: "\n")
    }
  }
}
