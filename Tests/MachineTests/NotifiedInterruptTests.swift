import GuestTestSupport
import MigrationCompatibility
import MachineDescription
import PowerISA
import SavedState
import Testing

@testable import Machine

/// System resets and machine checks of a guest that has registered its handlers.
@Suite struct NotifiedInterruptTests {
  /// Registers handlers, then waits with 0x77 in r3; or reads storage that is not there. The handler
  /// of system resets prints r3 as it was, that of machine checks the next character; then the
  /// machine is powered off.
  private static func program(readsNothing: Bool) -> [UInt8] {
    TestProgram.elf([
      0x429F_0005,  //          bcl   20,31,here
      0x7FE8_02A6,  // here:    mflr  r31
      0x389F_0068,  //          addi  r4,r31,register-here
      0x3C60_0000,  //          lis   r3,0
      0x6063_F000,  //          ori   r3,r3,0xf000
      0x4400_0022,  //          sc    1                    ibm,nmi-register
      0x3860_0077,  //          li    r3,0x77
      0x3CA0_7FFF,  //          lis   r5,0x7fff
      readsNothing ? 0xE8A5_0000 : 0x6000_0000,  // ld r5,0(r5) or nop
      0x4800_0000,  //          b     .
      0xE8A3_0008,  // reset:   ld    r5,8(r3)             0: no error log
      0xE863_0000,  //          ld    r3,0(r3)
      0x7C66_2B78,  //          or    r6,r3,r5
      0x78C6_C1C6,  // print:   sldi  r6,r6,56
      0x38A0_0001,  //          li    r5,1
      0x3C80_7100,  //          lis   r4,0x7100            the terminal's unit address
      0x3860_0058,  //          li    r3,H_PUT_TERM_CHAR
      0x4400_0022,  //          sc    1
      0x389F_0080,  //          addi  r4,r31,off-here
      0x3C60_0000,  //          lis   r3,0
      0x6063_F000,  //          ori   r3,r3,0xf000
      0x4400_0022,  //          sc    1                    power-off
      0x4800_0000,  //          b     .
      0x80A3_0008,  // check:   lwz   r5,8(r3)
      0xE863_0000,  //          ld    r3,0(r3)
      0x38C3_0001,  //          addi  r6,r3,1
      0x4BFF_FFCC,  //          b     print
      0x202B, 2, 1, 0x0040_0028, 0x0040_005C, 0,  // register
      0x2003, 2, 1, 0, 0, 0,  // off
    ])
  }

  /// A machine on the way, and what it prints.
  private struct Run {
    var machine: PowerMachine
    private let console: ConsolePipe

    init(
      _ engine: MachineEngine, readsNothing: Bool = false, from state: [UInt8]? = nil
    ) throws {
      console = try ConsolePipe()
      var description = MachineDescription(
        processor: .power9, topology: try ProcessorTopology(processors: 2), memory: 256 << 20)
      description.entry = .flat
      let program = NotifiedInterruptTests.program(readsNothing: readsNothing)
      let saved = try state.map { try SavedMachine(from: StateReader.source(of: $0)) }
      var configuration = MachineConfiguration(
        description: saved?.head.description ?? description,
        program: .file(GuestFile(program, name: "test")))
      configuration.isDeterministic = true
      configuration.engine = engine
      configuration.instructionLimit = 1_000_000
      configuration.pauseAt = saved == nil ? 100_000 : nil
      machine = try PowerMachine(
        configuration, console: HostConsole(input: -1, output: console.writing))
      if let saved { try machine.restore(saved) } else { try machine.powerOn() }
    }

    /// Runs to the end.
    func text() -> String {
      #expect(machine.run() == .poweredOff)
      return console.text()
    }
  }

  @Test(arguments: MachineEngine.available)
  func aSystemResetReachesItsHandler(engine: MachineEngine) throws {
    let run = try Run(engine)
    guard case .paused = run.machine.run() else {
      Issue.record("it does not wait")
      return
    }
    run.machine.injectSystemReset()
    #expect(run.text() == "w")
  }

  @Test(arguments: MachineEngine.available)
  func aMachineCheckReachesItsHandler(engine: MachineEngine) throws {
    #expect(try Run(engine, readsNothing: true).text() == "x")
  }

  /// The handlers come along with the guest, also to another engine.
  @Test(arguments: MachineEngine.available)
  func aRestoredGuestIsNotifiedToo(engine: MachineEngine) throws {
    let run = try Run(.interpreter)
    _ = run.machine.run()
    var state: [UInt8] = []
    try run.machine.save { state += $0 }
    let restored = try Run(engine, from: state)
    restored.machine.injectSystemReset()
    #expect(restored.text() == "w")
  }
}
