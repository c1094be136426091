import Foundation
import GuestMemory
import HostSupport
import InstructionComparison
import JSON
import PowerISA

/// What a comparison prints and writes at its end.
struct Summary {
  private let outcome: QEMUComparison.Outcome
  private let comparison: QEMUComparison
  /// Rows whose disagreements are findings about QEMU.
  private let findings: Set<String>

  init(_ outcome: QEMUComparison.Outcome, _ comparison: QEMUComparison, findings: Set<String>) {
    self.outcome = outcome
    self.comparison = comparison
    self.findings = findings
  }

  /// - Parameter strict: whether findings about QEMU, and environments left out, are failures.
  func hasFailed(strict: Bool) -> Bool {
    let counting = outcome.disagreements.mnemonics.subtracting(strict ? [] : findings)
    return !counting.isEmpty || strict && !outcome.leftOut.isEmpty
  }

  /// The exceptions that never matched, if the run was long enough to decide.
  private var stale: [ComparisonException] {
    let isWhole =
      comparison.rows.isEmpty && comparison.environments == ComparisonEnvironment.all
      && QEMUPeer.current.isReviewed
      && outcome.executions >= 10_000_000
    return isWhole ? ComparisonExceptions.stale(outcome.exceptionUses) : []
  }

  func print() {
    for value in outcome.disagreements.cases { print(value) }
    let rate = Double(outcome.executions) / max(outcome.seconds, 0.001)
    let used = outcome.exceptionUses.count { $0 > 0 }
    let disagreements = outcome.disagreements
    for (environment, reason) in outcome.leftOut.sorted(by: { $0.key < $1.key }) {
      Swift.print("left out: \(environment): \(reason)")
    }
    if !findings.isEmpty {
      Swift.print(
        """
        findings about \(QEMUPeer.current): \(findings.sorted().joined(separator: " ")); the \
        recorded vectors of these rows replay, so they count only with --strict (make compare)
        """)
    }
    for exception in stale {
      Swift.print(
        "stale exception, never of use: \(exception.rowNames.joined(separator: " ")) when \(exception.condition)"
      )
    }
    Swift.print(
      """
      comparison with \(QEMUPeer.current)\
      \(QEMUPeer.current.isReviewed ? "" : ", for which the exceptions were not reviewed"): \(outcome.executions) executions of \(outcome.rows.count) rows in \
      \(comparison.environments.count) environments, \
      \(String(format: "%.1f", outcome.seconds)) s (\(Int(rate)) a second), \
      \(used) of \(ComparisonExceptions.list.count) exceptions of use, \
      \(disagreements.total) disagreements\
      \(disagreements.total > 0 ? " in \(disagreements.counts.count) places" : ""), \
      seed \(comparison.seed)
      """)
  }

  private func print(_ value: Disagreements.Case) {
    let words = value.words.map { $0.hexadecimal() }.joined(separator: " ")
    Swift.print(
      """
      \(findings.contains(value.mnemonic) ? "finding about QEMU" : "disagreement"): \
      \(value.mnemonic), \(value.environment): \(value.listing.joined(separator: "; "))
        words  \(words)
        before \(value.operands.joined(separator: " "))
      """)
    for line in value.results { Swift.print("  after  \(line)") }
    Swift.print("  again  compare-isa \(value.options) --seed \(comparison.seed)")
  }

  // MARK: JSON

  var json: String {
    let document: JSONValue = [
      "executions": .integer(outcome.executions),
      "seconds": .decimal(outcome.seconds),
      "seed": .integer(comparison.seed),
      "peer": .string(QEMUPeer.current.banner),
      "hostFeatures": strings(QEMUPeer.current.hostFeatures.map(\.rawValue).sorted()),
      "findings": strings(findings.sorted()),
      "leftOut": .object(
        outcome.leftOut.sorted { $0.key < $1.key }.map {
          JSONValue.Member(key: $0, value: .string($1))
        }),
      "executionsByEnvironment": counts(outcome.byEnvironment),
      "rows": .integer(outcome.rows.count),
      "exceptions": .array(
        zip(ComparisonExceptions.list, outcome.exceptionUses).map {
          ["rows": strings($0.rowNames), "when": "\($0.condition)", "uses": .integer($1)]
        }),
      "disagreements": .array(
        outcome.disagreements.cases.map {
          [
            "row": .string($0.mnemonic), "environment": "\($0.environment)",
            "words": .array($0.words.map { .integer($0) }), "listing": strings($0.listing),
            "results": strings($0.results), "options": .string($0.options),
          ]
        }),
      "disagreeingExecutions": counts(outcome.disagreements.counts),
    ]
    return document.text()
  }

  private func strings(_ strings: [String]) -> JSONValue { .array(strings.map { .string($0) }) }

  private func counts(_ counts: [String: Int]) -> JSONValue {
    .object(
      counts.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0, value: .integer($1)) })
  }
}
