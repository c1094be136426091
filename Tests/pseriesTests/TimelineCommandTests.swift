import CommandTestSupport
import Foundation
import Testing

/// Traces of the built-in guest, and their summaries.
@Suite struct TimelineCommandTests {
  private static let subjects = "client,cas,hcall,rtas,interrupt"

  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private static func trace(_ format: String, _ more: [String] = [], in folder: URL) throws -> Data
  {
    _ = try BuiltCommand("pseries").run(
      [
        "--clock", "deterministic", "--trace", subjects, "--trace-format", format, "--trace-file",
        format,
      ] + more, in: folder)
    return try Data(contentsOf: folder.appendingPathComponent(format))
  }

  @Test func bothFormatsSayTheSame() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let chrome = try Self.trace("chrome", in: folder)
    let lines = String(decoding: try Self.trace("json", in: folder), as: UTF8.self)
      .split(separator: "\n")
    let objects = try #require(try JSONSerialization.jsonObject(with: chrome) as? [[String: Any]])
    // The head, and the names of the process and of its only thread.
    #expect(lines.count - 1 == objects.count - 2 && lines.count > 500)
    for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    let timeline = { file in
      try BuiltCommand("pseries").run(["timeline", file, "--svg", "\(file).svg"], in: folder)
    }
    let outcome = try timeline("json")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let tables = outcome.text.split(separator: "\n").dropFirst()
    #expect(tables == (try timeline("chrome")).text.split(separator: "\n").dropFirst())
    for words in [
      ["client", "finddevice"], ["hcall", "KVMPPC_H_RTAS"], ["rtas", "power-off"], ["kernel"],
    ] {
      #expect(
        tables.contains { line in
          line.split(separator: " ").map(String.init).starts(with: words)
        }, "\(words)")
    }
    let svg = try String(contentsOf: folder.appendingPathComponent("json.svg"), encoding: .utf8)
    #expect(svg.hasPrefix("<svg ") && svg.contains(">processor 0</text>"))
  }

  /// Two deterministic runs write the same bytes, and a run that ends early a whole file.
  @Test func tracesAreReproducibleAndWhole() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let limit = ["--max-instructions", "60000"]
    let first = try Self.trace("chrome", limit, in: folder)
    #expect(try Self.trace("chrome", limit, in: folder) == first)
    #expect(String(decoding: first.suffix(3), as: UTF8.self) == "\n]\n")
    #expect(try JSONSerialization.jsonObject(with: first) is [Any])
  }

  /// The host's clock: a call begins before it ends, and moments do not go back.
  @Test func timesOfTheHost() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try BuiltCommand("pseries").run(
      ["--trace", "client", "--trace-format", "json", "--trace-file", "t"], in: folder)
    let text = try String(contentsOf: folder.appendingPathComponent("t"), encoding: .utf8)
    var last: UInt64 = 0
    var lasted: UInt64 = 0
    for line in text.split(separator: "\n").dropFirst(2) {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let begin = try #require(object["ns"] as? UInt64)
      lasted += try #require(object["duration"] as? UInt64)
      #expect(begin >= last)
      last = begin
    }
    #expect(last > 0 && lasted > 0)
  }

  @Test func damagedFiles() throws {
    let damaged = "{\"format\": \"pseries-trace\", \"version\": 1}\n{\"ns\": 1"
    let outcome = try BuiltCommand("pseries").run(["timeline", "-"], input: Data(damaged.utf8))
    #expect(outcome.status == 1 && outcome.text.isEmpty)
    #expect(outcome.errors == "pseries: -:2:9: the file ends within an event\n")
    let missing = try BuiltCommand("pseries").run(["timeline", "/nowhere/trace"])
    #expect(missing.status == 1 && missing.errors.hasPrefix("pseries: cannot read /nowhere/trace:"))
  }

  @Test(arguments: [
    (["--trace-format", "json"], "--trace-format: there is no --trace"),
    (["--trace", "cas", "--trace-format", "chrome"], "--trace-file is missing"),
    (["--trace", "cas", "--trace-format", "xml"], "The value 'xml' is invalid"),
  ])
  func wrongOptions(arguments: [String], names: String) throws {
    let outcome = try BuiltCommand("pseries").run(arguments)
    #expect(outcome.status == 2 && outcome.errors.contains(names), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  /// A trace that is not whole is said to be so, and the guest runs to its end.
  @Test func aDiskThatIsFull() throws {
    let outcome = try BuiltCommand("pseries").run([
      "--trace", "client", "--trace-file", "/dev/full",
    ])
    #expect(outcome.status == 1 && outcome.text.contains("Power"))
    #expect(outcome.errors.contains("cannot write /dev/full: No space left"), "\(outcome.errors)")
  }
}
