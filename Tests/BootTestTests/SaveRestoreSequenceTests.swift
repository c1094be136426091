import BootTest
import Foundation
import Testing

/// Guests that are saved and restored, with a shell script for a machine.
@Suite(.serialized) struct SaveRestoreSequenceTests {
  /// Prints a line for each of a hundred instructions, up to where it is saved, from where it was, or
  /// all; on another processor the lines that name it differ.
  static let guest = #"""
    from=1; to=100; cpu=power9; file=
    while [ $# -gt 0 ]; do
      case "$1" in
        --save) file=$2 ;;
        --save-at) to=$2 ;;
        --restore) from=$(($(cat "$2") + 1)) ;;
        --cpu) cpu=$2 ;;
      esac
      shift
    done
    for ((i = from; i <= to; i++)); do line; done
    [ -z "$file" ] || echo $to > "$file"
    """#
  static let report = #"{"refused": [], "instructions": 100}"#

  static func run(_ line: String, _ saves: String = "points: 8") throws -> CellResult {
    let machine = try FakePseries("line() { \(line); }\n" + guest, report: report)
    let results = try machine.run(
      "  t: {guest: own, matrix: {power9: {power8: p}}, saves: {\(saves)}}")
    let states = try FileManager.default.contentsOfDirectory(
      atPath: machine.folder.appending(path: "results").path
    ).filter { $0.hasSuffix(".state") }
    #expect(states.isEmpty == (results.failed == 0), "a state is kept for who looks for the bug")
    return results.results[0]
  }

  @Test func aGuestThatGoesOnPasses() throws {
    #expect(try Self.run("echo $i").findings == [])
    #expect(try Self.run(#"printf '%s ' $i"#).findings == [], "saved within a line")
  }

  @Test func otherTextFails() throws {
    let findings = try Self.run("[ $i = $from ] && [ $i -gt 1 ] && echo again $i; echo $i").findings
    #expect(findings.count == 8)
    #expect(
      findings.allSatisfy {
        $0.contains("of seed 1, on power9: other text than without interruption, from line ")
      }, "\(findings)")
  }

  @Test func theEndingIsJudgedToo() throws {
    let findings = try Self.run("[ $from = 1 ] || exit 5; echo $i").findings
    #expect(findings.count == 8 && findings[0].contains("on power9: exited(5)"), "\(findings)")
  }

  /// Of 16 points some are restored on the other processor, and some are not.
  @Test func onAnotherProcessorSomeLinesVary() throws {
    let line = #"echo "[  $((i + ${#cpu})).25] $i"; [ $i != 100 ] || echo "version $cpu""#
    let varies = "points: 16, on: [power10]"
    #expect(try Self.run(line, varies + ", varies: [version]").findings == [])
    let findings = try Self.run(line, varies).findings
    #expect((1..<16).contains(findings.count))
    #expect(findings.allSatisfy { $0.contains("on power10") && $0.contains("'version power") })
  }

  /// Each part is executed by an engine of the list, and all ways between them occur.
  @Test func betweenEngines() throws {
    let line = #"echo $i; [ $i -lt $to ] || echo "$* $engine" >> "$(dirname "$0")/engines""#
    let machine = try FakePseries(
      #"[ "$3" = --explain ] && { echo '{"engines": ["jit", "interpreter"]}'; exit; }"# + "\n"
        + #"for ((i = 1; i < $#; i++)); do [ "${!i}" = --engine ] && { n=$((i + 1)); engine=${!n}; }; done"#
        + "\nline() { \(line); }\n" + Self.guest, report: Self.report)
    let results = try machine.run(
      "  t: {guest: own, matrix: {power9: {power8: p}}, saves: {points: 16, engines: [interpreter, jit]}}"
    )
    #expect(results.results[0].findings == [])
    let engines = try machine.text("engines").split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    // The whole run has no engine; then there are two parts for each point.
    #expect(engines.count == 33 && engines[0] == "")
    let ways = Set(stride(from: 1, to: 33, by: 2).map { "\(engines[$0]) \(engines[$0 + 1])" })
    #expect(ways.count == 4, "\(ways)")
  }

  @Test func whatDoesNotGoTogetherIsRefused() {
    for keys in [
      "identical-runs: 2", "identical-engines: [interpreter, jit]", "script: [{send: a}]",
    ] {
      #expect(throws: SuiteError.self) {
        try SuiteReader.parse(
          "guests: {own: {}}\ntests: {t: {guest: own, matrix: {power9: {none: p}}, \(keys), "
            + "saves: {points: 1}}}", file: "suite.yaml")
      }
    }
  }
}
