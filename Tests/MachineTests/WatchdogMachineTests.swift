import GuestTestSupport
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import Machine

/// Watchdog timers of a guest that starts one and waits.
@Suite struct WatchdogMachineTests {
  /// Starts timer 1 of 500 ms, then waits in H_CEDE, with no decrementer interrupt for 4 s.
  private static func program(flags: UInt32) -> GuestProgram {
    .file(
      GuestFile(
        TestProgram.elf([
          0x3CE0_7FFF,  //         lis   r7,0x7fff
          0x7CF6_03A6,  //         mtdec r7
          0x3880_0000 | flags,  // li    r4,flags
          0x38A0_0001,  //         li    r5,1
          0x38C0_01F4,  //         li    r6,500
          0x3860_045C,  //         li    r3,H_WATCHDOG
          0x4400_0022,  //         sc    1
          0x3860_00E0,  // wait:   li    r3,H_CEDE
          0x4400_0022,  //         sc    1
          0x4BFF_FFF8,  //         b     wait
        ]), name: "watchdog"))
  }

  private static func machine(
    flags: UInt32, allowsRestart: Bool = false, from saved: SavedMachine? = nil
  ) throws -> PowerMachine {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.entry = .flat
    var configuration = MachineConfiguration(
      description: saved?.head.description ?? description, program: program(flags: flags))
    configuration.isDeterministic = true
    configuration.allowsRestart = allowsRestart
    configuration.instructionLimit = 10_000_000
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    if let saved { try machine.restore(saved) } else { try machine.powerOn() }
    return machine
  }

  @Test(arguments: [(0x101, .poweredOff), (0x102, .rebooted)] as [(UInt32, MachineOutcome)])
  func `a timer ends the machine`(flags: UInt32, outcome: MachineOutcome) throws {
    let machine = try Self.machine(flags: flags)
    #expect(machine.run() == outcome)
    #expect((500_000_000..<501_000_000).contains(machine.clock.nanoseconds))
  }

  @Test func `a guest that is started again starts its timer again`() throws {
    let machine = try Self.machine(flags: 0x102, allowsRestart: true)
    machine.pauseAt = 60
    guard case .paused = machine.run() else {
      Issue.record("it is not started again")
      return
    }
    #expect(machine.clock.nanoseconds > 1_000_000_000)
  }

  @Test func `a saved timer expires when it would have`() throws {
    let machine = try Self.machine(flags: 0x101)
    machine.pauseAt = 9
    guard case .paused = machine.run() else {
      Issue.record("it does not pause")
      return
    }
    var state: [UInt8] = []
    try machine.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    let restored = try Self.machine(flags: 0x101, from: saved)
    #expect(machine.run() == .poweredOff)
    #expect(restored.run() == .poweredOff)
    #expect(restored.clock.nanoseconds == machine.clock.nanoseconds)
  }
}
