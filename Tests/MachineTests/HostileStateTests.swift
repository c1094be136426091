import Machine
import MigrationCompatibility
import MachineDescription
import PowerISA
import SavedState
import Testing

/// States that no machine writes, with checksums that agree: what was found by `fuzz state`, and
/// what stands in the way of a machine that could not be.
@Suite struct HostileStateTests {
  private static func state(of processor: ProcessorModel = .power8) throws -> [UInt8] {
    let description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: 2), memory: 256 << 20)
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.pauseAt = 3000
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    _ = machine.run()
    var state: [UInt8] = []
    try machine.save { state += $0 }
    return state
  }

  /// The state with another value for the first field of a name in a section; an array's first
  /// elements.
  private static func changed(
    _ state: [UInt8], _ name: String, _ field: String, to value: [UInt8]
  ) throws -> [UInt8] {
    var stream: [UInt8] = []
    var reader = try StateReader(from: StateReader.source(of: state))
    var writer = try StateWriter { stream += $0 }
    var isChanged = false
    while let section = try reader.next() {
      var bytes = section.bytes
      if section.key == name, !isChanged {
        let head = [UInt8(field.utf8.count)] + Array(field.utf8)
        let place = try #require(
          bytes.payload.indices.first { bytes.payload[$0...].starts(with: head) },
          "no field '\(field)'")
        // After the type and the length.
        let start = place + head.count + 5
        bytes.payload.replaceSubrange(start..<start + value.count, with: value)
        isChanged = true
      }
      try writer.write(bytes)
    }
    try writer.finish()
    return stream
  }

  private static func restore(_ state: [UInt8]) throws -> PowerMachine {
    let saved = try SavedMachine(from: StateReader.source(of: state))
    var configuration = MachineConfiguration(description: saved.head.description)
    configuration.isDeterministic = saved.head.isDeterministic
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.restore(saved)
    return machine
  }

  private static func word(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
  }

  /// A section, a field of it, what is put there, and where the error says it is.
  @Test(arguments: [
    ("clock", "ns", word(1 << 63), "clock: ns"),
    ("rtc", "ahead", word(1 << 63), "rtc: ahead"),
    ("fw", "setbytes", word(UInt64(Int.max)), "fw: setbytes"),
    ("fw", "mem", word(1 << 40), "fw: claims: mem"),
    ("machine", "mem", word(1 << 63), "machine"),
    ("machine", "maxmem", word(.max), "machine"),
    ("machine", "smp", word(1 << 62), "machine: smp"),
    ("hptsize", "log2", [46], "hptsize: log2"),
  ])
  func refused(section: String, field: String, value: [UInt8], place: String) throws {
    let state = try Self.changed(Self.state(), section, field, to: value)
    let error = try #require(throws: StateError.self) { try Self.restore(state) }
    #expect(error.place == place)
    #expect(error.offset > 0 && error.offset < UInt64(state.count))
  }

  /// The end of time is no end of the host.
  @Test func clockAtTheEnd() throws {
    let state = try Self.changed(Self.state(), "clock", "ns", to: Self.word(1 << 62))
    let machine = try Self.restore(state)
    machine.pauseAt = machine.instructionCount + 2000
    guard case .paused = machine.run() else {
      Issue.record("the guest does not continue")
      return
    }
  }

  /// SLB entries beyond those of the processor must not be in use.
  @Test func segmentsBeyondTheProcessor() throws {
    let state = try Self.state(of: .power6)
    var saved = try SavedMachine(from: StateReader.source(of: state))
    func restore() throws {
      var configuration = MachineConfiguration(description: saved.head.description)
      configuration.description.processor = .power7
      configuration.isDeterministic = true
      try PowerMachine(configuration, console: HostConsole(input: -1, output: -1)).restore(saved)
    }
    try restore()
    // The last of 64 entries, valid.
    let slb = [UInt8](repeating: 0, count: 63 * 16) + Self.word(0x0800_0000)
    saved = try SavedMachine(
      from: StateReader.source(of: try Self.changed(state, "cpu", "slb", to: slb)))
    let error = try #require(throws: StateError.self) { try restore() }
    #expect(error.place == "cpu: slb")
  }
}
