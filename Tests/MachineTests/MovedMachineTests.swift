import DeviceTree
import MigrationCompatibility
import OpenFirmware
import MachineDescription
import PlatformTree
import PowerCPU
import PowerISA
import ProcessorCatalog
import SavedState
import Testing

@testable import Machine

/// States restored on every processor, as the rule says.
@Suite struct MovedMachineTests {
  private static let memory: UInt64 = 256 << 20

  private static func machine(
    _ description: MachineDescription
  ) throws -> PowerMachine {
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  /// The test guest of two processors at a level, after some instructions.
  private static func state(
    _ processor: ProcessorModel, _ level: CompatibilityLevel?, _ version: MachineVersion = .newest
  ) throws -> [UInt8] {
    var description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: 2), memory: memory)
    description.maximumLevel = level
    let machine = try machine(description)
    machine.pauseAt = 2000
    try machine.powerOn()
    _ = machine.run()
    var state: [UInt8] = []
    try machine.save(version: version) { state += $0 }
    return state
  }

  private static let sources: [(ProcessorModel, CompatibilityLevel?)] = ProcessorModel.all.flatMap {
    model in
    ([nil] + CompatibilityLevel.allCases.filter { model.supports($0) }).map { (model, $0) }
  }

  /// Every processor at every level to every processor: moved or refused by the rule, and after a
  /// move every processor is the new one with its PCR.
  @Test(arguments: sources)
  func everyDestination(_ processor: ProcessorModel, _ level: CompatibilityLevel?) throws {
    let state = try Self.state(processor, level)
    for destination in ProcessorModel.all {
      let saved = try SavedMachine(from: StateReader.source(of: state))
      #expect(saved.head.level == level)
      let verdict = MigrationVerdict(from: saved.head.source, to: .init(model: destination))
      #expect(
        verdict.isAllowed
          == (level.map { destination.supports($0) }
            ?? RecognizedProcessor.areOfOneKind(version: processor.version, destination.version)))
      guard verdict.isAllowed else {
        let refusal = #expect(throws: MigrationError.self) {
          try saved.head.destination(processor: destination)
        }
        #expect(refusal == .rule(verdict))
        continue
      }
      let machine = try Self.machine(saved.head.destination(processor: destination))
      try machine.restore(saved)
      for slot in machine.slots {
        #expect(slot.engine.read(.pvr) == UInt64(destination.version))
        #expect(slot.engine.read(.pcr) == destination.effectivePCR(at: level).rawValue)
        #expect(slot.engine.activeCompatibilityLevel == level)
      }
      // What it would be shown to others as.
      #expect(machine.head.capabilities == saved.head.capabilities)
    }
  }

  /// What a stream of an older version does not say is as if there were none of it.
  @Test(arguments: MachineVersion.allCases)
  func olderVersions(_ version: MachineVersion) throws {
    let level: CompatibilityLevel? = version < .v1_1 ? .power8 : .power7
    let state = try Self.state(.power8, level, version)
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.level == (version < .v1_1 ? nil : level))
    #expect((saved.head.capabilities == nil) == (version < .v1_2))
    let machine = try Self.machine(saved.head.destination())
    try machine.restore(saved)
    #expect(
      machine.processorCompatibility.map(\.register) == [
        ProcessorModel.power8.effectivePCR(at: level),
        ProcessorModel.power8.effectivePCR(at: level),
      ])
    machine.pauseAt = machine.instructionCount + 1000
    guard case .paused = machine.run() else {
      Issue.record("the guest does not continue")
      return
    }
  }

  /// What a tree of the user's shows beyond the machine, the guest never had.
  @Test func flatTreeThatShowsTooMuch() throws {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: Self.memory)
    description.entry = .flat
    var tree = try PlatformTree.build(description, served: ServedCalls(for: description))
    tree.update("/rtas") { $0["ibm,hypertas-functions"] = .strings(["hcall-term", "hcall-tce"]) }
    tree.update("/cpus/PowerPC,POWER9") { $0["ibm,slb-size"] = .cell(64) }
    let image = GuestFile(FirmwareImages.testGuest, name: "test guest")
    var configuration = MachineConfiguration(
      description: description,
      program: .flat(image, tree: GuestFile(try tree.blob(), name: "tree")))
    configuration.isDeterministic = true
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    #expect(machine.head.capabilities?["hypercalls"] == ["hcall-term", "hcall-memop1"])
    #expect(machine.head.capabilities?["SLB entries"] == ["32"])
    #expect(try machine.head.destination() == machine.description)
  }

  /// A guest that was entered with a flat tree keeps what that showed through several machines.
  @Test func flatTree() throws {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: Self.memory)
    description.entry = .flat
    let first = try Self.machine(description)
    try first.powerOn()
    let shown = try #require(first.head.capabilities)
    #expect(shown["translation"] == ["hash", "radix"])
    var state: [UInt8] = []
    try first.save { state += $0 }
    for _ in 0..<2 {
      let saved = try SavedMachine(from: StateReader.source(of: state))
      let next = try Self.machine(saved.head.destination())
      try next.restore(saved)
      #expect(next.head.capabilities == shown)
      state = []
      try next.save { state += $0 }
    }
  }
}
