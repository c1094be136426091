import CommandTestSupport
import Foundation
import JSON
import MachineControl
import Testing

/// What the process of a guest may still do on the host.
@Suite struct SandboxTests {
  private func run(_ arguments: [String]) throws -> (status: Int32, lines: [String]) {
    let outcome = try BuiltCommand("pseries").run(arguments)
    let text = outcome.text + outcome.errors
    return (outcome.status, text.split(separator: "\n").map(String.init))
  }

  /// Whether the host has what the sandbox needs; containers may lack seccomp.
  private static let hasFilters: Bool =
    (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.contains("Seccomp:")
    ?? false

  private static let trials = [
    "read a file", "create a file", "start a program", "start a process", "open a network socket",
    "make memory executable", "send a signal to another process",
  ]

  @Test(.enabled(if: hasFilters, "the kernel has no seccomp"))
  func everythingTriedIsRefused() throws {
    let (status, lines) = try run(["sandbox"])
    #expect(status == 0)
    for trial in Self.trials {
      #expect(lines.contains { $0.hasPrefix("\(trial): refused") }, "\(trial): \(lines)")
    }
  }

  /// So it is while the process reads its files.
  @Test(.enabled(if: hasFilters, "the kernel has no seccomp"))
  func everythingTriedIsRefusedWhileReading() throws {
    let (status, lines) = try run(["sandbox", "--reading", "--kernel", "/etc/hostname"])
    #expect(status == 0)
    #expect(lines.contains { $0.hasPrefix("files: may be read in /etc/hostname, ") }, "\(lines)")
    for trial in Self.trials {
      #expect(lines.contains { $0.hasPrefix("\(trial): refused") }, "\(trial): \(lines)")
    }
  }

  /// The number of a field of `/proc/PID/status`.
  private func status(_ field: String, of process: pid_t) -> Int? {
    let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
    return line.flatMap { Int($0.dropFirst(field.count + 1).drop { $0 == "\t" }, radix: 16) }
  }

  /// What others send or wrote is read by a process that is confined: it waits for a guest, for a
  /// saved state, a kernel, or a tree.
  @Test(
    .enabled(if: hasFilters, "the kernel has no seccomp"),
    arguments: ["--incoming", "--restore", "--kernel", "--dtb", "--initrd"])
  func bytesOfOthersAreReadByAConfinedProcess(option: String) throws {
    let folder = ScratchFolder()
    let (pipe, socket) = (folder.file("pipe"), folder.file("s"))
    try #require(mkfifo(pipe, 0o600) == 0)
    var arguments = [option, option == "--incoming" ? "unix:\(socket)" : pipe, "--quiet"]
    if option == "--dtb" || option == "--initrd" {
      arguments += ["--kernel", try folder.write(TinyGuest.spin, "spin")]
    }
    if option == "--dtb" { arguments += ["--entry", "flat"] }
    let program = try RunningProgram(arguments)
    #expect(
      ScratchFolder.wait {
        option == "--incoming"
          ? FileManager.default.fileExists(atPath: socket)
          : status("Seccomp", of: program.process) == 2
      })
    #expect(ScratchFolder.wait(2) { status("Seccomp", of: program.process) == 2 })
    #expect(status("NoNewPrivs", of: program.process) == 1)
    #expect(status("CapEff", of: program.process) == 0)
    // It still waits, and ends in order.
    #expect(program.status(within: 0.3) == nil)
    program.send(SIGTERM)
    #expect(program.status() == 143)
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  /// A domain names files, which are opened before the process confines itself.
  @Test func theFilesOfADomainAreOpened() throws {
    let folder = ScratchFolder()
    let domain = """
      <domain type='qemu'><name>d</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
      <os><type arch='ppc64le' machine='pseries'>hvm</type><kernel>\(folder.file("k"))</kernel></os>
      <devices><console type='file'><source path='\(folder.file("out"))'/></console>
      <disk type='file'><source file='\(folder.file("d"))'/><target dev='vda'/></disk></devices>
      </domain>
      """
    _ = try folder.write(TinyGuest.flood(terminal: 0x3000), "k")
    _ = try folder.write([UInt8](repeating: 0, count: 4096), "d")
    let file = try folder.write(Array(domain.utf8), "d.xml")
    let (status, lines) = try run([
      "--domain", file, "--quiet", "--clock", "deterministic", "--max-instructions", "700",
    ])
    #expect(status == 4, "\(lines)")
    let output = FileManager.default.contents(atPath: folder.file("out")) ?? Data()
    #expect(output.count >= 16 && output.contains(0x41), "\(output.count) bytes")
    // A disk that cannot be had, and one that options replace.
    try FileManager.default.removeItem(atPath: folder.file("d"))
    let (failed, errors) = try run(["--domain", file, "--max-instructions", "700"])
    #expect(failed == 1 && errors.joined().contains("--disk: \(folder.file("d")): "), "\(errors)")
    _ = try folder.write([UInt8](repeating: 0, count: 4096), "e")
    let (replaced, _) = try run([
      "--domain", file, "--disk", folder.file("e"), "--quiet", "--max-instructions", "700",
    ])
    #expect(replaced == 4)
  }

  /// The trials are real: most of them succeed outside.
  @Test func withoutItTheTrialsSucceed() throws {
    let (status, lines) = try run(["sandbox", "--no-sandbox"])
    #expect(status == 1)
    for trial in ["read a file", "start a process", "make memory executable"] {
      #expect(lines.contains("\(trial): POSSIBLE"), "\(lines)")
    }
  }

  /// With a control socket sockets may be opened, and its file be removed; no file be written.
  @Test(.enabled(if: hasFilters, "the kernel has no seccomp"))
  func aControlSocketNeedsMore() throws {
    let (status, lines) = try run(["sandbox", "--control", "unix:/tmp/papr-sandbox-test.sock"])
    #expect(status == 0)
    #expect(lines.contains("open a network socket: POSSIBLE"))
    #expect(lines.contains("files: may be removed in /tmp/"), "\(lines)")
    for trial in Self.trials where trial != "open a network socket" {
      #expect(lines.contains { $0.hasPrefix("\(trial): refused") }, "\(trial): \(lines)")
    }
  }

  /// Outputs that the options name are written by the confined process.
  @Test func outputsAreWritten() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "sandbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = { (name: String) in folder.appending(path: name).path }
    let (status, lines) = try run([
      "--quiet", "--memory", "256M", "--dump-dtb", file("tree"), "--dump-vector", file("vector"),
      "--report", file("report"), "--audit-isa", file("audit"),
    ])
    #expect(status == 0, "\(lines)")
    for name in ["tree", "tree.cas", "vector", "report", "audit"] {
      #expect(FileManager.default.fileExists(atPath: file(name)), "\(name): \(lines)")
    }
    let saved = try run([
      "--quiet", "--memory", "256M", "--save", file("state"), "--save-at", "10000",
    ])
    #expect(saved.status == 0 && FileManager.default.fileExists(atPath: file("state")))
  }

  /// A command of the control socket that names a file is refused with the reason outside of the
  /// folders of --sandbox-folder, and the guest continues; `pseries control` passes the file.
  @Test(.enabled(if: hasFilters, "the kernel has no seccomp"))
  func filesOfTheControlSocket() throws {
    let folder = ScratchFolder()
    let writable = folder.file("writable")
    try #require(mkdir(writable, 0o700) == 0)
    let socket = "unix:" + folder.file("s")
    let guest = try RunningProgram([
      "--control", socket, "--quiet", "--memory", "256M", "--sandbox-folder", writable, "--kernel",
      try folder.write(TinyGuest.spin, "spin.elf"),
    ])
    let address = try SocketAddress(socket)
    #expect(ScratchFolder.wait(60) { (try? ControlConnection(to: address)) != nil })
    func answer(_ path: String) -> String {
      do {
        let connection = try ControlConnection(to: address)
        return try connection.execute("dumpdtb", [("filename", .string(path))]).line
      } catch {
        return "\(error)"
      }
    }
    #expect(answer(folder.file("tree")).contains("--sandbox-folder"))
    #expect(answer(writable + "/tree") == "{}")
    #expect(FileManager.default.fileExists(atPath: writable + "/tree"))
    let passed = try run(["control", socket, "dumpdtb", "filename=\(folder.file("tree"))"])
    #expect(passed.status == 0, "\(passed.lines)")
    let tree = FileManager.default.contents(atPath: folder.file("tree")) ?? Data()
    #expect(tree.starts(with: [0xD0, 0x0D, 0xFE, 0xED]))
    let dump = try run([
      "control", socket, "dump-guest-memory", "paging=false",
      "protocol=file:\(folder.file("core"))",
    ])
    #expect(dump.status == 0, "\(dump.lines)")
    let core = try FileManager.default.attributesOfItem(atPath: folder.file("core"))
    #expect((core[.size] as? Int ?? 0) > 256 << 20)
    // What fails leaves no file behind.
    let failed = try run([
      "control", socket, "dump-guest-memory", "paging=true", "protocol=file:\(folder.file("no"))",
    ])
    #expect(failed.status == 1)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files.sorted() == ["core", "s", "spin.elf", "tree", "writable"])
    #expect(guest.status(within: 0) == nil)
  }
}
