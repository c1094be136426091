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

/// A machine with a VSCSI adapter in use is saved and restored, and continues with its disk.
@Suite struct SCSIMachineTests {
  private static let unit: UInt32 = 0x7100_0002
  private static let place = StoragePlace.virtual(unit, target: 0)
  // Real addresses, which are bus addresses too.
  private static let queue: UInt64 = 0x700_0000
  private static let request: UInt64 = 0x700_1000
  private static let data: UInt64 = 0x700_2000

  private static func description() throws -> MachineDescription {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.devices.scsiAdapters = [
      VIODevice(.scsi([SCSIDevice(.disk, target: 0, serial: "disk")]), at: unit)
    ]
    return description
  }

  private static func machine(
    _ storage: any BlockStorage, isDeterministic: Bool = true,
    _ description: MachineDescription? = nil
  ) throws -> PowerMachine {
    var configuration = MachineConfiguration(
      description: try description ?? Self.description())
    configuration.isDeterministic = isDeterministic
    configuration.storage[place] = storage
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  private static func entry(_ length: Int) -> QueueEntry {
    QueueEntry(high: 0x8001_0000_0000_0000 | UInt64(length), low: request)
  }

  /// Entries of the guest's queue, from one on.
  private static func entries(_ machine: PowerMachine, from first: UInt64 = 0) throws -> Int {
    try (first..<256).prefix {
      try machine.memory.read(UInt8.self, at: queue + 16 * $0) != 0
    }.count
  }

  /// Maps memory and logs in.
  private static func start(_ machine: PowerMachine) throws {
    let crq = try #require(machine.scsiAdapters.first).queue
    let window = try #require(crq.dma.tables.first)
    for page in (queue >> 12)..<(queue >> 12) + 16 { window[page] = page << 12 | 3 }
    try machine.memory.fill(0x1_0000, at: queue)
    try crq.register(at: queue, size: 0x1000)
    try crq.receive(.initialize)
    var login = [UInt8](repeating: 0, count: 64)
    (login[19], login[25]) = (0x80, 6)
    try machine.memory.write(login, at: request)
    try crq.receive(entry(64))
    #expect(try entries(machine) == 2)
    // The unit attention condition of power-on.
    try send([0], machine)
    machine.finishDeviceWork()
  }

  /// Sends a command whose buffer is one sector, and does not wait.
  private static func send(
    _ block: [UInt8], isOut: Bool = false, _ machine: PowerMachine
  ) throws {
    var bytes = [UInt8](repeating: 0, count: 64)
    (bytes[0], bytes[5], bytes[20]) = (2, isOut ? 0x10 : 1, 0x80)
    bytes.replaceSubrange(32..<32 + block.count, with: block)
    for index in 0..<8 {
      bytes[48 + index] = UInt8(truncatingIfNeeded: data >> UInt64(56 - 8 * index))
    }
    bytes[62] = 2
    try machine.memory.write(bytes, at: request)
    try #require(machine.scsiAdapters.first).queue.receive(entry(64))
  }

  private static func sector(_ seed: Int) -> [UInt8] {
    (0..<512).map { UInt8(truncatingIfNeeded: $0 * 7 + seed) }
  }

  private static func ten(_ operation: UInt8, _ sector: Int) -> [UInt8] {
    [operation, 0, 0, 0, 0, UInt8(sector), 0, 0, 1, 0]
  }

  @Test(arguments: [true, false])
  func `a disk continues where it was saved`(isDeterministic: Bool) throws {
    let storage = MemoryStorage { if !isDeterministic { usleep(20_000) } }
    let machine = try Self.machine(storage, isDeterministic: isDeterministic)
    try machine.powerOn()
    try Self.start(machine)
    for number in 0..<8 {
      try machine.memory.write(Self.sector(number), at: Self.data)
      try Self.send(Self.ten(0x2A, number), isOut: true, machine)
      if number < 7 { machine.finishDeviceWork() }
    }
    // The last one is in progress.
    if !isDeterministic { #expect(try Self.entries(machine) == 10) }
    var state: [UInt8] = []
    try machine.save { state += $0 }
    #expect(try Self.entries(machine) == 11)

    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices == (try Self.description().devices))
    let restored = try Self.machine(
      storage, isDeterministic: isDeterministic, try saved.head.destination())
    try restored.restore(saved)
    var again: [UInt8] = []
    try restored.save { again += $0 }
    if isDeterministic { #expect(state == again) }
    for number in 0..<8 {
      try Self.send(Self.ten(0x28, number), restored)
      restored.finishDeviceWork()
      #expect(try restored.memory.read(512, at: Self.data) == Self.sector(number))
      #expect(try restored.memory.read(UInt8.self, at: Self.request + 19) == 0)
    }
    // Entries continue where they were.
    #expect(try Self.entries(restored) == 19)
  }

  @Test func `a restart stops the adapter, and memory is not written any more`() throws {
    let machine = try Self.machine(MemoryStorage { usleep(20_000) }, isDeterministic: false)
    try Self.start(machine)
    try Self.send(Self.ten(0x28, 0), machine)
    machine.partition.reset()
    machine.memory.clear()
    machine.finishDeviceWork()
    #expect(try machine.memory.read(0x1_0000, at: Self.queue).allSatisfy { $0 == 0 })
    #expect(machine.scsiAdapters[0].queue.dma.tables[0].entries(0..<65536).isEmpty)
    try Self.start(machine)
    try Self.send(Self.ten(0x28, 0), machine)
    machine.finishDeviceWork()
    #expect(try Self.entries(machine) == 4)
  }

  @Test func `another disk, or none, is refused`() throws {
    var state: [UInt8] = []
    try Self.machine(MemoryStorage()).save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    let other = try Self.machine(MemoryStorage(sectors: 17))
    #expect(throws: StateError.self) { try other.restore(saved) }
    let configuration = MachineConfiguration(description: try Self.description())
    #expect(throws: MissingStorageError(address: Self.place)) {
      try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    }
    #expect(throws: StateError.self) {
      try Self.machine(MemoryStorage(isLasting: false)).save { _ in }
    }
  }

  @Test func `damaged states are refused or restored`() throws {
    let machine = try Self.machine(MemoryStorage())
    try Self.start(machine)
    try Self.send(Self.ten(0x28, 1), machine)
    var state: [UInt8] = []
    try machine.save { state += $0 }
    for bytes in try DamagedStates(of: state, in: ["vscsi", "tce", "vio"], count: 60, seed: 15) {
      let saved = try SavedMachine(from: StateReader.source(of: bytes))
      let machine = try Self.machine(MemoryStorage())
      guard (try? machine.restore(saved)) != nil else { continue }
      // Whatever was restored, a client can use or close it.
      try? Self.send(Self.ten(0x28, 1), machine)
      machine.finishDeviceWork()
      machine.partition.reset()
      try Self.start(machine)
    }
  }
}
