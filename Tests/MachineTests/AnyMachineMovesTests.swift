import MigrationCompatibility
import OpenFirmware
import MachineDescription
import PlatformTree
import PowerISA
import ProcessorCatalog
import SavedState
import Testing

@testable import Machine

/// Whatever the options: a machine can always take its own state, and saves it again as it was.
@Suite struct AnyMachineMovesTests {
  private static let seeds: [UInt64] = Array(1...120)

  /// What guests of a machine may be shown: its first tree, and those after negotiations.
  private static func shown(
    _ machine: MachineDescription, _ generator: inout SeededGenerator
  ) throws -> [(level: CompatibilityLevel?, capabilities: MachineCapabilities)] {
    let served = ServedCalls(for: machine)
    var shown: [(level: CompatibilityLevel?, capabilities: MachineCapabilities)] = []
    let first = try PlatformTree.build(machine, served: served)
    shown.append((machine.maximumLevel, try #require(MachineCapabilities(advertisedBy: first))))
    for _ in 0..<3 {
      let vector = try RandomMachine.vector(&generator)
      let negotiation = Negotiation(vector, machine.platformOffer(served: served))
      guard case .success(let agreed) = negotiation.outcome else { continue }
      let tree = try PlatformTree.build(machine, served: served, negotiated: agreed)
      shown.append((agreed.level, try #require(MachineCapabilities(advertisedBy: tree))))
    }
    return shown
  }

  /// A head as a stream has it.
  private static func sent(_ head: StateHead) throws -> StateHead {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try head.write(to: &writer)
    try writer.section(StateSection("time"), payload: [])
    try writer.finish()
    var reader = try StateReader(from: StateReader.source(of: bytes), known: StateSection.head)
    return try StateHead(from: &reader)
  }

  @Test func everyMachineTakesItsOwnState() throws {
    var negotiated = 0
    for seed in Self.seeds {
      var generator = SeededGenerator(seed: seed)
      let machine = try RandomMachine.description(&generator)
      let shown = try Self.shown(machine, &generator)
      negotiated += shown.count - 1
      for (level, capabilities) in shown {
        let head = StateHead(
          description: machine, isDeterministic: generator.chance(2), level: level,
          capabilities: capabilities)
        let arrived = try Self.sent(head)
        #expect(arrived == head, "seed \(seed)")
        do throws(MigrationError) {
          let destination = try arrived.destination()
          #expect(destination == machine, "seed \(seed)")
        } catch {
          Issue.record("seed \(seed): \(error)")
        }
        let offered = try MachineCapabilities.offered(by: machine, at: level)
        #expect(capabilities.limited(to: offered) == capabilities, "seed \(seed)")
        let end = MigrationProcessor(model: machine.processor, level: machine.maximumLevel)
        let answer = try MigrationAnswer(from: .state(head), to: .processor(end))
        #expect(answer.isAllowed, "seed \(seed): \(answer)")
      }
    }
    #expect(negotiated > Self.seeds.count)
  }

  /// Where a level is advised the guest could really go at it, and where none is there is a reason.
  @Test func adviceHelps() throws {
    var (helped, hopeless) = (0, 0)
    for seed in Self.seeds {
      var generator = SeededGenerator(seed: seed)
      let machine = try RandomMachine.description(&generator)
      for (level, capabilities) in try Self.shown(machine, &generator).prefix(1) {
        let head = StateHead(
          description: machine, isDeterministic: false, level: level, capabilities: capabilities)
        let destination = MigrationProcessor(model: generator.pick(ProcessorModel.all))
        guard let answer = try? MigrationAnswer(from: .state(head), to: .processor(destination)),
          !answer.isAllowed
        else { continue }
        #expect(answer.helpfulLevel == nil || answer.obstacle == nil, "seed \(seed)")
        guard let level = answer.helpfulLevel else {
          hopeless += 1
          continue
        }
        helped += 1
        var limited = head
        limited.level = level
        limited.description.maximumLevel = level
        limited.capabilities = MachineCapabilities(
          advertisedBy: try PlatformTree.build(
            limited.description, served: ServedCalls(for: limited.description)))
        #expect(
          try MigrationAnswer(from: .state(limited), to: .processor(destination)).isAllowed,
          "seed \(seed): \(level)")
      }
    }
    #expect(helped > 10 && hopeless > 10)
  }

  /// The values of every stored property, by its path.
  private static func fields(_ value: Any, _ path: String = "") -> [(path: String, text: String)] {
    Mirror(reflecting: value).children.flatMap { label, child -> [(path: String, text: String)] in
      let path = path + "." + (label ?? "")
      switch child {
      case is ProcessorTopology, is MachineDescription.Devices, is MachineDescription.Identity:
        return fields(child, path)
      default: return [(path, String(describing: child))]
      }
    }
  }

  /// No option of a machine is left out of what is tried here, and no capability has always the
  /// same value.
  @Test func everyFieldAndCapabilityVaries() throws {
    var values: [String: Set<String>] = [:]
    var capabilities: [String: Set<[String]>] = [:]
    for seed in Self.seeds {
      var generator = SeededGenerator(seed: seed)
      let machine = try RandomMachine.description(&generator)
      for (path, text) in Self.fields(machine) { values[path, default: []].insert(text) }
      for (_, shown) in try Self.shown(machine, &generator) {
        for entry in shown.entries { capabilities[entry.name, default: []].insert(entry.values) }
      }
    }
    #expect(values.filter { $0.value.count < 2 }.map(\.key) == [], "add them to RandomMachine")
    // No machine here has another clock, cache line, controller or RTAS.
    let constant = [
      "data cache block", "instruction cache block", "timebase frequency", "interrupt controller",
      "RTAS calls", "transactional memory",
    ]
    let single = capabilities.filter { $0.value.count < 2 }.map(\.key)
    #expect(single.filter { !constant.contains($0) } == [])
  }

  /// Whole machines that have run: restored in a machine of the description they name, and saved
  /// again, byte for byte the same.
  @Test(arguments: 1...16)
  func savedAgainItIsTheSame(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 1000 + seed)
    var description = try RandomMachine.description(&generator, memoryBlocks: 3)
    // Loading decides where these are.
    (description.kernel, description.initrd, description.rtasAddress) = (nil, nil, nil)
    var configuration = MachineConfiguration(description: description)
    configuration.storage = MemoryStorage.storage(for: description)
    for device in description.devices.pci { configuration.shares[device.place] = EchoShare() }
    configuration.isDeterministic = true
    let pause = UInt64(generator.number(1...200_000))
    configuration.pauseAt = pause
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    _ = machine.run()
    var state: [UInt8] = []
    try machine.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head == machine.head)
    var second = MachineConfiguration(description: try saved.head.destination())
    second.storage = configuration.storage
    second.shares = configuration.shares
    second.isDeterministic = true
    let restored = try PowerMachine(second, console: HostConsole(input: -1, output: -1))
    try restored.restore(saved)
    var again: [UInt8] = []
    try restored.save { again += $0 }
    #expect(again == state, "seed \(seed), paused at \(pause)")
  }
}
