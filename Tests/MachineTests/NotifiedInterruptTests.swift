import Glibc
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
    elf([
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

  /// A big-endian ELF file with one segment, entered at its first word.
  private static func elf(_ words: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 2, 1] + [UInt8](repeating: 0, count: 9)
    func put<T: FixedWidthInteger>(_ values: T...) {
      for value in values { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
    }
    let size = UInt64(4 * words.count)
    put(2 as UInt16, 21)
    put(1 as UInt32)
    put(0 as UInt64, 64, 0)
    put(0 as UInt32)
    put(64 as UInt16, 56, 1, 0, 0, 0)
    put(1 as UInt32, 7)
    put(120 as UInt64, 0, 0, size, size, 0x1000)
    for word in words { put(word) }
    return bytes
  }

  /// A machine on the way, and what it prints.
  private struct Run {
    var machine: PowerMachine
    private var ends: [Int32] = [0, 0]

    init(
      _ engine: MachineEngine, readsNothing: Bool = false, from state: [UInt8]? = nil
    ) throws {
      try #require(pipe(&ends) == 0)
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
        configuration, console: HostConsole(input: -1, output: ends[1]))
      if let saved { try machine.restore(saved) } else { try machine.powerOn() }
    }

    /// Runs to the end.
    func text() -> String {
      #expect(machine.run() == .poweredOff)
      close(ends[1])
      var bytes = [UInt8](repeating: 0, count: 16)
      let count = read(ends[0], &bytes, bytes.count)
      close(ends[0])
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
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
