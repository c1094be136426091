import BootTest
import Foundation
import SystemPackage

/// A `pseries` made of shell, in a folder that goes away with it.
final class FakePseries {
  let folder: URL
  var program: String { folder.appending(path: "pseries").path }

  /// - Parameter report: what stands in the file after `--report`.
  init(_ script: String, report: String? = nil, audit: String? = nil) throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "boot-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var script = script
    for (option, text) in [("--report", report), ("--audit-isa", audit)] {
      guard let text else { continue }
      try text.write(
        to: folder.appending(path: option), atomically: true, encoding: .utf8)
      // The option's argument is the word after it.
      script = """
        for ((i = 1; i < $#; i++)); do next=$((i + 1))
          [ "${!i}" = \(option) ] && cp "$(dirname "$0")/\(option)" "${!next}"; done
        """ + "\n" + script
    }
    try Self.write("#!/bin/bash\n\(script)\n", to: program)
  }

  /// Foundation's files are inherited by what other tests start meanwhile, and a program that a
  /// process has open for writing cannot be executed (ETXTBSY).
  private static func write(_ script: String, to path: String) throws {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
      permissions: [.ownerReadWriteExecute])
    _ = try file.closeAfter { try file.writeAll(script.utf8) }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Runs a suite whose guests need no files, unless `guests` says so.
  func run(
    _ test: String, guests: String = "own: {}", jobs: Int = 2, repetitions: Int = 1,
    auditsISA: Bool = false, requiresAll: Bool = false
  ) throws -> SuiteResults {
    let suite = try SuiteReader.parse(
      "guests: {\(guests)}\ntests:\n" + test, file: folder.appending(path: "suite.yaml").path)
    let runner = Runner(
      .init(
        pseries: program, jobs: jobs, auditsISA: auditsISA,
        requiresAll: requiresAll),
      output: try ResultsFolder(folder.appending(path: "results").path), progress: Progress(.silent)
    )
    return runner.run(
      PlannedCell.list(suite.cells, repetitions: repetitions), suite: suite.name)
  }

  func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }
}
