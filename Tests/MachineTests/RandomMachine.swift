import HostSupport
import OpenFirmware
import MachineDescription
import PowerISA

/// A generator of the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var numbers: SplitMix64
  init(seed: UInt64) { numbers = SplitMix64(state: seed) }

  mutating func next() -> UInt64 { numbers.next() }

  mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &self) == 0 }
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func pick<T>(_ values: [T]) -> T { values.randomElement(using: &self)! }
}

/// Machines with random options of every kind. `everyFieldVaries` fails for a field of the
/// description that is left out here.
enum RandomMachine {
  /// - Parameter memoryBlocks: the most memory, in logical memory blocks.
  static func description(
    _ generator: inout SeededGenerator, memoryBlocks: Int = 80
  ) throws -> MachineDescription {
    let processor = generator.pick(ProcessorModel.all)
    let levels = CompatibilityLevel.allCases.filter { processor.supports($0) }
    let memory = UInt64(generator.number(1...memoryBlocks)) * MachineDescription.memoryBlock
    var machine = MachineDescription(
      processor: processor, maximumLevel: generator.pick([nil] + levels),
      topology: try topology(processor, &generator), memory: memory)
    if machine.processor.versions.count > 1, generator.chance(2) {
      machine.processor.versions.shuffle(using: &generator)
    }
    if generator.chance(2) {
      machine.maximumMemory += UInt64(generator.number(0...40)) * MachineDescription.memoryBlock
    }
    if generator.chance(2) { addNodes(to: &machine, &generator) }
    addDevices(to: &machine, &generator)
    addGuest(to: &machine, &generator)
    addIdentity(to: &machine, &generator)
    machine.flavor = generator.pick(MachineDescription.Flavor.allCases)
    machine.allowsRadix = !generator.chance(3)
    machine.allowsHashTableResize = !generator.chance(3)
    machine.hasPerformanceMonitor = !generator.chance(3)
    machine.hasKVMParavirtual = generator.chance(3)
    machine.largestHashPageShift = generator.pick([12, 16, 24, 34])
    machine.dynamicMemory = generator.pick(DynamicMemoryForm.allCases)
    try machine.validate()
    return machine
  }

  private static func topology(
    _ processor: ProcessorModel, _ generator: inout SeededGenerator
  ) throws -> ProcessorTopology {
    let threads = generator.pick([1, 2, 4, 8].filter { $0 <= processor.threads })
    let (cores, sockets) = (generator.number(1...3), generator.number(1...2))
    return try ProcessorTopology(
      processors: threads * generator.number(1...cores * sockets), threads: threads, cores: cores,
      sockets: sockets)
  }

  private static func addNodes(to machine: inout MachineDescription, _ g: inout SeededGenerator) {
    var blocks = Int(machine.memory / MachineDescription.memoryBlock)
    let count = g.number(1...4)
    for number in 0..<count {
      let share = number == count - 1 ? blocks : g.number(min(number == 0 ? 1 : 0, blocks)...blocks)
      blocks -= share
      machine.numaNodes.append(.init(memory: UInt64(share) * MachineDescription.memoryBlock))
    }
    // Whole cores, to any node.
    guard g.chance(2) else { return }
    let threads = machine.topology.threads
    for core in 0..<machine.topology.maximum / threads {
      let first = core * threads
      machine.numaNodes[g.number(0...count - 1)].processors.append(first...first + threads - 1)
    }
  }

  private static func addDevices(to machine: inout MachineDescription, _ g: inout SeededGenerator) {
    var units = Array(UInt32(0x7100_0000)...0x7100_00ff).shuffled(using: &g)
    machine.devices.terminals = (0..<g.number(0...3)).map { _ in units.removeLast() }
    machine.devices.nvram =
      g.chance(4)
      ? nil : .init(unitAddress: units.removeLast(), size: UInt32(g.number(512...4096)) * 16)
    machine.devices.random = !g.chance(3)
    machine.devices.clockSource = g.pick(MachineDescription.ClockSource.allCases)
    let numbers = Array(1...31 as ClosedRange<UInt8>).shuffled(using: &g)
    machine.devices.pci = numbers.prefix(g.pick([0, 0, 1, 3])).map { number in
      let bridge: UInt8 = g.pick([0, 0, 1, 63])
      if g.chance(3) {
        let share = PCIDevice.Share(
          tag: "folder\(number)", kind: g.pick(PCIDevice.Share.Kind.allCases))
        return PCIDevice(
          g.pick([.random, .balloon, .share(share)]), number: number, bridge: bridge)
      }
      let queues = g.number(1...PCIDevice.Disk.mostQueues)
      let disk = PCIDevice.Disk(
        serial: g.pick(["", "disk"]), queues: queues, isReadOnly: g.chance(3))
      let host = PCIDevice.SCSIHost(units: scsiUnits(&g), queues: queues)
      return PCIDevice(
        g.pick([.scsi(host), .block(disk), .nvme(disk)]), number: number, bridge: bridge)
    }
    machine.devices.scsiAdapters = (0..<g.pick([0, 0, 1, 2])).map { _ in
      VIODevice(.scsi(scsiUnits(&g)), at: units.removeLast())
    }
  }

  private static func scsiUnits(_ g: inout SeededGenerator) -> [SCSIDevice] {
    let targets = Array(0..<UInt8(SCSIDevice.mostTargets)).shuffled(using: &g)
    return targets.prefix(g.number(0...3)).map {
      SCSIDevice(
        g.pick(SCSIDevice.Kind.allCases), target: $0, serial: g.pick(["", "unit"]),
        isReadOnly: g.chance(3))
    }
  }

  private static func addGuest(to machine: inout MachineDescription, _ g: inout SeededGenerator) {
    func range() -> MachineDescription.MemoryRange? {
      g.chance(2)
        ? nil
        : .init(address: UInt64(g.number(0...200)) << 20, size: UInt64(g.number(1...50)) << 20)
    }
    machine.bootArguments = g.pick(["", "console=hvc0", "ü"])
    machine.bootOrder = g.pick([[], ["/pci@800000020000000/scsi@1:1,\\x", "disk"]])
    machine.bootProgram = g.pick([nil, .init(path: "/a:1"), .init(path: "", arguments: "b c")])
    machine.initrd = range()
    machine.kernel = range()
    machine.kernelIsLittleEndian = g.chance(2)
    machine.entry = g.pick(MachineDescription.Entry.allCases)
    machine.rtasAddress = g.pick([nil, UInt64(g.number(0...0xffff)) << 12])
    machine.randomSeed = (0..<g.number(0...32)).map { _ in .random(in: 0...255, using: &g) }
  }

  private static func addIdentity(to machine: inout MachineDescription, _ g: inout SeededGenerator)
  {
    machine.identity.number = UInt32(g.number(1...1000))
    if g.chance(2) { machine.identity.uuid = "12345678-9abc-def0-1234-56789abcdef0" }
    machine.identity.systemID = g.pick([nil, "IBM,01234567"])
    machine.identity.name = g.pick([nil, "", "guest"])
    machine.identity.model = g.pick([nil, "model"])
    machine.identity.hostModel = g.pick([nil, "host"])
    machine.identity.hostSerial = g.pick([nil, "serial"])
  }

  /// What a client program might send: any processors, any options.
  static func vector(_ g: inout SeededGenerator) throws -> ArchitectureVector {
    var bytes: [UInt8] = []
    func add(_ mask: UInt32, _ value: UInt32) {
      for word in [mask, value] { withUnsafeBytes(of: word.bigEndian) { bytes += $0 } }
    }
    let versions = ProcessorModel.all.map(\.version) + CompatibilityLevel.allCases.map(\.logicalPVR)
    for version in versions where !g.chance(4) { add(0xffff_ffff, version) }
    // The last one matches every processor, or none.
    add(0, g.chance(2) ? 0xffff_ffff : 1)
    let vectors = g.number(1...6)
    bytes.append(UInt8(vectors - 1))
    for _ in 0..<vectors {
      let count = g.number(1...28)
      bytes.append(UInt8(count - 1))
      for position in 1...count {
        // Neither "ignore" nor "cessation" all the time, and never too few processors.
        let byte = UInt8.random(in: 0...255, using: &g) | UInt8.random(in: 0...255, using: &g)
        bytes.append(position == 1 && !g.chance(4) ? byte & 0x3f : byte)
      }
    }
    return try ArchitectureVector(bytes)
  }
}
