package import Foundation

/// A command of this package, which is built beside the test bundle.
package struct BuiltCommand: Sendable {
  private let name: String

  package init(_ name: String) { self.name = name }

  /// The folder of all of them.
  private static var folder: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }

  /// Where it is.
  package var url: URL { Self.folder.appendingPathComponent(name) }

  /// What a run did.
  package struct Outcome {
    /// The exit status, or 256 and the number of the signal that ended it.
    package var status: Int32
    /// What it printed.
    package var output: Data
    /// What it wrote to standard error.
    package var errors: String

    package var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Runs the command to its end.
  /// - Parameter input: standard input, which is `/dev/null` without it.
  package func run(
    _ arguments: [String], input: Data? = nil, in folder: URL? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    return try Self.outcome(of: process, input, folder)
  }

  /// Runs a line of bash that calls the commands by their names.
  package static func shell(_ line: String, in folder: URL) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = Self.folder.path + ":" + (environment["PATH"] ?? "/usr/bin")
    process.environment = environment
    return try outcome(of: process, nil, folder)
  }

  private static func outcome(
    of process: Process, _ input: Data?, _ folder: URL?
  ) throws -> Outcome {
    if let folder { process.currentDirectoryURL = folder }
    let (standardInput, output) = (Pipe(), Pipe())
    // A file, because a trace is more than a pipe holds while the output is read.
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("errors-\(UUID().uuidString)")
    try Data().write(to: place)
    defer { try? FileManager.default.removeItem(at: place) }
    let errors = try FileHandle(forWritingTo: place)
    process.standardInput = input == nil ? FileHandle.nullDevice : standardInput
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    if let input {
      // A command that ends early must not end the tests by a signal.
      signal(SIGPIPE, SIG_IGN)
      try? standardInput.fileHandleForWriting.write(contentsOf: input)
      try standardInput.fileHandleForWriting.close()
    }
    let written = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try errors.close()
    let status = process.terminationStatus
    return Outcome(
      status: process.terminationReason == .exit ? status : 256 + status, output: written,
      errors: String(decoding: try Data(contentsOf: place), as: UTF8.self))
  }
}
