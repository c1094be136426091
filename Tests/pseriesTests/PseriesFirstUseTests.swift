import CommandTestSupport
import Foundation
import Testing

/// What people try first, and how the command answers.
@Suite(.serialized) struct PseriesFirstUseTests {
  static func ask(
    _ arguments: [String], input: String = ""
  ) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments, input: Data(input.utf8))
  }

  /// A file with some bytes, that is gone afterwards.
  static func withFile<Result>(
    _ bytes: [UInt8], _ body: (String) throws -> Result
  ) throws -> Result {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("first-use-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
  }

  @Test func version() throws {
    let outcome = try Self.ask(["--version"])
    #expect(outcome.status == 0)
    #expect(
      outcome.text.wholeMatch(
        of: /pseries \d+\.\d+( \(commit [0-9a-f]+\+?\))?\nengines: (jit, )?interpreter\n/) != nil,
      "\(outcome.text)")
  }

  @Test(
    arguments: [
      (["vmlinux"], "use --kernel vmlinux"), (["rnu"], "did you mean the command 'run'?"),
      (["help", "nope"], "there is no command 'nope'"), (["--drive", "x"], "use --disk FILE"),
      (["-hda", "x"], "use --disk FILE"), (["-cdrom", "x"], "use --cdrom FILE"),
      (["-nic", "user"], "use --net user"),
      (["-nographic"], "the terminal is the guest's console"),
      (["--statistic"], "Did you mean '--statistics'?"),
    ] as [([String], String)])
  func theRightSpelling(arguments: [String], says: String) throws {
    let outcome = try Self.ask(arguments)
    #expect(outcome.status == 2 && outcome.text.isEmpty)
    #expect(outcome.errors.contains(says), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  /// Files that are kernels of other machines, or none.
  @Test(
    arguments: [
      ([0x4D, 0x5A] + Array(repeating: 0, count: 0x200) + Array("HdrS".utf8), "bzImage"),
      ([0x4D, 0x5A] + Array(repeating: 0, count: 54) + Array("ARMd".utf8), "AArch64 kernel image"),
      (Array("#!/bin/sh\n".utf8) + Array(repeating: 0x20, count: 64), "a script"),
    ] as [([UInt8], String)])
  func whatAFileIs(bytes: [UInt8], says: String) throws {
    try Self.withFile(bytes) { file in
      let outcome = try Self.ask(["--kernel", file])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(says), "\(outcome.errors)")
      #expect(outcome.errors.contains("a PowerPC kernel in ELF (vmlinux) is needed"))
    }
  }

  /// The built-in guest tries instructions of every version, and is refused those after POWER8: no
  /// form of the audit calls POWER8 sufficient.
  @Test func anAuditNeverCallsTheLevelSufficient() throws {
    try Self.withFile([]) { file in
      let outcome = try Self.ask([
        "--cpu", "power9", "--compat", "power8", "--audit-isa", file, "--report", file + ".report",
      ])
      defer { try? FileManager.default.removeItem(atPath: file + ".report") }
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("needs power9: "), "\(outcome.errors)")
      #expect(!outcome.errors.contains("it could run at is"))
      let audit = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file)))
          as? [String: Any])
      #expect(audit["incomplete"] as? Bool == true)
      #expect((audit["earliest"] as? [String: Any])?["level"] as? String != "power8")
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file + ".report")))
          as? [String: Any])
      let refused = try #require(report["refused"] as? [[String: Any]])
      #expect(!refused.isEmpty)
      #expect(refused.allSatisfy { $0["needs"] as? String != "power8" })
      #expect(refused.allSatisfy { ($0["need"] as? String)?.isEmpty == false })
    }
  }

  /// The line that names instruction and level follows the guest's end without any option.
  @Test(arguments: [
    (["--cpu", "power8"], "ISA 3.0, the active level is ISA 2.07"),
    (["--cpu", "power9", "--compat", "power8"], "ISA 3.0, the active level is power8 (2.07)"),
  ])
  func aProgramThatDiesIsExplained(options: [String], says: String) throws {
    try Self.withFile(DyingGuest.file) { file in
      let outcome = try Self.ask(options + ["--kernel", file])
      #expect(outcome.status == 3)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 2, "\(outcome.errors)")
      #expect(lines.first?.hasPrefix("pseries: the guest's operating system terminated") == true)
      #expect(
        lines.last ?? ""
          == "pseries: problem state executed `modud r9,r9,r10` at 0x400070: \(says)")
    }
  }

  /// Notes are on request.
  @Test func aGoodBootSaysNothing() throws {
    let outcome = try Self.ask(["--cpu", "power9"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
  }

  /// What cannot be written is said before the guest starts.
  @Test(arguments: [
    "--dump-dtb", "--dump-vector", "--audit-isa", "--report", "--trace-file", "--save",
  ])
  func outputsAreCheckedFirst(option: String) throws {
    for path in ["/nowhere/file", "/tmp"] {
      let trace = option == "--trace-file" ? ["--trace", "cas"] : []
      let outcome = try Self.ask([option, path] + trace)
      #expect(outcome.status == 1 && outcome.text.isEmpty, "\(option) \(outcome.text)")
      #expect(outcome.errors.contains("cannot write \(path)"), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func tracesReadAsListingsDo() throws {
    let outcome = try Self.ask([
      "--trace", "instruction", "--max-instructions", "20000", "--clock", "deterministic",
    ])
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.first?.hasPrefix("start at 0x") == true)
    #expect(lines.contains { $0.hasSuffix(" blr") })
    #expect(lines.contains { $0.contains(" mflr ") || $0.contains(" li ") })
    #expect(!lines.contains { $0.contains(" bclr ") && $0.contains("20,lt,0") })
  }

  /// The host that a comparison takes is named.
  @Test func theHostIsNamed() throws {
    let cpu = "<cpu mode='custom'><model>POWER8</model></cpu>"
    let outcome = try Self.ask(["cpu-compare", "-"], input: cpu)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors == "pseries: the host is taken to be a power11; --host-cpu names another\n")
    let named = try Self.ask(["cpu-compare", "-", "--host-cpu", "power9"], input: cpu)
    #expect(named.errors.isEmpty)
  }

  /// Examples of help can be pasted: no line of theirs is broken at 80 columns.
  @Test(arguments: [
    [], ["run"], ["cpu-compare"], ["cpu-baseline"], ["qemu-args"], ["control"], ["registers"],
    ["registers", "compare"], ["registers", "restore"], ["registers", "dump"], ["timeline"],
  ])
  func examplesAreNotBroken(command: [String]) throws {
    let lines = try Self.ask(command + ["--help"]).text
      .split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where line.hasPrefix("  pseries ") {
      let next = index + 1 < lines.count ? lines[index + 1] : ""
      #expect(
        next.isEmpty || next.hasPrefix("  pseries ") || line.hasSuffix("\\"), "\(line)\n\(next)")
    }
  }

  /// A script that takes status 0 for a saved guest must have one.
  @Test func aGuestThatEndsBeforeItIsSaved() throws {
    try Self.withFile([]) { file in
      let state = file + ".state"
      let outcome = try Self.ask(["--save", state, "--save-at", "9000000000", "--quiet"])
      #expect(outcome.status == 1)
      #expect(
        outcome.errors.contains("--save-at 9000000000: the run ended before"), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: state))
      let limited = try Self.ask([
        "--save", state, "--save-at", "900000", "--max-instructions", "1000", "--quiet",
      ])
      #expect(limited.status == 4)
      #expect(limited.errors.contains("the run ended before"))
    }
  }

  /// The tree of a guest that arrives is the one it has, with what the firmware added.
  @Test func theTreeOfARestoredGuest() throws {
    try Self.withFile([]) { file in
      let (state, tree) = (file + ".state", file + ".dtb")
      defer { for name in [state, tree] { try? FileManager.default.removeItem(atPath: name) } }
      let saved = try Self.ask(["--cpu", "power9", "--save", state, "--save-at", "1000", "--quiet"])
      #expect(saved.status == 0, "\(saved.errors)")
      let restored = try Self.ask(["--restore", state, "--dump-dtb", tree, "--quiet"])
      #expect(restored.status == 0, "\(restored.errors)")
      let blob = try Data(contentsOf: URL(fileURLWithPath: tree))
      #expect(blob.starts(with: [0xD0, 0x0D, 0xFE, 0xED]))
      for name in ["PowerPC,POWER9@0", "openprom"] {
        #expect(blob.range(of: Data(name.utf8)) != nil)
      }
    }
  }

  /// Reports may go to the ends of pipes that the shell has made, sandboxed or not.
  @Test(arguments: ["/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/2"])
  func reportsThroughDescriptors(_ path: String) throws {
    let outcome = try Self.ask([
      "--max-instructions", "1000", "--quiet", "--report", path, "--dump-dtb", "/dev/null",
    ])
    #expect(outcome.status == 4, "\(outcome.errors)")
    let text = path.hasSuffix("2") || path.hasSuffix("err") ? outcome.errors : outcome.text
    #expect(text.contains("\"refused\""), "\(text)")
  }

  @Test func descriptorsThatCannotBeWritten() throws {
    let outcome = try Self.ask(["--report", "/dev/fd/77"])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("/dev/fd/77: the descriptor is not open for writing"),
      "\(outcome.errors)")
  }

  /// The time allowed counts while a file is waited for, whatever it is for.
  @Test(arguments: ["--restore", "--kernel"]) func timeoutWhileReading(_ option: String) throws {
    try Self.withFile([]) { file in
      let fifo = file + ".fifo"
      try #require(mkfifo(fifo, 0o600) == 0)
      defer { try? FileManager.default.removeItem(atPath: fifo) }
      let outcome = try Self.ask(["--timeout", "0.3", option, fifo])
      #expect(outcome.status == 4, "\(outcome.errors)")
    }
  }

  /// A folder is accepted as a tree where a blob is, in the sandbox too.
  @Test(arguments: [[], ["--no-sandbox"]]) func aTreeThatIsAFolder(_ options: [String]) throws {
    let scratch = ScratchFolder()
    let kernel = try scratch.write(TinyGuest.spin, "spin")
    try #require(mkdir(scratch.file("tree"), 0o755) == 0)
    try #require(mkdir(scratch.file("tree/chosen"), 0o755) == 0)
    _ = try scratch.write([0, 0, 0, 2], "tree/#address-cells")
    let outcome = try Self.ask(
      ["--entry", "flat", "--kernel", kernel, "--dtb", scratch.file("tree")] + options + [
        "--max-instructions", "1000", "--quiet",
      ])
    #expect(outcome.status == 4, "\(outcome.errors)")
  }
}
