import Foundation
import Testing

@testable import RegisterLists

/// Lists and reports kept as files.
enum Sample {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Samples/Registers")

  static func list(_ name: String) throws -> RegisterDump {
    try RegisterDump(reading: bytes(name), file: name)
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// Compares with a kept report; UPDATE_GOLDEN=1 writes it.
  static func expect(
    _ text: String, equals name: String, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(text.utf8).write(to: file)
    }
    let kept = try? String(contentsOf: file, encoding: .utf8)
    #expect(
      kept == text, "\(name) is stale: UPDATE_GOLDEN=1 swift test --filter RegisterListsTests",
      sourceLocation: location)
  }
}

/// A list of a family as JSON text.
func json(_ family: RegisterFamily, _ registers: KeyValuePairs<String, String>) -> [UInt8] {
  let rows = registers.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ", ")
  return Array("{\"family\": \"\(family.name)\", \"registers\": {\(rows)}}".utf8)
}

func dump(
  _ family: RegisterFamily, _ registers: KeyValuePairs<String, String>
) throws -> RegisterDump {
  try RegisterDump(reading: json(family, registers), file: "list")
}

/// The error of reading a list; an expectation fails when there is none.
func refusal(_ bytes: [UInt8], family: RegisterFamily? = nil) -> DumpError? {
  do throws(DumpError) {
    _ = try RegisterDump(reading: bytes, file: "list", family: family)
    Issue.record("read")
    return nil
  } catch {
    return error
  }
}
