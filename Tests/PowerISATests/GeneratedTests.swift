import Foundation
import Testing

/// What is checked in under Generated is what generate-isa makes of the .decode files.
@Suite struct GeneratedTests {
  @Test func generatedFilesAreFresh() throws {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("generate-isa")
    process.arguments = ["--root", root.path, "--check"]
    let output = Pipe()
    process.standardError = output
    try process.run()
    let message = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(message)")
  }
}
