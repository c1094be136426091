import GuestTestSupport
import Machine
import MachineDescription
import PowerCPU
import PowerISA
import RegisterLists
import RegisterRestore
import SavedState
import Testing

/// A guest whose storage and devices come as a stream and whose registers come as lists continues as if
/// nothing had happened.
@Suite struct MachineTests {
  private static func machine(pauseAt: UInt64?, output: Int32) throws -> PowerMachine {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 2), memory: 512 << 20)
    description.maximumLevel = .power8
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.pauseAt = pauseAt
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: output))
  }

  private static func restored(_ state: [UInt8], output: Int32) throws -> PowerMachine {
    let saved = try SavedMachine(from: StateReader.source(of: state))
    let machine = try machine(pauseAt: nil, output: output)
    try machine.restore(saved)
    return machine
  }

  @Test(arguments: [1000, 20_000, 50_000, 90_000] as [UInt64], [false, true])
  func continues(pauseAt: UInt64, isBinary: Bool) throws {
    var state: [UInt8] = []
    var lists: [RegisterDump] = []
    let before = try ConsolePipe.text { output in
      let machine = try Self.machine(pauseAt: pauseAt, output: output)
      try machine.powerOn()
      guard case .paused = machine.run() else { throw StateError(.truncated, at: 0) }
      try machine.save { state += $0 }
      lists = try machine.processors.map {
        let list = Book3SState.list(of: $0)
        return try RegisterDump(
          reading: isBinary ? list.binary() : Array(list.json().utf8), file: "list")
      }
    }
    let whole = try ConsolePipe.text { output in
      let machine = try Self.machine(pauseAt: nil, output: output)
      try machine.powerOn()
      #expect(machine.run() == .poweredOff)
    }
    let after = try ConsolePipe.text { output in
      let machine = try Self.restored(state, output: output)
      // Nothing of the stream's registers is left.
      for processor in machine.processors {
        processor.prepareToStart()
        for number in 0..<32 { processor[gpr: number] = 0xbad }
        processor.nextInstruction = 0xbad0
        processor.timebaseOffset = 0
        processor.decrementerExpiry = 0
      }
      try Book3SState.restore(lists, intoMachine: machine.processors)
      #expect(machine.run() == .poweredOff)
    }
    #expect(before + after == whole)
  }

  @Test func aListThatCannotBeTakenChangesNothing() throws {
    var state: [UInt8] = []
    _ = try ConsolePipe.text { output in
      let machine = try Self.machine(pauseAt: 50_000, output: output)
      try machine.powerOn()
      _ = machine.run()
      try machine.save { state += $0 }
    }
    let machine = try Self.restored(state, output: -1)
    let before = machine.processors.map { Book3SState.list(of: $0).json() }
    var wrong = Book3SState.list(of: machine.processors[1])
    wrong.set("PVR", 0x004d_0200)
    var good = Book3SState.list(of: machine.processors[0])
    good.set("PC", 0x4000)
    do {
      try Book3SState.restore([good, wrong], intoMachine: machine.processors)
      Issue.record("a list of another processor was taken")
    } catch .refused(let reasons) {
      #expect(reasons.count == 1 && reasons[0].hasPrefix("processor 1: PVR"), "\(reasons)")
    } catch {
      throw error
    }
    #expect(throws: RestoreError.refused(["3 lists for 2 processors"])) {
      try Book3SState.restore([good, good, good], intoMachine: machine.processors)
    }
    #expect(machine.processors.map { Book3SState.list(of: $0).json() } == before)
  }
}
