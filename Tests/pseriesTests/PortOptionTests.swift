import CommandTestSupport
import Foundation
import Testing

/// `--virtio-console`, `--channel` and `--tpm` of the built command, with the built-in guest, which
/// leaves these devices alone.
@Suite struct PortOptionTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("ports-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func run(_ arguments: String...) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments)
  }

  @Test func `ports listen, and are saved`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (console, channel) = ("unix:\(folder.path)/a", "name=org.example,path=\(folder.path)/b")
    let state = "\(folder.path)/state"
    let saved = try run(
      "--virtio-console", console, "--channel", channel, "--save", state, "--save-at", "20000")
    #expect(saved.status == 0, "\(saved.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["state"])
    #expect(
      try run("--restore", state, "--virtio-console", console, "--channel", channel).status == 0)
    let none = try run("--restore", state, "--virtio-console", console)
    #expect(none.status == 2)
    #expect(
      none.errors.contains("1 given; the guest's ports are a terminal, org.example"),
      "\(none.errors)")
  }

  @Test func `a port that cannot be had is an error`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let missing = try run("--channel", "name=a,path=\(folder.path)/none,connect")
    #expect(missing.status == 1)
    #expect(
      missing.errors.contains("--channel name=a: cannot connect to unix:\(folder.path)/none"),
      "\(missing.errors)")
    for argument in ["path=/x", "name=a", "name=a,path=/x,what", "/x,name=a"] {
      #expect(try run("--channel", argument).status == 2, "\(argument)")
    }
    let fixed = try run(
      "--virtio-console", "unix:\(folder.path)/a", "--clock", "deterministic")
    #expect(fixed.status == 2)
    #expect(fixed.errors.contains("--virtio-console: input arrives"), "\(fixed.errors)")
  }

  @Test func `a TPM that cannot be had is an error`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let pseries = BuiltCommand("pseries").url.path
    for (argument, message) in [
      ("path=\(folder.path)/none", "--tpm: cannot connect to unix:\(folder.path)/none"),
      ("state=\(folder.path)/none", "--tpm: there is no folder \(folder.path)/none"),
      (
        "state=\(folder.path)", "--tpm: swtpm: No such file or directory; install the package swtpm"
      ),
    ] {
      let outcome = try BuiltCommand.shell(
        "PATH=/nowhere exec '\(pseries)' --tpm '\(argument)'", in: folder)
      #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome.errors)")
    }
    #expect(try run("--tpm", "version=2.0").status == 2)
  }

  @Test func `QEMU's arguments have the same sockets`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let line = try run(
      "qemu-args", "--virtio-console", "[::1]:99,connect", "--channel", "name=a,path=b,,c", "--tpm",
      "path=/t")
    #expect(line.status == 0 && line.errors == "", "\(line.errors)")
    for part in [
      "socket,id=port0,host=::1,port=99 ", "socket,id=port1,path=b,,c,server=on,wait=off ",
      "socket,id=tpm-control,path=/t ",
    ] {
      #expect(line.text.contains(part), "\(line.text)")
    }
    let started = try run("qemu-args", "--tpm", "state=/t")
    #expect(started.status == 0 && started.errors.contains("the TPM is left out"), "\(started)")
  }

  /// With the emulator of the package `swtpm`, where that is installed.
  @Test func `agrees with swtpm`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let state = "\(folder.path)/state"
    let (one, other) = ("\(folder.path)/one", "\(folder.path)/other")
    for path in [one, other] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    let saved = try run("--tpm", "state=\(one)", "--save", state, "--save-at", "20000")
    if saved.errors.contains("install the package swtpm") {
      return print("swtpm is not installed: --tpm state= is not tried")
    }
    #expect(saved.status == 0, "\(saved.errors)")
    let restored = try run("--restore", state, "--tpm", "state=\(other)")
    #expect(restored.status == 0, "\(restored.errors)")
    let none = try run("--restore", state)
    #expect(
      none.status == 2 && none.errors.contains("--tpm: the guest has a TPM"), "\(none.errors)")
    let older = try run("--tpm", "state=\(one),version=1.2")
    #expect(
      older.status == 0 || older.errors.hasPrefix("pseries: --tpm: swtpm: "), "\(older.errors)")
  }
}
