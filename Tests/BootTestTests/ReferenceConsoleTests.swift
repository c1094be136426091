import Foundation
import Testing

@testable import BootTest

/// What the suites expect of the small guests, side by side with the consoles of the same guests under
/// another machine.
@Suite struct ReferenceConsoleTests {
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let folder = package.deletingLastPathComponent().appending(
    path: "shared/reference/console")

  /// A console log and the machine in its name: `be-vof-power9-power6-smp2.log`.
  struct Log: Sendable, CustomTestStringConvertible {
    var file: String
    private var words: [String] { file.dropLast(4).split(separator: "-").map(String.init) }
    var suite: String { words[0] == "be" ? "big-endian" : "little-endian" }
    var processor: String { words[2] }
    var compatibility: String { words[3] }
    var testDescription: String { file }

    func lines() throws -> [String] {
      let data = try Data(contentsOf: folder.appending(path: file))
      return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        .map { $0.trimmingBlanks() }
    }

    /// The cell of our suite for the same machine.
    func cell() throws -> Cell {
      let suite = try SuiteReader.read(package.appending(path: "Tests/Suites/\(suite).yaml").path)
      let cells = suite.cells.filter {
        $0.processor == processor && $0.compatibility == compatibility && $0.probes != nil
      }
      // Where LoPAR and QEMU want different trees the reference is QEMU's.
      return try #require(cells.first { $0.options.contains("qemu") } ?? cells.first)
    }
  }

  static let logs: [Log] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".log") }.sorted().map(Log.init)
    // There no probe is reached: the first process dies, and must.
    .filter { !($0.suite == "little-endian" && $0.processor == "power7") }
    .filter { !($0.suite == "little-endian" && $0.compatibility == "power7") }

  /// The reference machine does not enforce levels: its probes show the processor's own.
  static let ownLevel = logs.filter { ["none", $0.processor].contains($0.compatibility) }

  @Test(.enabled(if: !logs.isEmpty, "no consoles in ../shared/reference"), arguments: ownLevel)
  func probesDifferOnlyWhereTheTableSays(log: Log) throws {
    let probes = try #require(try log.cell().probes)
    #expect(probes.reference.differences(try log.lines()) == [])
  }

  @Test(.enabled(if: !logs.isEmpty, "no consoles in ../shared/reference"), arguments: logs)
  func featuresAreThoseOfTheSuite(log: Log) throws {
    var monitor = Monitor(try log.cell())
    _ = monitor.receive(Array(try log.lines().joined(separator: "\n").utf8), at: 0)
    #expect(monitor.featureDifferences() == [])
  }
}
