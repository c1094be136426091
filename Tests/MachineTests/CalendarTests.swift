import Devices
import HostSupport
import Glibc
import GuestTestSupport
import Hypervisor
import MigrationCompatibility
import MachineDescription
import PowerCPU
import PowerISA
import SavedState
import Testing

@testable import Machine

/// The initial value of the real-time clock, its source, and that it continues in another process.
@Suite struct CalendarTests {
  private static func machine(
    _ base: ClockBase, _ source: MachineDescription.ClockSource = .host,
    isDeterministic: Bool = false
  ) throws -> PowerMachine {
    var description = MachineDescription(
      topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.devices.clockSource = source
    var configuration = MachineConfiguration(description: description)
    configuration.clockBase = base
    configuration.isDeterministic = isDeterministic
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  private static func seconds(_ machine: PowerMachine) -> Int64 {
    machine.partition.clock.now.secondsSinceEpoch
  }

  @Test(arguments: MachineDescription.ClockSource.allCases)
  func bases(source: MachineDescription.ClockSource) throws {
    let now = Int64(time(nil))
    for (base, expected) in [
      (.host(ahead: 0), now), (.host(ahead: -7200), now - 7200),
      (.date(1_234_567_890), 1_234_567_890),
      (.date(-62_135_596_800), -62_135_596_800),
    ] as [(ClockBase, Int64)] {
      // Machines are made in a second or so, slow hosts included.
      let shown = try Self.seconds(Self.machine(base, source))
      #expect((expected...expected + 30).contains(shown), "\(base): \(shown)")
    }
  }

  @Test func countedTimeHasNothingOfTheHost() throws {
    for (base, expected) in [
      (.host(ahead: 3600), 1_704_067_200), (.date(1_234_567_890), 1_234_567_890),
    ] as [(ClockBase, Int64)] {
      #expect(try Self.seconds(Self.machine(base, isDeterministic: true)) == expected)
    }
  }

  /// The guest's own time stands still while the guest does; the host's does not.
  @Test func guestTimeStandsStill() throws {
    let guest = try Self.machine(.date(0), .vm)
    let host = try Self.machine(.date(0), .rt)
    let before = (guest: Self.seconds(guest), host: Self.seconds(host))
    guest.halt()
    usleep(3_000_000)
    guest.resume()
    #expect(Self.seconds(guest) - before.guest <= 1)
    #expect(Self.seconds(host) - before.host >= 2)
  }

  /// A saved clock continues from its own source, whatever the other machine's options say.
  @Test(arguments: MachineDescription.ClockSource.allCases)
  func aSavedClock(source: MachineDescription.ClockSource) throws {
    let machine = try Self.machine(.date(1_000_000), source)
    try machine.powerOn()
    var state: [UInt8] = []
    try machine.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices.clockSource == source)
    let configuration = MachineConfiguration(description: saved.head.description)
    let other = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try other.restore(saved)
    #expect((1_000_000...1_000_060).contains(Self.seconds(other)), "\(Self.seconds(other))")
  }
}

/// What follows when a guest ends: the test guest, which switches the machine off.
@Suite struct LifecycleTests {
  @Test func aGuestThatSwitchesOffIsStartedAgain() throws {
    let (once, first) = try TestGuestTests.machine(.power9, nil)
    #expect(first == .poweredOff)
    let limit = once.instructionCount * 5 / 2
    let (_, second) = try TestGuestTests.machine(.power9, nil) {
      $0.restartsAfterPowerOff = true
      $0.instructionLimit = limit
    }
    #expect(second == .instructionLimit(limit))
  }

  @Test func aGuestThatCrashesIsStartedAgain() throws {
    for restarts in [false, true] {
      var description = MachineDescription(
        topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
      description.devices.random = false
      var configuration = MachineConfiguration(description: description)
      configuration.restartsAfterCrash = restarts
      let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
      try machine.powerOn()
      machine.slots[0].engine[gpr: 20] = 42
      machine.partition.post(.osTerminated(message: "panic"))
      machine.takeRequests()
      #expect(machine.outcome == (restarts ? nil : .osTerminated(message: "panic")))
      // Started again it is as after power-on.
      #expect(machine.slots[0].engine[gpr: 20] == (restarts ? 0 : 42))
    }
  }

  /// Terminals write to their configured outputs; the others of a machine with several write nowhere.
  @Test func terminalsWriteToTheirOutputs() throws {
    let written = Written()
    let console = try ConsolePipe()
    let (_, outcome) = try TestGuestTests.machine(.power9, nil, output: console.writing) {
      $0.description.devices.terminals = [0x3000_0000, 0x3000_1000]
      $0.description.devices.nvram?.unitAddress = 0x3000
      $0.terminalOutputs[0] = { written.bytes += $0 }
    }
    #expect(console.text() == "")
    let text = String(decoding: written.bytes, as: UTF8.self)
    #expect(outcome == .poweredOff && text.contains("  /vdevice/vty@30000000\r\n"))
    #expect(text.contains("=== done ===") && text.contains("/vdevice/nvram@3000"))
  }

  private final class Written: @unchecked Sendable {
    // Safety: the machine's thread is the test's.
    var bytes: [UInt8] = []
  }
}
