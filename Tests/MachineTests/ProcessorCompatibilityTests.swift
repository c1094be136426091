import OpenFirmware
import MachineDescription
import PowerISA
import Testing

@testable import Machine

/// The level of every processor of a machine, through negotiations, starts and restarts.
@Suite struct ProcessorCompatibilityTests {
  private static func machine(_ processor: ProcessorModel, _ limit: CompatibilityLevel?) throws
    -> PowerMachine
  {
    var description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: 2), memory: 512 << 20)
    description.maximumLevel = limit
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    return machine
  }

  /// What a client gets that knows one level only.
  private static func negotiate(
    _ level: CompatibilityLevel, _ machine: PowerMachine
  ) throws -> NegotiatedArchitecture {
    var bytes: [UInt8] = []
    // The level; the end of the list, which matches nothing; one vector that says nothing.
    for word in [0xFFFF_FFFF, level.logicalPVR, 0xFFFF_0000, 0x1234_0001] {
      bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
    let vector = try ArchitectureVector(bytes + [0, 0, 0])
    return try Negotiation(vector, machine.offer).outcome.get()
  }

  @Test(arguments: [ProcessorModel.power8, .power9, .power10, .power11])
  func everyProcessorHasTheLevel(_ processor: ProcessorModel) throws {
    let levels = try #require(processor.levels)
    let limit = levels.upperBound
    let machine = try Self.machine(processor, limit)
    let start = ProcessorCompatibility(
      server: 1, register: processor.effectivePCR(at: limit), isa: processor.isa)
    #expect(machine.processorCompatibility.last == start)
    // One negotiation after the other, up and down, as several programs of one boot make them.
    let all = CompatibilityLevel.allCases.filter(levels.contains)
    for level in all + all.reversed() {
      let architecture = try Self.negotiate(level, machine)
      #expect(architecture.level == level)
      #expect(machine.adopt(architecture) != nil)
      let expected = (0..<2 as Range<UInt32>).map {
        ProcessorCompatibility(
          server: $0, register: processor.effectivePCR(at: level), isa: level.isa)
      }
      #expect(machine.processorCompatibility == expected)
    }
  }

  /// A processor that is started after the negotiation has its level; a restart forgets it.
  @Test func startsAndRestarts() throws {
    let machine = try Self.machine(.power10, .power9)
    #expect(machine.processorCompatibility.map(\.isa) == [.v3_0, .v3_0])
    #expect(machine.adopt(try Self.negotiate(.power7, machine)) != nil)
    #expect(machine.startProcessor(1, at: 0x10_0000, argument: 1))
    #expect(machine.processorCompatibility.map(\.isa) == [.v2_06, .v2_06])
    #expect(
      machine.processorCompatibility.map(\.register) == [0x1C, 0x1C].map(PCR.init(rawValue:)))
    try machine.restart()
    #expect(machine.processorCompatibility.map(\.isa) == [.v3_0, .v3_0])
    #expect(machine.processorCompatibility.map(\.register) == [.v3_0, .v3_0])
  }
}
