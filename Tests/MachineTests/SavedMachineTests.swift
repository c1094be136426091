import Glibc
import GuestTestSupport
import MigrationCompatibility
import MachineDescription
import PowerCPU
import PowerISA
import SavedState
import Testing

@testable import Machine

/// A guest saved anywhere and restored in another machine continues as if nothing had happened.
@Suite struct SavedMachineTests {
  private static func configuration(
    _ processor: ProcessorModel, _ limit: CompatibilityLevel?, pauseAt: UInt64?
  ) throws -> MachineConfiguration {
    var description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: 1), memory: 512 << 20)
    description.maximumLevel = limit
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.pauseAt = pauseAt
    return configuration
  }

  /// Runs the test guest, and gives what it printed, its end, and the state at a pause.
  private static func run(
    _ processor: ProcessorModel, _ limit: CompatibilityLevel?, pauseAt: UInt64? = nil
  ) throws -> (text: String, outcome: MachineOutcome, count: UInt64, state: [UInt8]) {
    let output = try ConsolePipe()
    let machine = try PowerMachine(
      configuration(processor, limit, pauseAt: pauseAt),
      console: HostConsole(input: -1, output: output.writing))
    try machine.powerOn()
    let outcome = machine.run()
    var state: [UInt8] = []
    if case .paused = outcome { try machine.save { state += $0 } }
    return (output.text(), outcome, machine.instructionCount, state)
  }

  /// Restores a state and runs it to the end.
  private static func restored(
    _ state: [UInt8], on processor: ProcessorModel? = nil
  ) throws -> (text: String, outcome: MachineOutcome, count: UInt64) {
    let saved = try SavedMachine(from: StateReader.source(of: state))
    var configuration = MachineConfiguration(description: saved.head.description)
    if let processor { configuration.description.processor = processor }
    configuration.isDeterministic = true
    let output = try ConsolePipe()
    let machine = try PowerMachine(
      configuration, console: HostConsole(input: -1, output: output.writing))
    try machine.restore(saved)
    let outcome = machine.run()
    return (output.text(), outcome, machine.instructionCount)
  }

  @Test(arguments: [
    (ProcessorModel.power8, CompatibilityLevel?.none), (.power9, .power8), (.power10, nil),
    (.power7, .power6),
  ])
  func savedAnywhere(processor: ProcessorModel, limit: CompatibilityLevel?) throws {
    let whole = try Self.run(processor, limit)
    #expect(whole.outcome == .poweredOff)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<8 {
      let pause = UInt64.random(in: 1..<whole.count, using: &generator)
      let first = try Self.run(processor, limit, pauseAt: pause)
      #expect(first.outcome == .paused(at: pause))
      let second = try Self.restored(first.state)
      #expect(second.outcome == .poweredOff)
      #expect(first.text + second.text == whole.text, "paused at \(pause)")
      #expect(second.count == whole.count)
    }
  }

  /// A state written by a restored machine is the same, byte for byte.
  @Test func stateSurvivesARoundTrip() throws {
    let first = try Self.run(.power9, .power8, pauseAt: 5000)
    let saved = try SavedMachine(from: StateReader.source(of: first.state))
    var configuration = MachineConfiguration(description: saved.head.description)
    configuration.isDeterministic = true
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.restore(saved)
    var again: [UInt8] = []
    try machine.save { again += $0 }
    #expect(again == first.state)
  }

  /// At a level that both have, a guest continues on another processor.
  @Test func anotherProcessor() throws {
    let whole = try Self.run(.power9, .power8)
    let first = try Self.run(.power9, .power8, pauseAt: whole.count * 9 / 10)
    let second = try Self.restored(first.state, on: .power10)
    #expect(second.outcome == .poweredOff)
    #expect(first.text + second.text == whole.text)
  }

  /// By the host's clock too, a guest's time continues where it stood, and never back.
  @Test func timeGoesOn() throws {
    var configuration = try Self.configuration(.power9, nil, pauseAt: 5000)
    configuration.isDeterministic = false
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    _ = machine.run()
    let engine = machine.slots[0].engine
    machine.halt()
    let halted = engine.timebase
    usleep(20_000)
    var state: [UInt8] = []
    try machine.save { state += $0 }
    machine.resume()
    #expect(engine.timebase >= halted)
    #expect(engine.timebase - halted < TimeBase.frequency / 100)

    let saved = try SavedMachine(from: StateReader.source(of: state))
    let restored = try PowerMachine(
      MachineConfiguration(description: saved.head.description),
      console: HostConsole(input: -1, output: -1))
    try restored.restore(saved)
    for slot in restored.slots {
      #expect(slot.engine.timebase >= halted)
      #expect(slot.engine.timebase - halted < TimeBase.frequency)
    }
  }

  /// Whatever is done to a state, it is refused or restored, and the program lives.
  @Test func damagedStates() throws {
    let state = try Self.run(.power9, .power8, pauseAt: 5000).state
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var damaged = state
      let place = Int.random(in: 0..<damaged.count, using: &generator)
      damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
      #expect(throws: StateError.self) { try Self.restoreOnly(damaged) }
      #expect(throws: StateError.self) { try Self.restoreOnly(Array(state[..<place])) }
    }
  }

  private static func restoreOnly(_ state: [UInt8]) throws {
    let saved = try SavedMachine(from: StateReader.source(of: state))
    var configuration = MachineConfiguration(description: saved.head.description)
    configuration.isDeterministic = true
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.restore(saved)
  }
}
