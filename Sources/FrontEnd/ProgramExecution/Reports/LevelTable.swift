internal import HostSupport
internal import JSON

/// How a program ended at each of several levels.
package struct LevelTable {
  /// A level's row.
  package struct Row: Equatable, Sendable {
    package enum Result: Equatable, Sendable {
      case exited(Int)
      case signal(String)
      case timedOut
      /// It could not be run there.
      case failed(String)
    }

    package var level: String
    package var processor: String
    package var result: Result
    /// The refusal that counts, in a sentence, and the oldest level that has the instruction.
    package var refused: String?
    package var needs: String?
    /// Kinds of instructions that were rejected.
    package var kinds: Int
    /// Whether it wrote what it wrote at the newest level; nil when that is not known.
    package var hasSameOutput: Bool?

    package init(
      level: String, processor: String, result: Result, refused: String? = nil,
      needs: String? = nil,
      kinds: Int = 0, hasSameOutput: Bool? = nil
    ) {
      (self.level, self.processor, self.result) = (level, processor, result)
      (self.refused, self.needs, self.kinds) = (refused, needs, kinds)
      self.hasSameOutput = hasSameOutput
    }

    /// What there is to say of it.
    var remark: String {
      var parts: [String] = []
      if case .failed(let reason) = result { parts.append(reason) }
      if let refused { parts.append(refused + (kinds > 1 ? "; and \(kinds - 1) more kinds" : "")) }
      if hasSameOutput == false { parts.append("its output is another") }
      return parts.joined(separator: "; ")
    }
  }

  package var rows: [Row] = []
  /// The status with which the program ends when it works.
  package var expectedStatus: Int

  package init(rows: [Row] = [], expectedStatus: Int = 0) {
    (self.rows, self.expectedStatus) = (rows, expectedStatus)
  }

  /// Whether a row's program ended as it should, and nothing was rejected that ended it.
  package func isGood(_ row: Row) -> Bool { row.result == .exited(expectedStatus) }

  /// `ok`, `status 3`, `SIGILL` and so on.
  private func word(_ row: Row) -> String {
    if isGood(row) { return "ok" }
    return switch row.result {
    case .exited(let status): "status \(status)"
    case .signal(let name): name
    case .timedOut: "timeout"
    case .failed: "failed"
    }
  }

  /// The table as text, the newest level last, and a line with the answer.
  package var text: String {
    let lines = TextTable.lines(
      [["level", "processor", "result", ""]]
        + rows.map { [$0.level, $0.processor, word($0), $0.remark.printable] })
    return (lines + [answer]).joined(separator: "\n") + "\n"
  }

  /// The oldest level from which on it ends well at all.
  package var oldest: String? {
    let good = rows.reversed().prefix(while: isGood)
    return good.last?.level
  }

  private var answer: String {
    guard let oldest else {
      return "it did not end with status \(expectedStatus) at the newest level"
    }
    return rows.allSatisfy(isGood)
      ? "it ends well at every level" : "it ends well from \(oldest) on"
  }

  /// `program`, `expectedStatus`, `oldest` and `levels`, each with `level`, `processor`, `exitStatus`,
  /// `signal`, `timedOut`, `error`, `refused`, `needs`, `kinds` and `sameOutput`.
  package func json(program: String) -> String {
    let levels = rows.map { row -> JSONValue in
      var (status, signal, error) = (JSONValue.null, JSONValue.null, JSONValue.null)
      switch row.result {
      case .exited(let number): status = .integer(number)
      case .signal(let name): signal = .string(name)
      case .timedOut: break
      case .failed(let reason): error = .string(reason)
      }
      return [
        "level": .string(row.level), "processor": .string(row.processor), "exitStatus": status,
        "signal": signal, "timedOut": .bool(row.result == .timedOut), "error": error,
        "refused": row.refused.map { .string($0) } ?? .null,
        "needs": row.needs.map { .string($0) } ?? .null, "kinds": .integer(row.kinds),
        "sameOutput": row.hasSameOutput.map { .bool($0) } ?? .null,
      ]
    }
    let document: JSONValue = [
      "program": .string(program), "expectedStatus": .integer(expectedStatus),
      "oldest": oldest.map { .string($0) } ?? .null,
      "levels": .array(levels),
    ]
    return document.text(lines: 2)
  }
}
