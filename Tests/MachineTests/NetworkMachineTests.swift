import Devices
import Glibc
import GuestMemory
import Hypervisor
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import Machine

/// Machines with network cards, saved and restored, and connected with each other.
@Suite struct NetworkMachineTests {
  private static func machine(
    _ link: any NetworkLink, _ description: MachineDescription? = nil,
    isDeterministic: Bool = false
  ) throws -> PowerMachine {
    var own = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    own.devices.pci = [NetworkDriver.device]
    var configuration = MachineConfiguration(description: description ?? own)
    configuration.isDeterministic = isDeterministic
    configuration.networks[.pci(1)] = NetworkConnection(link)
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  /// The two ends of a wire.
  private static func wire() throws -> (StreamLink, StreamLink) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (StreamLink(connected: ends[0]), StreamLink(connected: ends[1]))
  }

  private static func frame(to address: [UInt8], seed: UInt8) -> [UInt8] {
    address + NetworkDriver.address.bytes + [0x88, 0xB5] + [UInt8](repeating: seed, count: 200)
  }

  private static let broadcast = [UInt8](repeating: 0xFF, count: 6)

  @Test func `two machines exchange frames`() throws {
    let (here, there) = try Self.wire()
    var first = NetworkDriver(machine: try Self.machine(here))
    var second = NetworkDriver(machine: try Self.machine(there))
    try first.start()
    try second.start()
    for seed in 0..<20 as Range<UInt8> {
      try second.offerBuffer()
      #expect(try second.received() == nil)
      let frame = Self.frame(to: Self.broadcast, seed: seed)
      try first.send(frame)
      #expect(try second.received() == frame)
      try first.offerBuffer()
      let answer = Self.frame(to: NetworkDriver.address.bytes, seed: ~seed)
      try second.send(answer)
      #expect(try first.received() == answer)
    }
  }

  @Test func `a card continues elsewhere with what its driver has set`() throws {
    let (here, there) = try Self.wire()
    var driver = NetworkDriver(machine: try Self.machine(here))
    try driver.start()
    #expect(try driver.get(0x2006, 2) == 1)
    let group: [UInt8] = [1, 0, 0x5E, 0, 0, 7]
    #expect(try driver.control(0, 0, [0]) == 0)
    #expect(try driver.control(1, 0, [0, 0, 0, 0, 1, 0, 0, 0] + group) == 0)
    try driver.offerBuffer()
    var state: [UInt8] = []
    try driver.machine.save { state += $0 }

    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices.pci == [NetworkDriver.device])
    // Another network, of another kind.
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
    let other = PacketLink(descriptor: ends[1])
    let restored = try Self.machine(
      PacketLink(descriptor: ends[0]), try saved.head.destination())
    try restored.restore(saved)
    var second = NetworkDriver(machine: restored, requests: driver.requests)
    // The driver is asked to announce its address, and interrupted for it.
    #expect(try second.get(0x2006, 2) == 3)
    #expect(try second.get(0x1000, 1) & 2 != 0)
    #expect(try second.control(3, 0, []) == 0)
    #expect(try second.get(0x2006, 2) == 1)
    // The filter and the buffer have come along.
    Self.frame(to: [1, 0, 0x5E, 0, 0, 8], seed: 1).withUnsafeBytes { other.send($0) }
    #expect(try second.received() == nil)
    let frame = Self.frame(to: group, seed: 2)
    frame.withUnsafeBytes { other.send($0) }
    #expect(try second.received() == frame)
    // The wire of the first machine is not touched any more.
    try second.send(Self.frame(to: Self.broadcast, seed: 3))
    #expect(there.receive(into: .init(start: nil, count: 0)) == .nothing)
  }

  @Test func `damaged states are refused or restored`() throws {
    let (here, _) = try Self.wire()
    var driver = NetworkDriver(machine: try Self.machine(here))
    try driver.start()
    #expect(try driver.control(1, 0, [1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0]) == 0)
    var state: [UInt8] = []
    try driver.machine.save { state += $0 }
    for bytes in try DamagedStates(of: state, in: ["virtio", "net"], count: 40, seed: 14) {
      let saved = try SavedMachine(from: StateReader.source(of: bytes))
      let (link, _) = try Self.wire()
      let machine = try Self.machine(link)
      guard (try? machine.restore(saved)) != nil else { continue }
      // Whatever was restored, a driver can reset it and use it.
      machine.work.followUp()
      machine.resetDevices()
      var second = NetworkDriver(machine: machine)
      try machine.memory.fill(0x9000, at: 0x700_0000)
      try second.start()
      try second.send(Self.frame(to: Self.broadcast, seed: 1))
    }
  }

  // MARK: logical LANs

  private static let unit: UInt32 = 0x7100_0002

  private static func lanMachine(
    _ link: any NetworkLink, _ description: MachineDescription? = nil
  ) throws -> PowerMachine {
    var own = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    own.devices.logicalLANs = [
      VIODevice(.network(PCIDevice.Network(address: NetworkDriver.address)), at: unit)
    ]
    var configuration = MachineConfiguration(description: description ?? own)
    configuration.networks[.virtual(unit)] = NetworkConnection(link)
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  /// Maps memory, registers a queue of four entries at 0x12000 and adds a buffer at 0x20000.
  private static func startLAN(_ machine: PowerMachine) throws {
    let adapter = try #require(machine.logicalLANs.first)
    let window = try #require(adapter.dma.tables.first)
    for page in 0x10..<0x30 as Range<UInt64> { window[page] = page << 12 | 3 }
    _ = try adapter.changeAttributes(reset: 0, set: 6)
    try adapter.register(
      bufferList: BusAddress(0x1_0000),
      queue: BufferDescriptor(rawValue: 1 << 63 | 64 << 32 | 0x1_2000),
      filterList: BusAddress(0x1_1000), address: NetworkDriver.address)
    try adapter.add(BufferDescriptor(rawValue: 1 << 63 | 2048 << 32 | 0x2_0000))
    _ = try adapter.controlMulticast(flags: 0xF_0001, address: 0x0100_5E00_0007)
  }

  @Test func `a logical LAN continues elsewhere with what its driver has registered`() throws {
    let (here, there) = try Self.wire()
    let machine = try Self.lanMachine(here)
    try Self.startLAN(machine)
    var state: [UInt8] = []
    try machine.save { state += $0 }

    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices == machine.description.devices)
    let (link, other) = try Self.wire()
    let restored = try Self.lanMachine(link, try saved.head.destination())
    try restored.restore(saved)
    try restored.claimStorage()
    // The network learns where the address is now.
    var bytes = [UInt8](repeating: 0, count: 100)
    let arrival = bytes.withUnsafeMutableBytes { other.receive(into: $0) }
    #expect(arrival == .frame(60))
    #expect(Array(bytes[6..<14]) == NetworkDriver.address.bytes + [0x80, 0x35])
    for (group, isReceived) in [(8, false), (7, true)] as [(UInt8, Bool)] {
      Self.frame(to: [1, 0, 0x5E, 0, 0, group], seed: group).withUnsafeBytes { other.send($0) }
      _ = other.flush()
      restored.work.followUp()
      #expect(try restored.memory.read(UInt8.self, at: 0x1_2000) == (isReceived ? 0xC0 : 0))
    }
    #expect(try restored.memory.read(UInt8.self, at: 0x2_0008) == 1)
    #expect(
      try restored.logicalLANs[0].changeAttributes(reset: 0, set: 0).attributes == 0x2_A006)
    #expect(there.receive(into: .init(start: nil, count: 0)) == .nothing)
  }

  @Test func `damaged states of a logical LAN are refused or restored`() throws {
    let (here, _) = try Self.wire()
    let machine = try Self.lanMachine(here)
    try Self.startLAN(machine)
    var state: [UInt8] = []
    try machine.save { state += $0 }
    for bytes in try DamagedStates(of: state, in: ["llan"], count: 150, seed: 14) {
      let saved = try SavedMachine(from: StateReader.source(of: bytes))
      let (link, other) = try Self.wire()
      let machine = try Self.lanMachine(link)
      guard (try? machine.restore(saved)) != nil else { continue }
      Self.frame(to: Self.broadcast, seed: 1).withUnsafeBytes { other.send($0) }
      _ = other.flush()
      machine.work.followUp()
      let adapter = try #require(machine.logicalLANs.first)
      adapter.reset()
      try Self.startLAN(machine)
    }
  }

  @Test func `a card needs a network, and a clock of the host`() throws {
    let (here, _) = try Self.wire()
    #expect(throws: MachineDescriptionError.self) {
      try Self.machine(here, isDeterministic: true)
    }
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.devices.pci = [NetworkDriver.device]
    let configuration = MachineConfiguration(description: description)
    #expect(throws: MissingLinkError(address: .pci(1))) {
      try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    }
  }
}
