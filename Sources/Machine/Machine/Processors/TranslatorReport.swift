public import PowerCPU

/// The work of one processor's translator, since the machine was made.
public struct TranslatorReport: Sendable {
  /// The processor's number.
  public let processor: Int
  /// Instructions that the processor has completed.
  public let instructions: UInt64
  /// Those of them that the interpreter executed.
  public let interpreted: UInt64
  /// Number of calls from Swift into translated code.
  public let entries: UInt64
  /// The rows that semantics functions executed from translated code, most frequent first.
  public let helperCalls: [HelperCallCount]
  /// Lines about translated code.
  let summary: String
}

extension TranslatorReport: CustomStringConvertible {
  /// The most rows in a line.
  private static let shownRows = 40

  /// The output of `pseries --jit-stats`.
  public var description: String {
    let lines = [(true, "problem"), (false, "privileged")].map { isProblemState, name in
      let rows = helperCalls.filter { $0.isProblemState == isProblemState }
      let shown = rows.prefix(Self.shownRows).map { row in
        "\(row.instruction) \(row.count)"
          + ([.operands, .access].contains(row.reason) ? "" : " (\(row.reason))")
      }
      return "helper calls in \(name) state: \(rows.reduce(0) { $0 + $1.count })\n  "
        + shown.joined(separator: ", ")
    }
    return ([summary] + lines).joined(separator: "\n")
  }
}
