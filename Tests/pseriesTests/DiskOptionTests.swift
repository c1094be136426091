import CommandTestSupport
import Foundation
import Testing

/// `--disk` and `--boot` of the built command; the built-in guest leaves its disks alone.
@Suite struct DiskOptionTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("disks-\(UUID().uuidString)")
  private var disk: String { folder.appendingPathComponent("a,b.raw").path }
  /// The file's name as an argument.
  private var argument: String { disk.replacing(",", with: ",,") }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(count: 1000).write(to: URL(fileURLWithPath: disk))
  }

  private func run(_ arguments: String...) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments)
  }

  @Test func `a file that cannot be had is an error`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let missing = try run("--disk", "/nonexistent.raw")
    #expect(missing.status == 1)
    #expect(
      missing.errors.contains("--disk: /nonexistent.raw: cannot open: No such file or directory"))
    #expect(try run("--disk", "/dev/null").errors.contains("neither a regular file nor a block"))
    #expect(try run("--disk", "a,size=1").status == 2)
    // Another process has a lock.
    let descriptor = open(disk, O_RDWR)
    defer { close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    #expect(fcntl(descriptor, F_SETLK, &lock) == 0)
    let busy = try run("--disk", argument)
    #expect(busy.status == 1 && busy.errors.contains("another process uses it"), "\(busy)")
  }

  @Test func `a saved guest takes its disks again, and no others`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let state = folder.appendingPathComponent("state").path
    let saved = try run(
      "--disk", argument, "--boot", "test-guest", "--save", state, "--save-at", "20000")
    #expect(saved.status == 0, "\(saved.errors)")
    #expect(try run("--restore", state, "--disk", argument).status == 0)
    let without = try run("--restore", state)
    #expect(without.status == 2 && without.errors.contains("0 given"), "\(without)")
    let other = try run("--restore", state, "--disk", argument + ",read-only")
    #expect(other.status == 2 && other.errors.contains("is not read-only"), "\(other)")
    try Data(count: 1025).write(to: URL(fileURLWithPath: disk))
    let longer = try run("--restore", state, "--disk", argument)
    #expect(longer.status == 1 && longer.errors.contains("1536 bytes here"), "\(longer)")
  }

  @Test func `disks of every bus are saved and taken again`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (state, disc) = (
      folder.appendingPathComponent("state").path, folder.appendingPathComponent("disc.iso").path
    )
    try Data(count: 4096).write(to: URL(fileURLWithPath: disc))
    let disks = [
      "--disk", argument + ",bus=vscsi", "--cdrom", disc, "--cdrom", disc + ",bus=scsi",
    ]
    func run(_ first: [String], _ disks: [String]) throws -> BuiltCommand.Outcome {
      try BuiltCommand("pseries").run(first + disks)
    }
    let saved = try run(["--boot", "test-guest", "--save", state, "--save-at", "20000"], disks)
    #expect(saved.status == 0, "\(saved.errors)")
    #expect(try run(["--restore", state], disks).status == 0)
    let other = try run(
      ["--restore", state], ["--disk", argument, "--cdrom", disc, "--cdrom", disc + ",bus=scsi"])
    #expect(other.status == 2 && other.errors.contains("of bus virtio given"), "\(other)")
    let kind = try run(
      ["--restore", state],
      ["--disk", argument + ",bus=vscsi", "--disk", disc + ",bus=vscsi,read-only", "--cdrom"]
        + [disc + ",bus=scsi"])
    #expect(kind.status == 2 && kind.errors.contains("device is a cdrom"), "\(kind)")
  }

  @Test func `a snapshot runs and is not saved`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try run("--disk", argument + ",snapshot=on", "--boot", "test-guest").status == 0)
    let state = folder.appendingPathComponent("state").path
    let saved = try run(
      "--disk", argument + ",snapshot", "--boot", "test-guest", "--save", state, "--save-at",
      "20000")
    // It is refused before the guest runs.
    #expect(saved.status == 2 && saved.errors.contains("forgotten at the end"), "\(saved)")
    #expect(saved.output.isEmpty && !FileManager.default.fileExists(atPath: state))
    #expect(
      try run(
        "--disk", argument + ",snapshot,read-only", "--boot", "test-guest", "--save", state,
        "--save-at", "20000"
      ).status == 0)
  }

  @Test func `a disk without a program is named, with the reason`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let ended = try run("--disk", argument)
    #expect(ended.status == 3)
    let reason =
      "boot failure: nothing is bootable: /pci@800000020000000/scsi@1: no partition table\n"
    #expect(ended.errors.hasSuffix(reason), "\(ended.errors)")
    #expect(try run("--disk", argument, "--boot", "disk0:1").errors.contains("scsi@1:1: no part"))
    for (arguments, message) in [
      (
        ["--boot", "d"], "there is no device 'd'; there are disk0, disk, cdrom, network, test-guest"
      ),
      (["--kernel", "/dev/null", "--boot", "disk"], "--kernel is what is booted"),
      (["--initrd", "/dev/null"], "--initrd requires --kernel"),
      (["--entry", "flat"], "needs the client interface"),
      (["--boot-menu", "4000"], "from 0 to 3600 seconds"), (["--boot", "a,,b"], "is invalid"),
    ] {
      let outcome = try BuiltCommand("pseries").run(["--disk", argument] + arguments)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(arguments): \(outcome)")
    }
  }
}
