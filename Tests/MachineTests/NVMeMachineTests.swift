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

/// A machine with an NVMe disk in use is saved and restored, and continues with it.
@Suite struct NVMeMachineTests {
  private static let place = StoragePlace.pci(1)
  private static let device = PCIDevice(
    .nvme(PCIDevice.Disk(serial: "disk", queues: 2)), number: 1)
  // Real addresses, which are bus addresses too.
  private static let queues: UInt64 = 0x700_0000
  private static let data: UInt64 = 0x701_0000
  private static let entries = 8

  private static func machine(
    _ storage: any BlockStorage, isDeterministic: Bool = true,
    _ description: MachineDescription? = nil
  ) throws -> PowerMachine {
    var usual = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    usual.devices.pci = [device]
    var configuration = MachineConfiguration(description: description ?? usual)
    configuration.isDeterministic = isDeterministic
    configuration.storage[place] = storage
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  /// A driver outside the guest, with a queue of each kind for administration and for I/O.
  private struct Driver {
    let machine: PowerMachine
    /// Commands that were sent, by queue.
    var sent = [0, 0]

    private var registers: UInt64 {
      let layout = PCIBridgeLayout(number: 0)
      return layout.memory64.real + device.address(of: PCIDevice.nvmeRegion)
        - layout.memory64.bus
    }

    var isPlaced: Bool { machine.partition.space.region(at: registers, count: 0x4000) != nil }

    func set(_ register: UInt64, _ value: UInt64, _ size: Int = 4) {
      #expect(
        machine.partition.space.store(
          value.reversed(bytes: size), at: registers + register, size: size))
      machine.devicesAccessed()
    }

    func submission(_ queue: Int) -> UInt64 { queues + 0x1000 * UInt64(queue) }
    func completion(_ queue: Int) -> UInt64 { queues + 0x8000 + 0x1000 * UInt64(queue) }

    mutating func start() throws {
      let bridge = try #require(machine.bridges[0])
      try bridge.write(6, PCIConfigurationAddress(rawValue: 1 << 11 | 4), size: 2)
      let table = try #require(bridge.dma.tables.first)
      for page in (queues >> 12)..<(queues >> 12) + 0x20 { table[page] = page << 12 | 3 }
      try machine.memory.fill(0x1_0000, at: queues)
      sent = [0, 0]
      set(0x14, 0)
      set(0x24, UInt64(entries - 1) * 0x1_0001)
      set(0x28, submission(0), 8)
      set(0x30, completion(0), 8)
      set(0x14, 0x46_0001)
      let size = UInt32(entries - 1) << 16 | 1
      try submit(0, [0: 5, 6: UInt32(completion(1)), 10: size, 11: 3])
      try submit(0, [0: 1, 6: UInt32(submission(1)), 10: size, 11: 0x1_0001])
      machine.finishDeviceWork()
      #expect(try status(0) == 0)
    }

    /// Sends a command and does not wait.
    mutating func submit(_ queue: Int, _ words: [Int: UInt32]) throws {
      let entry = submission(queue) + 64 * UInt64(sent[queue] % entries)
      try machine.memory.fill(64, at: entry)
      for (place, word) in words {
        try machine.memory.write(word, at: entry + 4 * UInt64(place), .little)
      }
      sent[queue] += 1
      set(0x1000 + 8 * UInt64(queue), UInt64(sent[queue] % entries))
    }

    /// Reads or writes a block at ``data``.
    mutating func block(_ operation: UInt32, _ block: Int) throws {
      try submit(1, [0: operation, 1: 1, 6: UInt32(data), 10: UInt32(block)])
    }

    /// The status of the last command of a queue, which is taken; nil when it has not been answered.
    func status(_ queue: Int) throws -> UInt64? {
      let last = sent[queue] - 1
      let word = try machine.memory.read(
        UInt64.self, at: completion(queue) + 16 * UInt64(last % entries) + 8, .little)
      guard word >> 48 & 1 == (last / entries % 2 == 0 ? 1 : 0) else { return nil }
      set(0x1004 + 8 * UInt64(queue), UInt64(sent[queue] % entries))
      return word >> 49
    }
  }

  private static func sector(_ seed: Int) -> [UInt8] {
    (0..<512).map { UInt8(truncatingIfNeeded: $0 * 7 + seed) }
  }

  @Test(arguments: [true, false])
  func `a disk continues where it was saved`(isDeterministic: Bool) throws {
    let storage = MemoryStorage { if !isDeterministic { usleep(20_000) } }
    var driver = Driver(machine: try Self.machine(storage, isDeterministic: isDeterministic))
    try driver.machine.powerOn()
    try driver.start()
    // An event that waits for its command, a feature, an error, and a command that waits for an event.
    driver.set(0x1000, 77)
    try driver.submit(0, [0: 9, 10: 8, 11: 0x123])
    try driver.submit(0, [0: 0x7F])
    for number in 0..<12 {
      try driver.machine.memory.write(Self.sector(number), at: Self.data)
      try driver.block(1, number)
      if number < 11 {
        driver.machine.finishDeviceWork()
        #expect(try driver.status(1) == 0)
      }
    }
    // The last one is in progress.
    if !isDeterministic { #expect(try driver.status(1) == nil) }
    var state: [UInt8] = []
    try driver.machine.save { state += $0 }

    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices.pci == [Self.device])
    let restored = try Self.machine(
      storage, isDeterministic: isDeterministic, try saved.head.destination())
    try restored.restore(saved)
    var again: [UInt8] = []
    try restored.save { again += $0 }
    if isDeterministic { #expect(state == again) }
    var second = Driver(machine: restored, sent: driver.sent)
    #expect(try second.status(1) == 0)
    for number in 0..<12 {
      try second.block(2, number)
      restored.finishDeviceWork()
      #expect(try second.status(1) == 0)
      #expect(try restored.memory.read(512, at: Self.data) == Self.sector(number))
    }
    try second.submit(0, [0: 10, 10: 8])
    let answer = second.completion(0) + 16 * UInt64(second.sent[0] - 1)
    #expect(try restored.memory.read(UInt32.self, at: answer, .little) == 0x123)
    try second.submit(0, [0: 12])
    #expect(try restored.memory.read(UInt32.self, at: answer + 16, .little) == 0x1_0100)
  }

  @Test func `a restart stops the controller, and memory is not written any more`() throws {
    var driver = Driver(
      machine: try Self.machine(MemoryStorage { usleep(20_000) }, isDeterministic: false))
    try driver.start()
    try driver.block(2, 0)
    driver.machine.resetDevices()
    driver.machine.memory.clear()
    driver.machine.finishDeviceWork()
    #expect(try driver.machine.memory.read(0x2_0000, at: Self.queues).allSatisfy { $0 == 0 })
    try driver.start()
    try driver.block(2, 0)
    driver.machine.finishDeviceWork()
    #expect(try driver.status(1) == 0)
  }

  /// A reset that RTAS asks for, as after an error of the partition's endpoint.
  @Test func `a reset of its slot stops the controller`() throws {
    var driver = Driver(machine: try Self.machine(MemoryStorage()))
    try driver.start()
    let (bridge, address) = (
      try #require(driver.machine.bridges[0]), PCIConfigurationAddress(rawValue: 1 << 11)
    )
    try bridge.setEndpointState(.reset, address)
    #expect(!driver.isPlaced)
    try bridge.setEndpointState(.ready, address)
    try driver.start()
    try driver.block(2, 0)
    #expect(try driver.status(1) == 0)
  }

  @Test func `another disk, or none, is refused`() throws {
    var state: [UInt8] = []
    try Self.machine(MemoryStorage()).save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    let other = try Self.machine(MemoryStorage(sectors: 17))
    #expect(throws: StateError.self) { try other.restore(saved) }
    #expect(throws: StateError.self) {
      try Self.machine(MemoryStorage(isLasting: false)).save { _ in }
    }
  }

  @Test func `damaged states are refused or restored`() throws {
    var driver = Driver(machine: try Self.machine(MemoryStorage()))
    try driver.start()
    try driver.block(2, 1)
    driver.set(0x1000, 77)
    try driver.submit(0, [0: 9, 10: 8, 11: 0x123])
    try driver.submit(0, [0: 0x7F])
    var state: [UInt8] = []
    try driver.machine.save { state += $0 }
    for bytes in try DamagedStates(
      of: state, in: ["phb", "tce", "pci", "nvme"], count: 40, seed: 16)
    {
      let saved = try SavedMachine(from: StateReader.source(of: bytes))
      let machine = try Self.machine(MemoryStorage())
      guard (try? machine.restore(saved)) != nil else { continue }
      // Whatever was restored, a driver can use or reset it.
      var second = Driver(machine: machine, sent: driver.sent)
      if second.isPlaced { for _ in 0..<20 { try? second.block(2, 1) } }
      machine.resetDevices()
      try second.start()
      try second.block(2, 1)
      #expect(try second.status(1) == 0)
    }
  }
}
