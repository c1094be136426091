import DebuggerSamples
import Glibc
import HostSupport
import Machine
import MachineDescription
import PowerISA
import Synchronization
import Testing

@testable import RemoteDebugging

/// Whatever a debugger sends, nothing crashes, and memory stays bounded; `fuzz debugger` sends more.
@Suite(.serialized) struct HostileDebuggerTests {
  private static func run(
    _ engine: MachineEngine, _ debugger: (PowerMachine) -> HostileDebugger
  ) throws -> (outcome: MachineOutcome, text: String, debugger: HostileDebugger) {
    let description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.engine = engine
    configuration.timeout = 300
    configuration.instructionLimit = 1_000_000
    let output = Shared<[UInt8]>([])
    configuration.terminalOutputs[0] = { bytes in output.value.withLock { $0 += bytes } }
    let machine = try PowerMachine(configuration)
    try machine.powerOn()
    let service = debugger(machine)
    machine.service = service
    let outcome = machine.run()
    return (outcome, output.value.withLock { String(decoding: $0, as: UTF8.self) }, service)
  }

  /// The guest runs among them as it does alone.
  @Test(arguments: MachineEngine.available) func harmless(_ engine: MachineEngine) throws {
    let expected = try DebuggedMachine.undisturbed()
    for seed in 1...3 as ClosedRange<UInt64> {
      let run = try Self.run(engine) {
        HostileDebugger($0, packets: 2000, isHarmless: true, numbers: SplitMix64(state: seed))
      }
      #expect("\(run.outcome)" == "\(MachineOutcome.poweredOff)", "seed \(seed)")
      #expect(run.text == expected, "seed \(seed)")
      #expect(run.debugger.sessions > 1)
      #expect(run.debugger.mostOutput < DebugSession.mostOutput)
    }
  }

  /// Packets that change registers and memory may end the guest, and nothing else.
  @Test(arguments: MachineEngine.available) func harmful(_ engine: MachineEngine) throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      let run = try Self.run(engine) {
        HostileDebugger($0, packets: 500, isHarmless: false, numbers: SplitMix64(state: seed))
      }
      #expect(run.debugger.sessions > 0)
      #expect(run.debugger.mostOutput < DebugSession.mostOutput)
    }
  }

  /// A debugger that reads nothing is disconnected, and the guest runs.
  @Test func oneThatDoesNotRead() throws {
    let machine = try DebuggedMachine()
    let client = try machine.connect()
    #expect(throws: DebugClient.Failure.self) {
      let tree = PacketWriter.packet(Array("qRcmd,\(Array("tree".utf8).hexDigits())".utf8))
      for _ in 0..<100_000 { try client.write(tree) }
    }
    #expect("\(try machine.wait().outcome)" == "\(MachineOutcome.poweredOff)")
  }

  /// Connections that send nothing, or half a packet, and go.
  @Test func halfPackets() throws {
    let machine = try DebuggedMachine(stopsAtEntry: true)
    for count in 0..<40 {
      let client = try machine.connect()
      if count % 2 == 1 { try client.write(Array("$vCont;c#a8".utf8.prefix(count % 11))) }
    }
    // The server may still be busy with the last of them.
    usleep(100_000)
    let client = try machine.connect()
    #expect(try client.resume() == "W00")
    #expect("\(try machine.wait().outcome)" == "\(MachineOutcome.poweredOff)")
  }
}
