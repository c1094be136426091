internal import HostSupport
package import JSON
package import PowerISA

extension ProgramAudit {
  /// What a report of an audit says besides.
  package struct Heading {
    /// The program's name, and what was done with it: "ended with status 0 at level power10 of power10".
    package var program: String
    package var outcome: String
    /// The level at which it ran; nil for that of no run.
    package var level: CompatibilityLevel?
    /// What was rejected, a sentence each.
    package var rejected: [String]

    package init(
      program: String, outcome: String, level: CompatibilityLevel? = nil, rejected: [String] = []
    ) {
      (self.program, self.outcome, self.level) = (program, outcome, level)
      self.rejected = rejected
    }
  }

  /// The report for people.
  /// - Parameter above: a level; the instructions that it lacks are listed, all of them for nil.
  package func text(_ heading: Heading, above: CompatibilityLevel?) -> String {
    var lines = ["\(heading.program): \(heading.outcome)", verdict]
    lines += heading.rejected.map { "rejected: \($0)" }
    if !heading.rejected.isEmpty {
      lines.append("what it would have executed after that is not known")
    }
    let files = files
    if isExecuted, !files.isEmpty {
      let names = files.map { [$0.needs?.name ?? "none", $0.path] }
      lines += [""] + TextTable.lines([["needs", "file"]] + names)
    }
    for version in ISALevel.allCases.reversed() {
      let all = kinds.filter { $0.version == version }
      guard !all.isEmpty else { continue }
      lines += ["", "\(Self.title(version)): \(summary(all))"]
      let listed = all.filter { kind in above.map { !kind.isThere(at: $0) } ?? true }
      guard !listed.isEmpty else { continue }
      lines += TextTable.lines([heads] + listed.flatMap(rows)).map { "  " + $0 }
    }
    lines += [""] + remarks(heading)
    return lines.map(\.printable).joined(separator: "\n") + "\n"
  }

  private var verdict: String {
    guard let needs else { return "no instruction was found" }
    let verb = isExecuted ? "executed" : "has"
    let level = "\(needs.name) on (ISA \(needs.isa))"
    let dropped = kinds.filter { !$0.isThere(at: needs) }.map(\.name)
    return dropped.isEmpty
      ? "all that it \(verb) is there from \(level)"
      : "the newest of it is there from \(level), which lacks \(dropped.joined(separator: ", "))"
  }

  private static func title(_ version: ISALevel) -> String {
    guard version > .v1 else { return "before ISA \(ISALevel.v2_00)" }
    let level = CompatibilityLevel.allCases.first { $0.isa == version }
    return "ISA \(version)" + (level.map { " (\($0.name))" } ?? "")
  }

  private func summary(_ kinds: [Kind]) -> String {
    let count = kinds.reduce(0) { $0 &+ $1.count }
    let names = kinds.count == 1 ? "1 kind" : "\(kinds.count) kinds"
    return isExecuted
      ? "\(names), executed \(count) times"
      : "\(names), \(count) \(count == 1 ? "place" : "places")"
  }

  private var heads: [String] {
    (isExecuted ? ["instruction", "executed", "places"] : ["instruction", "places"])
      + ["address", "first", "in"]
  }

  /// A row for each file with the kind.
  private func rows(_ kind: Kind) -> [[String]] {
    var files: [(name: String, places: [Place])] = []
    for place in kind.places {
      let name = place.code?.file ?? Self.unknownFile
      if let index = files.firstIndex(where: { $0.name == name }) {
        files[index].places.append(place)
      } else {
        files.append((name, [place]))
      }
    }
    return files.map { name, places in
      let isAll = files.count == 1
      let count = isAll ? kind.count : places.reduce(0) { $0 &+ $1.count }
      let first = places[0]
      let number = isExecuted ? ["\(count)", "\(places.count)"] : ["\(kind.count)"]
      return [kind.name] + number
        + [first.address.hexadecimal(), first.text, first.code?.text ?? name]
    }
  }

  private func remarks(_ heading: Heading) -> [String] {
    guard isExecuted else {
      return [
        "This is what is in the file, data among its code included. Parts of it may be chosen by the level",
        "(AT_HWCAP): boot-test audit without --static shows what is executed.",
      ]
    }
    let level = heading.level.map { "the level \($0.name)" } ?? "this processor"
    return [
      "This is what was executed at \(level). Libraries and programs choose code by the level (AT_HWCAP):",
      "boot-test exec --level LEVEL shows whether it runs at another.",
    ]
  }

  // MARK: JSON

  /// The report for programs: `executed`, `needs` (the oldest level that has all), `files`,
  /// each with `path`, `needs` and `kinds`, and `instructions`, those that a level lacks: each with `name`,
  /// `level` (ISA), `needs`, `count` and `places`, each with `address`, `text`, `count`, `file`, `fileAddress`,
  /// `function` and `offset`. Addresses are texts in hexadecimal.
  package func json(above: CompatibilityLevel?) -> JSONValue {
    [
      "executed": .bool(isExecuted),
      "needs": needs.map { .string($0.name) } ?? .null,
      "files": .array(
        files.map { file in
          [
            "path": .string(file.path), "needs": file.needs.map { .string($0.name) } ?? .null,
            "kinds": .integer(file.kinds),
          ]
        }),
      "instructions": .array(kinds(above: above).map(\.json)),
    ]
  }
}

extension ProgramAudit.Kind {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "level": "\(version)",
      "needs": needs.map { .string($0.name) } ?? .null, "count": .integer(count),
      "places": .array(places.map(\.json)),
    ]
  }
}

extension ProgramAudit.Place {
  fileprivate var json: JSONValue {
    [
      "address": .hexadecimal(address), "text": .string(text), "count": .integer(count),
      "file": code.map { .string($0.file) } ?? .null,
      "fileAddress": code.map { .hexadecimal($0.address) } ?? .null,
      "function": code?.function.map { .string($0) } ?? .null,
      "offset": code?.offset.map { .integer($0) } ?? .null,
    ]
  }
}
