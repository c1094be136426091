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

/// A machine with a disk in use is saved and restored, and continues with the disk.
@Suite struct DiskMachineTests {
  private static func description() throws -> MachineDescription {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.devices.pci = [DiskDriver.device]
    return description
  }

  private static func machine(
    _ storage: any BlockStorage, isDeterministic: Bool = true,
    _ description: MachineDescription? = nil
  ) throws -> PowerMachine {
    var configuration = MachineConfiguration(
      description: try description ?? Self.description())
    configuration.isDeterministic = isDeterministic
    configuration.storage[.pci(1)] = storage
    return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
  }

  private static func sections(_ state: [UInt8]) throws -> [String: [UInt8]] {
    var sections: [String: [UInt8]] = [:]
    var reader = try StateReader(from: StateReader.source(of: state))
    while let section = try reader.next() { sections[section.bytes.title] = section.payload }
    return sections
  }

  private static func sector(_ seed: Int) -> [UInt8] {
    (0..<512).map { UInt8(truncatingIfNeeded: $0 * 7 + seed) }
  }

  @Test func `with time in instructions a request is done with the store that notifies`() throws {
    let storage = MemoryStorage()
    var driver = DiskDriver(machine: try Self.machine(storage))
    try driver.start()
    try driver.machine.memory.write(Self.sector(1), at: DiskDriver.data)
    try driver.submit(DiskDriver.writeKind, sector: 3)
    #expect(try driver.answer() == 0)
    #expect(Array(storage.bytes[3 * 512..<4 * 512]) == Self.sector(1))
  }

  @Test(arguments: [true, false])
  func `a disk continues where it was saved`(isDeterministic: Bool) throws {
    // Requests that are in progress when the machine is saved take a while.
    let storage = MemoryStorage { if !isDeterministic { usleep(20_000) } }
    var driver = DiskDriver(
      machine: try Self.machine(storage, isDeterministic: isDeterministic))
    try driver.machine.powerOn()
    try driver.start()
    for number in 0..<12 {
      try driver.machine.memory.write(Self.sector(number), at: DiskDriver.data)
      try driver.submit(DiskDriver.writeKind, sector: UInt64(number))
      if number < 11 { driver.machine.finishDeviceWork() }
    }
    if !isDeterministic { #expect(try driver.answer() == nil) }
    var state: [UInt8] = []
    try driver.machine.save { state += $0 }
    #expect(try driver.answer() == 0)

    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices == (try Self.description().devices))
    let restored = try Self.machine(
      storage, isDeterministic: isDeterministic, try saved.head.destination())
    try restored.restore(saved)
    var again: [UInt8] = []
    try restored.save { again += $0 }
    if isDeterministic {
      let (first, second) = (try Self.sections(state), try Self.sections(again))
      #expect(first.keys.sorted() == second.keys.sorted())
      #expect(first.keys.filter { first[$0] != second[$0] }.sorted() == [])
    }
    var second = DiskDriver(machine: restored, requests: driver.requests)
    #expect(try second.answer() == 0)
    #expect(try second.get(0x14, 1) == 15)
    for number in 0..<12 {
      try second.submit(DiskDriver.readKind, sector: UInt64(number))
      restored.finishDeviceWork()
      #expect(try second.answer() == 0)
      #expect(try restored.memory.read(512, at: DiskDriver.data) == Self.sector(number))
    }
    // The line is asserted on both sides, until the status is read.
    #expect(try second.get(0x1000, 1) == 1)
  }

  /// Device 1 of two bridges: registers, windows and saved states are apart.
  @Test func `each bridge has its own devices`() throws {
    let storage = [MemoryStorage(), MemoryStorage()]
    var description = try Self.description()
    var second = DiskDriver.device
    second.place.bridge = 1
    description.devices.pci.append(second)
    func machine() throws -> PowerMachine {
      var configuration = MachineConfiguration(description: description)
      configuration.isDeterministic = true
      configuration.storage = [.pci(1): storage[0], .pci(PCIPlace(1, bridge: 1)): storage[1]]
      return try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    }
    let first = try machine()
    try first.powerOn()
    var requests: UInt16 = 0
    for (number, device) in description.devices.pci.enumerated() {
      var driver = DiskDriver(machine: first, device: device)
      try driver.start()
      try first.memory.write(Self.sector(number), at: DiskDriver.data)
      try driver.submit(DiskDriver.writeKind, sector: 0)
      #expect(try driver.answer() == 0)
      #expect(Array(storage[number].bytes[..<512]) == Self.sector(number))
      requests = driver.requests
    }
    #expect(Set(first.bridges.values.flatMap { $0.dma.tables.map(\.bus) }).count == 2)
    var state: [UInt8] = []
    try first.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.devices == description.devices)
    let restored = try machine()
    try restored.restore(saved)
    var driver = DiskDriver(machine: restored, requests: requests, device: second)
    try driver.submit(DiskDriver.readKind, sector: 0)
    #expect(try driver.answer() == 0)
    #expect(try restored.memory.read(512, at: DiskDriver.data) == Self.sector(1))
  }

  @Test func `a restart stops the disk, and memory is not written any more`() throws {
    let storage = MemoryStorage { usleep(20_000) }
    var driver = DiskDriver(machine: try Self.machine(storage, isDeterministic: false))
    try driver.start()
    try driver.submit(DiskDriver.readKind, sector: 0)
    driver.machine.resetDevices()
    driver.machine.memory.clear()
    driver.machine.finishDeviceWork()
    #expect(try driver.machine.memory.read(512, at: DiskDriver.data).allSatisfy { $0 == 0 })
    driver.requests = 0
    try driver.start()
    try driver.submit(DiskDriver.readKind, sector: 0)
    driver.machine.finishDeviceWork()
    #expect(try driver.answer() == 0)
  }

  @Test func `another disk, or none, is refused`() throws {
    let machine = try Self.machine(MemoryStorage())
    var state: [UInt8] = []
    try machine.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    let other = try Self.machine(MemoryStorage(sectors: 17))
    #expect(throws: StateError.self) { try other.restore(saved) }
    let configuration = MachineConfiguration(description: try Self.description())
    #expect(throws: MissingStorageError(address: .pci(1))) {
      try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    }
  }

  @Test func `what is forgotten at the end cannot be saved`() throws {
    let machine = try Self.machine(MemoryStorage(isLasting: false))
    #expect(throws: StateError.self) { try machine.save { _ in } }
  }

  @Test func `older versions of the machine have no disks`() throws {
    let machine = try Self.machine(MemoryStorage())
    #expect(throws: StateError.self) { try machine.save(version: .v1_2) { _ in } }
  }

  @Test func `damaged states are refused or restored`() throws {
    var driver = DiskDriver(machine: try Self.machine(MemoryStorage()))
    try driver.start()
    try driver.submit(DiskDriver.readKind, sector: 1)
    var state: [UInt8] = []
    try driver.machine.save { state += $0 }
    for bytes in try DamagedStates(
      of: state, in: ["phb", "tce", "pci", "virtio", "blk"], count: 80, seed: 14)
    {
      let saved = try SavedMachine(from: StateReader.source(of: bytes))
      let machine = try Self.machine(MemoryStorage())
      guard (try? machine.restore(saved)) != nil else { continue }
      // Whatever was restored, a driver can use or reset it.
      var second = DiskDriver(machine: machine, requests: driver.requests)
      if second.isPlaced { _ = try? second.submit(DiskDriver.readKind, sector: 1) }
      machine.resetDevices()
      second.requests = 0
      try second.start()
      try second.submit(DiskDriver.readKind, sector: 1)
      #expect(try second.answer() == 0)
    }
  }
}
