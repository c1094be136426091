import Devices
import Glibc
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import Machine

/// Machines with a virtio console, saved and restored.
@Suite struct ConsoleMachineTests {
  private static func machine(
    _ description: MachineDescription? = nil, isDeterministic: Bool = false, sockets: Int = 2
  ) throws -> PowerMachine {
    var own = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    let console = PCIDevice.Console(terminals: 1, channels: ["a.b"])
    own.devices.pci = [PCIDevice(.console(console), number: 3)]
    var configuration = MachineConfiguration(description: description ?? own)
    configuration.isDeterministic = isDeterministic
    configuration.ports[3] = try (0..<sockets).map { _ in
      var ends: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      return PortSocket(connected: ends[0])
    }
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  @Test func `a console comes along`() throws {
    let machine = try Self.machine()
    #expect(machine.ports?.resize(console: 0, columns: 132, rows: 43) == true)
    var state: [UInt8] = []
    try machine.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices.pci == machine.description.devices.pci)
    let restored = try Self.machine(try saved.head.destination())
    try restored.restore(saved)
    var again: [UInt8] = []
    try restored.save { again += $0 }
    // Its section: the size of the terminal is in it.
    let (before, after) = try (section(of: state), section(of: again))
    #expect(before == after && before.count > 100)
  }

  /// The bytes from the section's key on.
  private func section(of state: [UInt8]) throws -> [UInt8] {
    let key = try #require(state.firstRange(of: Array("ports".utf8) + [0, 0, 0]))
    return Array(state[key.lowerBound...].prefix(200))
  }

  @Test func `a console needs its sockets, and time that passes`() throws {
    #expect(throws: MissingPortError.self) { try Self.machine(sockets: 1) }
    #expect(throws: MachineDescriptionError.self) { try Self.machine(isDeterministic: true) }
  }
}
