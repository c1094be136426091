/// The instruction probes of the small test guests, and what each must answer at a level.
///
/// The file has one probe a line, `NAME ISA RESULT`, RESULT being what follows `probe NAME ISA ` on
/// the console when the level has the instruction. Below that ISA level the probe must die of
/// SIGILL, unless a second result stands after ` below: `. A `*` at a result's end stands for
/// anything.
public struct ProbeTable: Sendable {
  struct Probe: Sendable {
    var name: String
    var version: ISAVersion
    var result: String
    var below: String
  }

  var probes: [Probe]
  /// The level of the guest.
  var level: ISAVersion

  /// - Throws: the first line that is not a probe.
  init(text: String, file: String, level: ISAVersion) throws(SuiteError) {
    self.level = level
    probes = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty && !line.hasPrefix("#") {
      let halves = line.split(separator: " below: ", maxSplits: 1)
      let words = halves[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      guard words.count == 3, let version = ISAVersion(words[1]) else {
        throw SuiteError(file, index + 1, "'\(line)' is not 'NAME ISA RESULT'")
      }
      probes.append(
        Probe(
          name: String(words[0]), version: version,
          result: words[2].trimmingBlanks(),
          below: halves.count == 2 ? halves[1].trimmingBlanks() : "SIGILL"))
    }
  }

  /// What the probes of a console differ in from the table, a line each.
  func differences(_ lines: [String]) -> [String] {
    var answers: [String: String] = [:]
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 3)
      guard words.count == 4, words[0] == "probe" else { continue }
      answers[String(words[1])] = words[3].trimmingBlanks()
    }
    var differences: [String] = []
    for probe in probes {
      let expected = probe.version <= level ? probe.result : probe.below
      let answer = answers.removeValue(forKey: probe.name)
      if let answer, Self.agree(answer, expected) { continue }
      differences.append(
        "probe \(probe.name) (\(probe.version)): expected \(expected), got \(answer ?? "no answer")"
      )
    }
    for (name, answer) in answers.sorted(by: { $0.key < $1.key }) {
      differences.append("probe \(name) is not in the table: \(answer)")
    }
    return differences
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
