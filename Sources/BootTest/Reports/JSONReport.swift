import Foundation

/// For programs.
enum JSONReport {
  private struct Document: Encodable {
    var suite: String
    var passed: Int
    var failed: Int
    var skipped: Int
    var seconds: Double
    var results: [Entry]
  }

  private struct Entry: Encodable {
    var name: String
    var verdict: String
    var reason: String?
    var seconds: Double
    var findings: [String]
    var log: String?
    var tail: [String]
    var remarks: [String]
    var refused: [String]
    var isaAudit: ISAAudit?
  }

  static func report(_ results: SuiteResults) -> String {
    let document = Document(
      suite: results.suite, passed: results.passed, failed: results.failed,
      skipped: results.skipped, seconds: rounded(results.seconds),
      results: results.results.map(entry))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Texts and finite numbers always encode.
    guard let data = try? encoder.encode(document) else { return "" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private static func entry(_ result: CellResult) -> Entry {
    let (verdict, reason): (String, String?) =
      switch result.verdict {
      case .passed: ("passed", nil)
      case .failed: ("failed", nil)
      case .skipped(let reason): ("skipped", reason)
      }
    return Entry(
      name: result.name, verdict: verdict, reason: reason, seconds: rounded(result.seconds),
      findings: result.findings, log: result.log, tail: result.tail, remarks: result.remarks,
      refused: result.refused.map(\.message), isaAudit: result.audit)
  }

  private static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
