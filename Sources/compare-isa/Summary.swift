import Foundation
import GuestMemory
import InstructionComparison
import PowerISA

/// What a comparison prints and writes at its end.
struct Summary {
  private let outcome: Comparison.Outcome
  private let comparison: Comparison

  init(_ outcome: Comparison.Outcome, _ comparison: Comparison) {
    self.outcome = outcome
    self.comparison = comparison
  }

  /// The exceptions that were of no use, if the run was long enough to tell.
  private var stale: [ComparisonException] {
    let isWhole =
      comparison.rows.isEmpty && comparison.environments == ComparisonEnvironment.all
      && outcome.executions >= 10_000_000
    return isWhole ? ComparisonExceptions.stale(outcome.exceptionUses) : []
  }

  func print() {
    for value in outcome.disagreements.cases { print(value) }
    let rate = Double(outcome.executions) / max(outcome.seconds, 0.001)
    let used = outcome.exceptionUses.count { $0 > 0 }
    let disagreements = outcome.disagreements
    for exception in stale {
      Swift.print(
        "stale exception, never of use: \(exception.rows.joined(separator: " ")) when \(exception.condition)"
      )
    }
    Swift.print(
      """
      comparison with QEMU: \(outcome.executions) executions of \(outcome.rows.count) rows in \
      \(comparison.environments.count) environments, \
      \(String(format: "%.1f", outcome.seconds)) s (\(Int(rate)) a second), \
      \(used) of \(ComparisonExceptions.list.count) exceptions of use, \
      \(disagreements.total) disagreements\
      \(disagreements.total > 0 ? " in \(disagreements.counts.count) places" : ""), \
      seed \(comparison.seed)
      """)
  }

  private func print(_ value: Disagreements.Case) {
    let words = value.words.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
    Swift.print(
      """
      \(value.mnemonic), \(value.environment): \(value.listing.joined(separator: "; "))
        words  \(words)
        before \(value.operands.joined(separator: " "))
      """)
    for line in value.results { Swift.print("  after  \(line)") }
    Swift.print("  again  compare-isa \(value.options) --seed \(comparison.seed)")
  }

  // MARK: JSON

  private struct Document: Encodable {
    struct Exception: Encodable {
      var rows: [String]
      var when: String
      var uses: Int
    }
    struct Disagreement: Encodable {
      var row: String
      var environment: String
      var words: [UInt32]
      var listing: [String]
      var results: [String]
      var options: String
    }
    var executions: Int
    var seconds: Double
    var seed: UInt64
    var executionsByEnvironment: [String: Int]
    var rows: Int
    var exceptions: [Exception]
    var disagreements: [Disagreement]
    var disagreeingExecutions: [String: Int]
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(
      Document(
        executions: outcome.executions, seconds: outcome.seconds, seed: comparison.seed,
        executionsByEnvironment: outcome.byEnvironment, rows: outcome.rows.count,
        exceptions: zip(ComparisonExceptions.list, outcome.exceptionUses).map {
          Document.Exception(rows: $0.rows, when: $0.condition, uses: $1)
        },
        disagreements: outcome.disagreements.cases.map {
          Document.Disagreement(
            row: $0.mnemonic, environment: $0.environment, words: $0.words, listing: $0.listing,
            results: $0.results, options: $0.options)
        },
        disagreeingExecutions: outcome.disagreements.counts))
  }
}
