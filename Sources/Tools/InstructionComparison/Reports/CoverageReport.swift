public import Foundation
import JSON
import PowerISA

/// What tests which rows of the instruction table: recorded vectors, the random comparison with
/// QEMU, and guests that were audited. And how the translator executes them.
public struct CoverageReport {
  /// How the translator executes a row.
  public enum Translation: Hashable, Sendable {
    /// By host code of its own.
    case hostCode
    /// By a call of its semantics function within translated code.
    case call
    /// By such a call after which code is looked up again.
    case exit
  }

  /// Mnemonics of recorded vectors, with their number.
  private let vectors: [String: Int]
  /// What the comparison does with each row, by its number.
  private let plan: [ComparisonPlan.Part?]
  /// Executions by guests by mnemonic; nil when no guest was audited.
  private let guests: [String: UInt64]?
  /// By the number of a row; nil without a translator.
  private let translation: [Translation]?

  /// - Parameters:
  ///   - vectors: the recorded vectors.
  ///   - audits: files that `pseries --audit-isa` wrote.
  ///   - translation: how the translator executes each row; nil without one.
  public init(
    vectors: [String: [TestVector]], audits: [URL], translation: [Translation]? = nil
  ) throws {
    self.translation = translation
    self.vectors = vectors.values.joined().reduce(into: [:]) { $0[$1.mnemonic, default: 0] += 1 }
    plan = ComparisonPlan.overall()
    guard !audits.isEmpty else {
      guests = nil
      return
    }
    var counts: [String: UInt64] = [:]
    for file in audits {
      for row in try JSONValue(parsing: Array(Data(contentsOf: file)))["rows"]?.elements ?? [] {
        guard let mnemonic = row["mnemonic"]?.string, let count = row["count"]?.unsigned else {
          throw ForeignAuditError(file: file.path)
        }
        counts[mnemonic, default: 0] &+= count
      }
    }
    guests = counts
  }

  private struct ForeignAuditError: Error, CustomStringConvertible {
    var file: String
    var description: String { "\(file): not an audit that pseries wrote" }
  }

  private struct Line {
    var rows = 0
    var byLevel: [ISALevel: Int] = [:]
    var vectors = 0
    var executed = 0
    var rejected = 0
    var guests = 0
    var none = 0
    var translation: [Translation: Int] = [:]

    static func += (sum: inout Line, line: Line) {
      sum.rows += line.rows
      sum.byLevel.merge(line.byLevel, uniquingKeysWith: +)
      sum.vectors += line.vectors
      sum.executed += line.executed
      sum.rejected += line.rejected
      sum.guests += line.guests
      sum.none += line.none
      sum.translation.merge(line.translation, uniquingKeysWith: +)
    }
  }

  private func line(_ row: InstructionRow) -> Line {
    var line = Line(rows: 1, byLevel: [row.since: 1])
    if vectors[row.mnemonic] != nil { line.vectors = 1 }
    switch plan[row.id] {
    case .executed: line.executed = 1
    case .rejected: line.rejected = 1
    case .leftOut, nil: break
    }
    if guests?[row.mnemonic] != nil { line.guests = 1 }
    if let translation { line.translation[translation[row.id]] = 1 }
    if line.vectors + line.executed + line.rejected + line.guests == 0 { line.none = 1 }
    return line
  }

  // MARK: text

  /// A table with a line for each chapter and version, and one for all.
  public var text: String {
    var chapters: [(name: String, line: Line)] = []
    var total = Line()
    for row in InstructionRow.all {
      if chapters.last?.name != row.chapter.rawValue {
        chapters.append((row.chapter.rawValue, Line()))
      }
      let line = line(row)
      chapters[chapters.count - 1].line += line
      total += line
    }
    let levels = ISALevel.allCases.filter { total.byLevel[$0] != nil }
    var text = Self.padded("chapter", 24) + "   rows"
    for level in levels { text += Self.padded(level.description, 6, right: true) }
    text += "  vectors  random  refused  guests  none  host  call  exit\n"
    for (name, line) in chapters + [("total", total)] {
      text += Self.padded(name, 24) + Self.padded("\(line.rows)", 7, right: true)
      for level in levels {
        text += Self.padded(line.byLevel[level].map { "\($0)" } ?? "-", 6, right: true)
      }
      text += Self.padded("\(line.vectors)", 9, right: true)
      text += Self.padded("\(line.executed)", 8, right: true)
      text += Self.padded("\(line.rejected)", 9, right: true)
      text += Self.padded(guests == nil ? "?" : "\(line.guests)", 8, right: true)
      text += Self.padded("\(line.none)", 6, right: true)
      for kind in [Translation.hostCode, .call, .exit] {
        let count = translation == nil ? "?" : "\(line.translation[kind, default: 0])"
        text += Self.padded(count, 6, right: true)
      }
      text += "\n"
    }
    return text + explanations
  }

  private var explanations: String {
    var text = """

      columns of versions: rows that came with them
      vectors: rows with recorded executions in Tests/Vectors
      random:  rows that compare-isa executes next to QEMU's user mode
      refused: privileged rows, which it executes to see that problem state may not
      guests:  rows that audited guests executed in problem state
      host:    rows that the translator executes by host code
      call:    rows that it executes by a call of the interpreter's function
      exit:    rows after which it leaves translated code besides

      """
    if guests == nil { text += "no guest was audited: .cache/isa-audit has no report\n" }
    let uncovered = InstructionRow.all.filter { line($0).none == 1 }
    if !uncovered.isEmpty { text += "\nrows that nothing here executes:\n" }
    for row in uncovered {
      text += "  " + Self.padded(row.mnemonic, 10) + reason(row) + "\n"
    }
    return text
  }

  private func reason(_ row: InstructionRow) -> String {
    switch plan[row.id] {
    case .leftOut(let reason): "QEMU: " + reason
    case nil:
      "version \(row.since)" + (row.until.map { " to before \($0)" } ?? "")
        + ": no model of such a processor in QEMU"
    default: ""
    }
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(width - text.count, 0))
    return right ? space + text : text + space
  }
}
