internal import HostSupport
internal import JSON
internal import MigrationCompatibility
internal import PowerISA
internal import ProcessorCatalog

/// Which of several guests may move to which of several machines.
struct MigrationTable {
  /// A guest as it was named, and the answer for each destination, in their order.
  struct Row {
    var guest: String
    var answers: [MigrationAnswer]
  }

  var destinations: [String]
  var rows: [Row] = []

  var isAllowed: Bool { rows.allSatisfy { $0.answers.allSatisfy(\.isAllowed) } }

  /// A row for each guest and a column for each destination, and a line for each move that is not allowed.
  var text: String {
    let cells = rows.map { row in [row.guest] + row.answers.map { $0.isAllowed ? "yes" : "no" } }
    var lines = TextTable.lines([["guest"] + destinations] + cells)
    for row in rows {
      for (destination, answer) in zip(destinations, row.answers) where !answer.isAllowed {
        lines.append("\(row.guest) to \(destination): \(answer.obstacleInOneLine)")
      }
    }
    return lines.map { $0.printable + "\n" }.joined()
  }

  /// `moves`: for each guest and destination their names and what the answer for one pair has.
  var json: JSONValue {
    let moves = rows.flatMap { row in
      zip(destinations, row.answers).map { destination, answer -> JSONValue in
        [
          "guest": .string(row.guest), "destination": .string(destination), "answer": answer.json,
        ]
      }
    }
    return ["moves": .array(moves)]
  }
}

extension MigrationAnswer {
  var json: JSONValue {
    [
      "migratable": .bool(isAllowed), "reason": .string(verdict.reason),
      "missing-capabilities": .array(
        missing.map {
          [
            "name": .string($0.name), "advertised": .array($0.advertised.map { .string($0) }),
            "available": .array($0.available.map { .string($0) }),
          ]
        }),
      "level": helpfulLevel.map { .string($0.name) },
      "obstacle": obstacle.map { .string($0) },
    ]
  }

  /// Why it is not allowed, and what would help.
  var obstacleInOneLine: String {
    let reason =
      missing.isEmpty ? verdict.reason : "lacks " + missing.map(\.name).joined(separator: ", ")
    return reason + "; " + advice
  }

  private var advice: String {
    helpfulLevel.map { "at level \($0) it could move" }
      ?? "at no level it could move" + (obstacle.map { ": \($0)" } ?? "")
  }

  /// The answer with its reason on the first line, then what is missing, a line each, then what
  /// would help.
  var text: String {
    if isAllowed { return "yes: \(verdict.reason)\n" }
    var lines: [String]
    if missing.isEmpty {
      lines = ["no: \(verdict.reason)"]
    } else {
      let what = missing.count == 1 ? "one capability" : "\(missing.count) capabilities"
      lines = ["no: the destination lacks \(what) that the guest's tree advertises"]
      lines += missing.map { "  \($0)" }
    }
    lines.append(advice)
    return lines.map { $0 + "\n" }.joined()
  }
}
