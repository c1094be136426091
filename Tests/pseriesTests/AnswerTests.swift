import Foundation
import Testing

/// The built command, beside the test bundle.
private let pseries = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  .appendingPathComponent("pseries")

/// Questions that `pseries` answers without booting anything.
@Suite struct AnswerTests {
  private func ask(
    _ arguments: [String], input: String = ""
  ) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = pseries
    process.arguments = arguments
    let (stdin, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let written = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: written, as: UTF8.self),
      String(decoding: complaint, as: UTF8.self)
    )
  }

  /// A host, a description, and the answer with its exit status.
  @Test(arguments: [
    ("power9", "<cpu mode='host-passthrough'/>", "CPU described in - is identical to host CPU", 0),
    (
      "POWER9", "<cpu match='minimum'><model>POWER8</model></cpu>",
      "Host CPU is a superset of CPU described in -", 0
    ),
    (
      "0x004d0200", "<cpu mode='host-model'><model>power9</model></cpu>",
      "CPU described in - is incompatible with host CPU", 1
    ),
  ])
  func comparing(host: String, cpu: String, answer: String, status: Int32) throws {
    let outcome = try ask(["cpu-compare", "-", "--host-cpu", host], input: cpu)
    #expect(outcome.output == answer + "\n" && outcome.status == status, "\(outcome.errors)")
  }

  @Test func whyIsSaidWhenAsked() throws {
    let cpu = "<cpu mode='custom'><model>POWER8</model></cpu>"
    let outcome = try ask(["cpu-compare", "-", "--host-cpu", "power9", "--error"], input: cpu)
    #expect(outcome.status == 1 && outcome.errors == "pseries: -: power9 is not a POWER8\n")
  }

  /// QEMU's spellings hold an `h` that is no request for help.
  @Test(arguments: [
    ["-machine", "pseries"], ["-nographic"], ["-machine=pseries"], ["-cpu", "power9"],
    ["-smp", "2"],
    ["-h3"], ["run", "-machine", "pseries"], ["qemu-args", "-enable-kvm"],
    ["--kernel", "x", "-append", "y"],
  ])
  func whatIsNoOption(arguments: [String]) throws {
    let outcome = try ask(arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    let option = try #require(arguments.first { $0.hasPrefix("-") && !$0.hasPrefix("--") })
    #expect(outcome.errors.hasPrefix("pseries: Unknown option '\(option)': "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: [["-h"], ["--help"], ["run", "-h"]])
  func helpIsHelp(arguments: [String]) throws {
    let outcome = try ask(arguments)
    #expect(outcome.status == 0 && outcome.output.contains("USAGE: pseries"))
  }

  @Test func models() throws {
    let outcome = try ask(["cpu-models", "ppc64le"])
    let names = outcome.output.split(separator: "\n")
    #expect(outcome.status == 0 && names.first == "POWER6" && names.contains("POWER11"))
    #expect(try ask(["cpu-models", "x86_64"]).status == 2)
  }

  @Test func explaining() throws {
    let outcome = try ask(["--platform", "spapr,arch=206,pvr=0x004d0200", "--explain"])
    let answer = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let engines = try #require(answer["engines"] as? [String])
    #expect(answer["engine"] as? String == engines.first && engines.last == "interpreter")
    let interpreted = try ask(["--platform", "spapr", "--engine", "interpreter", "--explain"])
    #expect(interpreted.output.contains(#""engine": "interpreter""#))
    #expect(answer["processor"] as? String == "power8" && answer["level"] as? String == "power7")
    #expect(answer["crossArchitecture"] as? Bool == false && answer["limited"] as? Bool == true)
    let refused = try ask(["--platform", "kvm,pvr=0x80240020", "--explain"])
    #expect(refused.status == 2 && refused.output.isEmpty)
    #expect(refused.errors.contains("BookE") && refused.errors.contains("kvm"))
  }

  /// Without a subcommand the arguments are those of `run`.
  @Test func bootingStaysWhatItWas() throws {
    let outcome = try ask(["--cpu", "power8", "--max-instructions", "1000", "--quiet"])
    #expect(outcome.status == 4)
    #expect(try ask(["--cpu", "z13"]).status == 2)
  }

  @Test func versionsOfTheMachine() throws {
    let list = try ask(["--machine-version", "help"])
    #expect(list.status == 2 && list.errors.contains("1.0 (guests without a compatibility level)"))
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("state-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    func save(_ version: String) throws -> (status: Int32, output: String, errors: String) {
      try ask([
        "--cpu", "power9", "--compat", "power8", "--memory", "256M", "--save", file.path,
        "--save-at", "1000", "--machine-version", version,
      ])
    }
    let refusal = try save("1.0")
    #expect(refusal.status == 1)
    #expect(refusal.errors.contains("machine version 1.0 cannot say that the guest runs at level"))
    #expect(!FileManager.default.fileExists(atPath: file.path))
    #expect(try save("1.1").status == 0)
    let outcome = try ask(["--restore", file.path, "--cpu", "power7"])
    #expect(outcome.status == 1 && outcome.errors.contains("power7 does not have the level power8"))
  }
}
