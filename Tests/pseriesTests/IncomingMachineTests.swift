import CommandTestSupport
import Foundation
import MachineOptions
import Testing

/// Guests that come from a file or another process, and the options that may be given with them.
@Suite struct IncomingMachineTests {
  private func pseries(_ arguments: [String]) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments)
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("papr-incoming-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  /// Every option of the machine, as its declaration lists them, with a value that it takes; none is
  /// passed over in silence.
  @Test(arguments: ["--restore", "--incoming"])
  func optionsOfTheMachineAreRefused(option: String) throws {
    let names = GivenOptions.names(of: MachineOptions.self)
    #expect(names.isSuperset(of: ["--memory", "--smp", "--uuid", "--no-vty", "--flavor", "--cpu"]))
    // What options take that take neither a number nor nothing.
    let values = [
      "--net": "stream=/nowhere/net", "--share": "path=/nowhere/folder",
      "--virtio-console": "unix:/nowhere/console", "--channel": "name=a,path=/nowhere/channel",
      "--tpm": "path=/nowhere/tpm", "--numa": "memory=1G", "--translation": "hash",
      "--flavor": "qemu", "--entry": "flat", "--cpu": "power9", "--compat": "power9",
      "--max-compat": "power9",
    ]
    let place = option == "--restore" ? "/nowhere/guest.state" : "unix:/nowhere/socket"
    for name in names {
      let isOpened = [
        "--disk", "--cdrom", "--net", "--share", "--virtio-console", "--channel", "--tpm",
      ].contains(name)
      let isKept = isOpened || ["--cpu", "--compat", "--max-compat"].contains(name)
      let message =
        // What is on the host is opened before the state is read, and after the socket is made.
        isOpened && option == "--restore"
        ? "pseries: \(name)"
        : isKept ? "pseries: cannot" : "pseries: \(name): the guest of \(option) brings its machine"
      var status: Int32?
      for value in values[name].map({ [$0] }) ?? ["1", nil] where status == nil {
        let answer = try pseries([option, place, name] + (value.map { [$0] } ?? []))
        // A value of another form is wrong usage for another reason.
        if answer.errors.hasPrefix(message) { status = answer.status }
      }
      #expect(status == (isKept ? 1 : 2), "\(name)")
    }
    let two = try pseries([option, place, "--memory=1G", "--name", "x", "--cpu", "power9"])
    #expect(two.status == 2)
    #expect(two.errors.hasPrefix("pseries: --memory, --name: the guest of \(option)"))
    #expect(try pseries([option, place, "--platform", "spapr"]).status == 2)
  }

  /// A guest of two NUMA nodes that cannot grow continues with only its file named; what else it
  /// brings along is refused where it is said differently.
  @Test func savedGuestGoesOn() throws {
    try withFolder { folder in
      let state = folder + "/guest.state"
      let options = [
        "--cpu", "power9", "--memory", "512M", "--smp", "2", "--numa", "memory=256M,cpus=0",
        "--numa", "memory=256M,cpus=1", "--clock", "deterministic", "--quiet",
      ]
      let saved = try pseries(options + ["--save", state, "--save-at", "60000"])
      #expect(saved.status == 0, "\(saved.errors)")
      for more in [[], ["--clock", "deterministic"], ["--compat", "none"]] {
        let restored = try pseries(["--restore", state, "--quiet"] + more)
        #expect(restored.status == 0, "\(restored.errors)")
      }
      let clock = try pseries(["--restore", state, "--clock", "host"])
      #expect(clock.status == 2)
      #expect(
        clock.errors
          == "pseries: --clock host: the guest's clock is deterministic, and stays so\n")
      for option in ["--append", "--initrd", "--dtb"] {
        let refused = try pseries(["--restore", state, option, "x"])
        #expect(refused.status == 2)
        #expect(refused.errors == "pseries: \(option) requires --kernel\n")
      }
    }
  }

  @Test func waitIsForMigrations() throws {
    let answer = try pseries(["control", "unix:/nowhere/socket", "query-status", "--wait"])
    #expect(answer.status == 2)
    #expect(answer.errors.hasPrefix("pseries: --wait: "))
  }
}
