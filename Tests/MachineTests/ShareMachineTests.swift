import Devices
import GuestMemory
import Hypervisor
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Synchronization
import Testing

@testable import Machine

/// A server of a shared folder that answers with the bytes of the request.
final class EchoShare: ShareServer {
  /// What it has open: the bytes of every request.
  let open = Mutex<[UInt8]>([])
  let savesNothing: Bool

  init(savesNothing: Bool = false) { self.savesNothing = savesNothing }

  func serve(_ requests: [ShareRequest], queue: Int) -> [UInt32] {
    requests.map { request in
      let bytes = request.readable.flatMap {
        Array(UnsafeRawBufferPointer(start: $0.start, count: $0.count))
      }
      open.withLock { $0 += bytes }
      for part in request.writable {
        UnsafeMutableRawBufferPointer(start: part.start, count: part.count).copyBytes(
          from: bytes.prefix(part.count))
      }
      return UInt32(bytes.count)
    }
  }

  func takeFailure() -> ShareServerError? { nil }
  func reset() { open.withLock { $0 = [] } }

  func save() throws(ShareServerError) -> [UInt8] {
    if savesNothing { throw .notSaved }
    return open.withLock { $0 }
  }

  func restore(_ state: [UInt8]) throws(ShareServerError) {
    guard state.count < 100 else { throw .refused(number: 22) }
    open.withLock { $0 = state }
  }
}

/// Machines with shared folders, saved and restored.
@Suite struct ShareMachineTests {
  private static let device = PCIDevice(.share(PCIDevice.Share(tag: "src")), number: 1)
  // Real addresses, which are bus addresses too.
  private static let rings: UInt64 = 0x700_0000
  private static let data = rings + 0x3000
  private static let request: [UInt8] = [11, 0, 0, 0, 100, 0, 0, 1, 2, 3, 4]

  private static func machine(
    _ server: any ShareServer, _ description: MachineDescription? = nil,
    isDeterministic: Bool = true
  ) throws -> PowerMachine {
    var own = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    own.devices.pci = [device]
    var configuration = MachineConfiguration(description: description ?? own)
    configuration.isDeterministic = isDeterministic
    configuration.shares[1] = server
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  private static func set(_ machine: PowerMachine, _ register: UInt64, _ value: UInt64, _ size: Int)
  {
    let layout = PCIBridgeLayout(number: 0)
    let registers =
      layout.memory64.real + device.address(of: PCIDevice.virtIORegion)
      - layout.memory64.bus
    #expect(
      machine.partition.space.store(
        value.reversed(bytes: size), at: registers + register, size: size))
    machine.devicesAccessed()
  }

  /// Places the registers, maps memory and makes the queue.
  private static func start(_ machine: PowerMachine) throws {
    let bridge = try #require(machine.bridges[0])
    try bridge.write(6, PCIConfigurationAddress(rawValue: 1 << 11 | 4), size: 2)
    let table = try #require(bridge.dma.tables.first)
    for page in (rings >> 12)..<(rings >> 12) + 8 { table[page] = page << 12 | 3 }
    for status in [0, 1, 3] as [UInt64] { set(machine, 0x14, status, 1) }
    for (select, bits) in [(0, 1), (1, 3)] as [(UInt64, UInt64)] {
      set(machine, 0x08, select, 4)
      set(machine, 0x0C, bits, 4)
    }
    set(machine, 0x14, 11, 1)
    set(machine, 0x18, 8, 2)
    for part in 0..<3 as Range<UInt64> {
      set(machine, 0x20 + 8 * part, rings + 0x1000 * part, 4)
      set(machine, 0x24 + 8 * part, 0, 4)
    }
    set(machine, 0x1C, 1, 2)
    set(machine, 0x14, 15, 1)
  }

  /// Makes the request of this number, from 1 on, and gives its answer.
  private static func call(_ machine: PowerMachine, _ number: UInt16) throws -> [UInt8] {
    let memory = machine.memory
    try memory.write(request, at: data)
    try memory.fill(64, at: data + 0x1000)
    for (index, part) in [(data, UInt32(request.count), 1), (data + 0x1000, 64, 2)].enumerated() {
      let place = rings + 16 * UInt64(index)
      try memory.write(part.0, at: place, .little)
      try memory.write(part.1, at: place + 8, .little)
      try memory.write(UInt16(part.2), at: place + 12, .little)
      try memory.write(UInt16(index + 1), at: place + 14, .little)
    }
    try memory.write(0 as UInt16, at: rings + 0x1004 + 2 * UInt64((number - 1) % 8), .little)
    try memory.write(number, at: rings + 0x1002, .little)
    set(machine, 0x3000, 0, 2)
    machine.finishDeviceWork()
    #expect(try memory.read(UInt16.self, at: rings + 0x2002, .little) == number)
    return try memory.read(request.count, at: data + 0x1000)
  }

  @Test(arguments: [true, false])
  func `a share continues elsewhere with what is open`(isDeterministic: Bool) throws {
    let server = EchoShare()
    let machine = try Self.machine(server, isDeterministic: isDeterministic)
    try Self.start(machine)
    #expect(try Self.call(machine, 1) == Self.request)
    var state: [UInt8] = []
    try machine.save { state += $0 }

    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices.pci == [Self.device])
    let other = EchoShare()
    let restored = try Self.machine(
      other, try saved.head.destination(), isDeterministic: isDeterministic)
    try restored.restore(saved)
    #expect(other.open.withLock { $0 } == Self.request)
    #expect(try Self.call(restored, 2) == Self.request)
    #expect(other.open.withLock { $0.count } == 2 * Self.request.count)
    #expect(server.open.withLock { $0 } == Self.request)
    // A guest that starts again has nothing open.
    restored.resetDevices()
    #expect(other.open.withLock { $0.isEmpty })
  }

  @Test func `a share that cannot be saved is named, until its driver is reset`() throws {
    let machine = try Self.machine(EchoShare(savesNothing: true))
    // No driver uses it yet.
    try machine.save { _ in }
    try Self.start(machine)
    _ = try Self.call(machine, 1)
    let error = #expect(throws: StateError.self) { try machine.save { _ in } }
    #expect(error.map { "\($0)".contains("share 'src': what its guest has open") } == true)
    machine.resetDevices()
    try machine.save { _ in }
  }

  @Test func `damaged states are refused or restored`() throws {
    let machine = try Self.machine(EchoShare())
    try Self.start(machine)
    _ = try Self.call(machine, 1)
    var state: [UInt8] = []
    try machine.save { state += $0 }
    for bytes in try DamagedStates(of: state, in: ["virtio", "share"], count: 100, seed: 9) {
      let saved = try SavedMachine(from: StateReader.source(of: bytes))
      let machine = try Self.machine(EchoShare())
      guard (try? machine.restore(saved)) != nil else { continue }
      // Whatever was restored, a driver can reset it and use it.
      machine.finishDeviceWork()
      machine.resetDevices()
      try machine.memory.fill(0x8000, at: Self.rings)
      try Self.start(machine)
      #expect(try Self.call(machine, 1) == Self.request)
    }
  }

  @Test func `a share needs a server`() throws {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.devices.pci = [Self.device]
    #expect(throws: MissingShareError(tag: "src")) {
      try PowerMachine(
        MachineConfiguration(description: description),
        console: HostConsole(input: -1, output: -1))
    }
    for tag in ["", "two words", String(repeating: "t", count: 37), "ü"] {
      description.devices.pci = [PCIDevice(.share(PCIDevice.Share(tag: tag)), number: 1)]
      #expect(throws: MachineDescriptionError.self) { try description.validate() }
    }
    description.devices.pci = [Self.device, PCIDevice(.share(.init(tag: "src")), number: 2)]
    #expect(throws: MachineDescriptionError.self) { try description.validate() }
  }
}
