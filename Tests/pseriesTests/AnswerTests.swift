import CommandTestSupport
import Foundation
import Testing

/// Questions that `pseries` answers without booting anything.
@Suite struct AnswerTests {
  private func ask(
    _ arguments: [String], input: String = ""
  ) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments, input: Data(input.utf8))
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
    #expect(outcome.text == answer + "\n" && outcome.status == status, "\(outcome.errors)")
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
    #expect(outcome.status == 2 && outcome.text.isEmpty)
    let option = try #require(arguments.first { $0.hasPrefix("-") && !$0.hasPrefix("--") })
    #expect(outcome.errors.hasPrefix("pseries: Unknown option '\(option)': "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  /// What is wrong with `--rtc`, and what the line must name.
  @Test(arguments: [
    (["--rtc", "base=noon"], "--rtc"), (["--rtc", "base=utc,base=utc"], "--rtc"),
    (["--rtc", "clock=tsc"], "--rtc"), (["--rtc", "base=2026-02-30"], "--rtc"),
    (["--rtc", "base=utc", "--clock", "deterministic"], "base=utc is the host's time"),
    (["--rtc", "clock=rt", "--clock", "deterministic"], "clock=rt is the host's time"),
    (["--rtc", "base=2026-01-01", "--restore", "/nowhere"], "brings its clock along"),
    (["--rtc", "clock=vm", "--incoming", "unix:/nowhere/x"], "brings its clock along"),
  ])
  func wrongClocks(arguments: [String], names: String) throws {
    let outcome = try ask(arguments)
    #expect(outcome.status == 2 && outcome.errors.contains(names), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  /// The time of day that the test guest prints.
  @Test func theGuestSeesTheClock() throws {
    let guest = ["--clock", "deterministic", "--memory", "256M", "--quiet", "--timeout", "100"]
    let usual = try ask(guest)
    #expect(usual.text.contains("time of day: 2024-01-01 00:00:0"), "\(usual.errors)")
    let date = try ask(guest + ["--rtc", "base=2009-02-13T23:31:30,clock=vm"])
    #expect(date.text.contains("time of day: 2009-02-13 23:31:3"), "\(date.errors)")
    let now = try ask(["--memory", "256M", "--rtc", "base=1999-12-31", "--timeout", "100"])
    #expect(now.text.contains("time of day: 1999-12-31 00:0"), "\(now.errors)")
  }

  /// A terminal of type `file` writes there; so does a second one, and the program prints nothing.
  @Test func aTerminalInAFile() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pseries-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appending(path: "console").path
    let domain = folder.appending(path: "guest.xml").path
    try """
    <domain type='qemu'><memory unit='MiB'>256</memory>
    <os><type arch='ppc64le'>hvm</type></os>
    <devices><serial type='file'><source path='\(output)'/></serial></devices></domain>
    """.write(toFile: domain, atomically: true, encoding: .utf8)
    let outcome = try ask(["--domain", domain, "--clock", "deterministic", "--timeout", "100"])
    #expect(outcome.status == 0 && outcome.text.isEmpty, "\(outcome.errors)")
    let text = try String(contentsOfFile: output, encoding: .utf8)
    #expect(text.contains("  /vdevice/vty@30000000") && text.contains("=== done ==="))
    // What is no file is refused, and a FIFO is not waited for.
    for path in [folder.path, folder.appending(path: "none/console").path] {
      try """
      <domain type='qemu'><memory unit='MiB'>256</memory>
      <os><type arch='ppc64le'>hvm</type></os>
      <devices><serial type='file'><source path='\(path)'/></serial></devices></domain>
      """.write(toFile: domain, atomically: true, encoding: .utf8)
      let refused = try ask(["--domain", domain])
      #expect(refused.status == 1 && refused.errors.contains("cannot write \(path)"))
    }
  }

  @Test(arguments: [["-h"], ["--help"], ["run", "-h"]])
  func helpIsHelp(arguments: [String]) throws {
    let outcome = try ask(arguments)
    #expect(outcome.status == 0 && outcome.text.contains("USAGE: pseries"))
  }

  /// Hosts that nothing here runs on: what is said of them is what libvirt's driver knows.
  @Test(arguments: ["e5500", "POWERPC_e5500", "0x80240020", "0x80241020"])
  func otherFamilies(host: String) throws {
    func answer(_ cpu: String) throws -> String {
      let outcome = try ask(["cpu-compare", "-", "--host-cpu", host, "--error"], input: cpu)
      #expect(outcome.status == (outcome.errors.isEmpty ? 0 : 1))
      return outcome.errors.isEmpty ? outcome.text : outcome.errors
    }
    let same = "CPU described in - is identical to host CPU\n"
    #expect(try answer("<cpu mode='custom'><model>POWERPC_e5500</model></cpu>") == same)
    #expect(try answer("<cpu mode='host-passthrough'/>") == same)
    let name = "pseries: -: e5500, a BookE processor,"
    #expect(
      try answer("<cpu mode='custom' match='minimum'><model>POWER6</model></cpu>")
        == "\(name) is not a POWER6\n")
    #expect(
      try answer("<cpu mode='host-model'><model>power8</model></cpu>")
        == "\(name) has no compatibility modes\n")
  }

  @Test(arguments: [
    ("e6500", "BookE"), ("e500mc", "BookE"), ("750", "32-bit Book3S"), ("405", "40x"),
  ])
  func familiesAreNamed(host: String, family: String) throws {
    let cpu = "<cpu mode='custom'><model>POWER9</model></cpu>"
    let outcome = try ask(["cpu-compare", "-", "--host-cpu", host, "--error"], input: cpu)
    #expect(outcome.status == 1)
    #expect(outcome.errors == "pseries: -: \(host), a \(family) processor, is not a POWER9\n")
  }

  /// Chips of the right family without a model, and what is no chip.
  @Test func otherHosts() throws {
    let cpu = "<cpu mode='custom'><model>POWER9</model></cpu>"
    for (host, name) in [("Cell", "Cell"), ("power5", "POWER5"), ("0x00410000", "POWER3-II")] {
      let outcome = try ask(["cpu-compare", "-", "--host-cpu", host, "--error"], input: cpu)
      #expect(outcome.errors == "pseries: -: \(name) is not a POWER9\n")
    }
    #expect(try ask(["cpu-compare", "-", "--host-cpu", "z13"], input: cpu).status == 2)
  }

  @Test func models() throws {
    let outcome = try ask(["cpu-models", "ppc64le"])
    let names = outcome.text.split(separator: "\n")
    #expect(outcome.status == 0 && names.first == "POWER6" && names.contains("POWER11"))
    #expect(try ask(["cpu-models", "x86_64"]).status == 2)
  }

  @Test func explaining() throws {
    let outcome = try ask(["--platform", "spapr,arch=206,pvr=0x004d0200", "--explain"])
    let answer = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: Any])
    let engines = try #require(answer["engines"] as? [String])
    #expect(answer["engine"] as? String == engines.first && engines.last == "interpreter")
    let interpreted = try ask(["--platform", "spapr", "--engine", "interpreter", "--explain"])
    #expect(interpreted.text.contains(#""engine": "interpreter""#))
    #expect(answer["processor"] as? String == "power8" && answer["level"] as? String == "power7")
    #expect(answer["crossArchitecture"] as? Bool == false && answer["limited"] as? Bool == true)
    let refused = try ask(["--platform", "kvm,pvr=0x80240020", "--explain"])
    #expect(refused.status == 2 && refused.text.isEmpty)
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
    func save(_ version: String) throws -> BuiltCommand.Outcome {
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
