internal import Dispatch
package import Foundation

/// Programs and files from outside with which tests compare: objdump, dtc, a compiler, headers.
///
/// Another version of such a program, or another host under it, must not make this project's tests
/// fail. So a disagreement is printed as a finding about the program, and fails only when the
/// environment has `STRICT_PEERS=1`, as `make compare` sets it. What is right stands in the recorded
/// data and the unit tests beside these comparisons.
package enum PeerFindings {
  /// Whether findings are failures.
  package static var areFailures: Bool {
    ProcessInfo.processInfo.environment["STRICT_PEERS"] == "1"
  }

  /// Prints what a comparison found.
  /// - Parameter test: the name of the test that repeats it.
  /// - Returns: the findings that are failures, for `#expect(… == [])`.
  package static func failures(
    _ findings: [String], about peer: String, test: String = #function
  ) -> [String] {
    guard !findings.isEmpty else { return [] }
    let name = test.prefix { $0 != "(" }
    print("finding about \(peer), repeated by STRICT_PEERS=1 swift test --filter \(name):")
    for finding in findings.prefix(10) { print("  \(finding)") }
    if findings.count > 10 { print("  and \(findings.count - 10) more") }
    return areFailures ? findings : []
  }
}

/// A program from outside, as PATH finds it.
package struct PeerProgram: Sendable {
  package let name: String
  private let path: String?

  package init(_ name: String) {
    self.name = name
    path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Seconds that a program may take.
  private static let patience = 60.0

  package static let dtc = PeerProgram("dtc")
  package static let objdump = PeerProgram("powerpc64-linux-gnu-objdump")

  package var isInstalled: Bool { path != nil }

  /// Its name with the first line that it prints about its version.
  package var version: String {
    let text = output(["--version"]).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first.map(String.init) ?? "unknown version"
    return "\(name) (\(line))"
  }

  /// What it prints; nil when it cannot be run or ends with another status than 0.
  package func output(_ arguments: [String], input: Data? = nil) -> Data? {
    guard let path else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = input == nil ? FileHandle.nullDevice : standardInput
    process.standardOutput = standardOutput
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    // One that hangs ends with the status of a signal.
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    if let input {
      // A program that ends early must not end this one by a signal.
      signal(SIGPIPE, SIG_IGN)
      try? standardInput.fileHandleForWriting.write(contentsOf: input)
      try? standardInput.fileHandleForWriting.close()
    }
    let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? output : nil
  }
}
