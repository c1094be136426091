import GuestTestSupport
import Machine
import MachineDescription
import PowerISA
import Testing

/// The embedded test guest, from its first instruction to power-off.
@Suite("Test guest")
struct TestGuestTests {
  /// Runs the guest and gives the lines it printed.
  private static func run(
    _ processor: ProcessorModel, _ limit: CompatibilityLevel?,
    change: (inout MachineConfiguration) -> Void = { _ in }
  ) throws -> (outcome: MachineOutcome, lines: [String]) {
    let console = try ConsolePipe()
    let (_, outcome) = try machine(processor, limit, output: console.writing, change: change)
    return (outcome, console.text().split(separator: "\r\n").map(String.init))
  }

  /// A machine that has run the guest to its end; the console's bytes go to a descriptor.
  static func machine(
    _ processor: ProcessorModel, _ limit: CompatibilityLevel?, output: Int32 = -1,
    change: (inout MachineConfiguration) -> Void = { _ in }
  ) throws -> (machine: PowerMachine, outcome: MachineOutcome) {
    var description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: 1), memory: 512 << 20)
    description.maximumLevel = limit
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.timeout = 60
    change(&configuration)
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: output))
    try machine.powerOn()
    return (machine, machine.run())
  }

  /// A row: processor, limit, and the level and version the guest must report.
  struct Row: Sendable, CustomTestStringConvertible {
    var processor: ProcessorModel
    var limit: CompatibilityLevel?
    var level: String
    var testDescription: String { "\(processor.name) limit \(limit?.name ?? "none")" }
  }

  static let rows = [
    Row(processor: .power8, limit: nil, level: "0f000004, ISA 2.07"),
    Row(processor: .power8, limit: .power6, level: "0f000002, ISA 2.05"),
    Row(processor: .power9, limit: nil, level: "0f000005, ISA 3.0"),
    Row(processor: .power9, limit: .power7Plus, level: "0f100003, ISA 2.06"),
    Row(processor: .power10, limit: .power9, level: "0f000005, ISA 3.0"),
    Row(processor: .power11, limit: nil, level: "0f000007, ISA 3.1"),
  ]

  @Test("negotiates, and problem state has the level's instructions and no others", arguments: rows)
  func levels(row: Row) throws {
    let (outcome, lines) = try Self.run(row.processor, row.limit)
    #expect("\(outcome)" == "\(MachineOutcome.poweredOff)")
    #expect(lines.first == "=== papr test guest ===")
    #expect(lines.last == "=== done ===")
    #expect(lines.contains("level: \(row.level)"))
    #expect(lines.contains("  /vdevice/vty@71000000"))
    #expect(lines.contains { $0.hasPrefix("time of day: 2024-01-01 00:00:0") })
    #expect(
      lines.contains(
        "problem state: 0 instructions of the level missing, 0 beyond it executed"))
  }

  @Test("is traced, stopped and watched on every processor", arguments: ProcessorModel.all)
  func debugging(processor: ProcessorModel) throws {
    let second = processor.isa >= .v3_1 ? "6" : "not there"
    let breakpoint = processor.isa >= .v2_07 ? "3" : "not there"
    let (_, lines) = try Self.run(processor, nil)
    let line = lines.first { $0.hasPrefix("debugging: ") }
    #expect(
      line == """
        debugging: 14 steps, 3 branches, 3 loads, 3 stores, \(second) by the second watchpoint, \
        \(breakpoint) at the breakpoint, 0 without any
        """)
  }

  @Test("vectors and trees are handed out")
  func observers() throws {
    let received = Received()
    let (outcome, _) = try Self.run(.power9, .power8) { configuration in
      configuration.stopsAtNegotiation = true
      configuration.observers.architectureVector = { received.vectors.append($0) }
      configuration.observers.tree = { received.trees.append($1) }
      configuration.observers.negotiation = { received.negotiations.append($0) }
    }
    #expect("\(outcome)" != "\(MachineOutcome.poweredOff)")
    #expect(received.vectors.count == 1)
    #expect(received.vectors.first?.prefix(8) == [0xff, 0xff, 0, 0, 0, 0x3e, 0, 0])
    #expect(received.trees == [false, true])
    #expect(received.negotiations.first?.contains("chosen: power8") == true)
  }

  @Test("two deterministic runs print the same bytes")
  func deterministic() throws {
    #expect(try Self.run(.power9, nil).lines == Self.run(.power9, nil).lines)
  }
}

/// The reports of observers; one thread runs the machine.
private final class Received: @unchecked Sendable {
  var vectors: [[UInt8]] = []
  var trees: [Bool] = []
  var negotiations: [String] = []
}
