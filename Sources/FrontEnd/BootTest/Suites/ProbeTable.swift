/// The instruction probes of the small test guests, and what each must answer at a level.
///
/// A line of the file is `NAME ISA ANSWER`, the answer being what follows `probe NAME ISA ` on the
/// console where problem state has that version of the ISA; below it a probe must die of SIGILL.
/// Indented lines below say where that is not so:
///
///     lq_user  2.07  ok v=01dd99dd11dd99dd
///       <2.07: SIGILL code=5 because it is privileged there
///       reference 970 power5+: SIGILL because …
///
/// Before the colon stand levels, by their name in the suite or all below a version; the first line
/// that names the level counts. A line that begins with `reference` says what an independent machine
/// answers where it differs, and must give a reason. A `*` at an answer's end stands for anything.
public struct ProbeTable: Sendable {
  var probes: [Probe]
  /// The guest's level: its name, and its version of the ISA.
  var level: String
  var version: ISAVersion

  struct Probe: Sendable {
    var name: String
    var version: ISAVersion
    var answer: String
    var exceptions: [Exception] = []
    /// The differences of the reference.
    var reference: [Exception] = []
  }

  struct Exception: Sendable {
    var levels: [Levels]
    var answer: String
  }

  enum Levels: Sendable {
    case below(ISAVersion)
    case named(String)
  }

  /// - Throws: the first line with a wrong format.
  init(
    text: String, file: String, level: String, version: ISAVersion
  ) throws(SuiteError) {
    (self.level, self.version, probes) = (level, version, [])
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty && !line.hasPrefix("#") {
      let complaint: String?
      if line.first?.isWhitespace == true {
        complaint = addException(line)
      } else {
        complaint = addProbe(line)
      }
      if let complaint { throw SuiteError(file, index + 1, "'\(line)' \(complaint)") }
    }
  }

  /// - Returns: the error of the line.
  private mutating func addProbe(_ line: Substring) -> String? {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
    guard words.count == 3, let version = ISAVersion(words[1]) else {
      return "is not 'NAME ISA ANSWER'"
    }
    probes.append(
      Probe(name: String(words[0]), version: version, answer: words[2].trimmingBlanks()))
    return nil
  }

  /// - Returns: the error of the line.
  private mutating func addException(_ line: Substring) -> String? {
    let halves = line.split(separator: ": ", maxSplits: 1)
    guard halves.count == 2, !probes.isEmpty else { return "is not 'LEVEL…: ANSWER' of a probe" }
    var words = halves[0].split(separator: " ")
    let isReference = words.first == "reference"
    if isReference { words.removeFirst() }
    let parts = halves[1].split(separator: " because ", maxSplits: 1)
    if isReference, parts.count != 2 { return "has no ' because REASON'" }
    var levels: [Levels] = []
    for word in words {
      if word.first != "<" {
        levels.append(.named(String(word)))
      } else if let version = ISAVersion(word.dropFirst()) {
        levels.append(.below(version))
      } else {
        return "names no version of the ISA after '<'"
      }
    }
    if levels.isEmpty { return "names no level" }
    let exception = Exception(levels: levels, answer: parts[0].trimmingBlanks())
    if isReference {
      probes[probes.count - 1].reference.append(exception)
    } else {
      probes[probes.count - 1].exceptions.append(exception)
    }
    return nil
  }

  /// The table of the reference's answers.
  var reference: ProbeTable {
    var table = self
    for index in probes.indices {
      table.probes[index].exceptions.insert(contentsOf: probes[index].reference, at: 0)
    }
    return table
  }

  /// The differences of a console's probes from the table, a line each.
  func differences(_ lines: [String]) -> [String] {
    var answers: [String: String] = [:]
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 3)
      guard words.count == 4, words[0] == "probe" else { continue }
      answers[String(words[1])] = words[3].trimmingBlanks()
    }
    var differences: [String] = []
    for probe in probes {
      let expected = expected(of: probe)
      let answer = answers.removeValue(forKey: probe.name)
      if let answer, expected.contains(where: { Self.agree(answer, $0) }) { continue }
      differences.append(
        "probe \(probe.name) (\(probe.version)): expected \(expected[0]), got \(answer ?? "no answer")"
      )
    }
    for (name, answer) in answers.sorted(by: { $0.key < $1.key }) {
      differences.append("probe \(name) is not in the table: \(answer)")
    }
    return differences
  }

  /// The answers that a probe may give at the level.
  private func expected(of probe: Probe) -> [String] {
    for exception in probe.exceptions where exception.levels.contains(where: includes) {
      return [exception.answer]
    }
    // The instructions that prepare a probe may be newer than the level, too.
    return probe.version <= version ? [probe.answer] : ["SIGILL", "SIGILL(setup-*"]
  }

  private func includes(_ levels: Levels) -> Bool {
    switch levels {
    case .below(let version): self.version < version
    case .named(let name): level == name
    }
  }

  private static func agree(_ answer: String, _ expected: String) -> Bool {
    expected.hasSuffix("*") ? answer.hasPrefix(expected.dropLast()) : answer == expected
  }
}

/// A version of the Power ISA, as `2.07`.
struct ISAVersion: Comparable, Sendable, CustomStringConvertible {
  var major: Int
  var minor: Int
  private var text: String

  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".")
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    (self.major, self.minor, self.text) = (major, minor, String(text))
  }

  var description: String { text }

  static func < (a: Self, b: Self) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
  static func == (a: Self, b: Self) -> Bool { (a.major, a.minor) == (b.major, b.minor) }
}

extension StringProtocol {
  func trimmingBlanks() -> String {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
