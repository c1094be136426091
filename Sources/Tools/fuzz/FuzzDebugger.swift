import ArgumentParser
import DebuggerSamples
import HostSupport
import Machine
import MachineDescription
import PowerISA
import Synchronization

/// The server of debuggers: sessions with the built-in guest, whose output stays what it is where no
/// packet changes the guest.
struct FuzzDebugger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "debugger",
    abstract: "Packets to the gdb server, while the built-in guest runs: an input is a session.")

  @OptionGroup var options: FuzzOptions

  @Option(help: "How many packets an input has.")
  var packets = 1000

  func run() throws {
    let expected = try Self.run(nil).output
    var (most, sent) = (0, 0)
    try options.run("debugger") { generator in
      let isHarmless = generator.below(2) == 0
      let numbers = SplitMix64(state: generator.next())
      guard
        let run = try? Self.run({
          HostileDebugger($0, packets: packets, isHarmless: isHarmless, numbers: numbers)
        })
      else { return nil }
      most = max(most, run.waiting)
      sent += run.sent
      guard isHarmless else { return "the guest was changed: \(run.outcome)" }
      guard run.output == expected, case .poweredOff = run.outcome else { return nil }
      return "the guest was not changed: \(run.outcome)"
    }
    print("  \(sent) packets")
    print("  at most \(most) bytes waited for the debugger")
  }

  /// Runs the built-in guest.
  private static func run(
    _ debugger: ((PowerMachine) -> HostileDebugger)?
  ) throws -> (outcome: MachineOutcome, output: [UInt8], waiting: Int, sent: Int) {
    let description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.engine = .auto
    configuration.instructionLimit = 3_000_000
    let output = Mutex<[UInt8]>([])
    configuration.terminalOutputs[0] = { bytes in output.withLock { $0 += bytes } }
    let machine = try PowerMachine(configuration)
    try machine.powerOn()
    let service = debugger?(machine)
    machine.service = service
    let outcome = machine.run()
    return (outcome, output.withLock { $0 }, service?.mostOutput ?? 0, service?.sent ?? 0)
  }
}
