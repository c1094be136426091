import Foundation
import Testing

@testable import BootTest

/// The reference of the keys, and what the reader makes of it.
@Suite struct SuiteKeysTests {
  /// The page has the reference as `boot-test keys` prints it. `UPDATE_GOLDEN=1` writes it there.
  @Test func theDocumentationHasEveryKey() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Documentation.docc/SuiteKeys.md").standardizedFileURL
    let head = """
      # Keys of a suite file

      Every key that `boot-test` accepts, as `boot-test keys` prints them. Words for the values are those of YAML.


      """
    let text = head + SuiteMapping.all.map(\.reference).joined(separator: "\n")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try text.write(to: page, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: page, encoding: .utf8) == text)
  }

  /// Each key is accepted where it is listed, and its mapping lacks what is required without it.
  @Test(
    arguments: SuiteMapping.all.flatMap { mapping in mapping.keys.map { (mapping.title, $0.name) } }
  )
  func aListedKeyIsNotUnknown(title: String, key: String) throws {
    let mapping = try #require(SuiteMapping.all.first { $0.title == title })
    let node = try SuiteNode(text: "{\(key): x}", file: "s.yaml")
    do throws(SuiteError) {
      #expect(try node.fields(mapping)[key] != nil)
    } catch {
      let other = mapping.keys.first { $0.isRequired && $0.name != key }
      #expect(error.message == "'\(other?.name ?? "")' is missing")
    }
  }

  static func error(_ test: String) -> String? {
    do throws(SuiteError) {
      _ = try SuiteReader.parse("guests: {g: {}}\ntests: {t: {guest: g, \(test)}}", file: "s.yaml")
      return nil
    } catch {
      return error.message
    }
  }

  @Test(arguments: [
    ("matrix: {power12: {none: a}}", "tests.t.matrix.power12: no such processor; there are 970, "),
    (
      "matrix: {power8: {power12: a}}",
      "tests.t.matrix.power8.power12: no such level; there are none, "
    ),
    (
      "matrix: {power8: {power9: a}}",
      "tests.t.matrix.power8.power9: power8 does not have this level"
    ),
    ("matrix: {'970': {power6: a}}", "tests.t.matrix.970.power6: 970 does not have this level"),
    ("matrix: {power8: {none: a}}, done: soon", "tests.t.done: must be one of end, expected"),
    ("matrix: {power8: {none: a}}, done: expected", "tests.t.done: 'expected' needs 'expect'"),
    (
      "matrix: {power8: {none: a}}, expect: [x], done: expected, exit: 1",
      "tests.t.done: 'expected' needs"
    ),
    (
      "matrix: {power8: {none: a}}, expect: [x], done: expected, identical-runs: 2",
      "tests.t.done: 'expected' needs"
    ),
  ])
  func mistakesAreFoundBeforeTheRun(test: String, message: String) {
    let error = Self.error(test)
    #expect(error?.hasPrefix(message) == true, "\(error ?? "none")")
  }

  @Test func aDraftIsReadAsItWasDescribed() throws {
    var draft = SuiteDraft(matrix: [("power9", ["none", "power8"]), ("power8", ["none"])])
    (draft.kernel, draft.initrd, draft.disk) = ("k #1", "i: 2", nil)
    draft.commandLine = "console=hvc0 \"a\\b\" \u{7}"
    (draft.expected, draft.forbidden) = (["login:", "/^a\\d+$/"], ["- x"])
    (draft.options, draft.completion, draft.deadline) = (["--memory", "2G"], .expected, 7.5)
    let cells = try draft.suite().cells
    #expect(cells.map(\.name) == ["boot/power9/none", "boot/power9/power8", "boot/power8/none"])
    #expect(cells.map(\.level) == ["power9", "power8", "power8"])
    let cell = cells[0]
    #expect(cell.guest.kernel == "k #1" && cell.guest.initrd == "i: 2")
    #expect(cell.guest.commandLine == draft.commandLine)
    #expect(cell.expected.map(\.source) == draft.expected)
    #expect(cell.forbidden.map(\.source) == draft.forbidden)
    #expect(cell.options == draft.options && cell.completion == .expected && cell.deadline == 7.5)
  }
}
