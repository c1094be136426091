public import PowerISA

/// A machine as its user describes it: everything the tree and the running machine are made from.
public struct MachineDescription: Hashable, Sendable {
  /// The processor model of all processors.
  public var processor: ProcessorModel
  /// The newest level a client may get; nil lets it have the processor as it is.
  public var maximumLevel: CompatibilityLevel?
  /// How many processors there are, and in which cores and sockets.
  public var topology: ProcessorTopology
  /// Bytes of memory at start.
  public var memory: UInt64
  /// Bytes of memory there may be.
  public var maximumMemory: UInt64
  /// NUMA nodes; none means one node with everything.
  public var numaNodes: [NUMANode] = []
  /// The devices that the machine has at start.
  public var devices = Devices()
  /// `bootargs`: the kernel's command line.
  public var bootArguments = ""
  /// The devices from which the firmware starts a program, in this order: device specifiers, without
  /// any those of the NVRAM and then every disk.
  public var bootOrder: [String] = []
  /// The program that the firmware has started from a disk.
  public var bootProgram: BootProgram?
  /// Where an initial ram disk is.
  public var initrd: MemoryRange?
  /// Where the kernel is.
  public var kernel: MemoryRange?
  /// True if the kernel at ``kernel`` is entered in little-endian mode.
  public var kernelIsLittleEndian = false
  /// How the client is entered.
  public var entry = Entry.openFirmware
  /// Where RTAS is, for a client that is not given the chance to instantiate it.
  public var rtasAddress: UInt64?
  /// Which platform's tree is made: LoPAR's or QEMU's.
  public var flavor = Flavor.lopar
  /// The names and numbers that the tree gives of host and partition.
  public var identity = Identity()
  /// Whether a processor that has radix translation lets a client use it.
  public var allowsRadix = true
  /// Whether a client may ask for another size of its hashed page table.
  public var allowsHashTableResize = true
  /// Whether counters of the performance monitor count.
  public var hasPerformanceMonitor = true
  /// Whether KVM's hypercalls are served too, and advertised in `/hypervisor`.
  public var hasKVMParavirtual = false
  /// The logarithm of the largest page a client may use with hash translation.
  public var largestHashPageShift = 16
  /// How memory is described before a client has negotiated.
  public var dynamicMemory = DynamicMemoryForm.none
  /// Bytes for `rng-seed`; none leaves the property out.
  public var randomSeed: [UInt8] = []

  /// The smallest piece of memory that can be given to a partition: a logical memory block.
  public static let memoryBlock: UInt64 = 256 << 20
  /// The most memory; hash translation is defined for real addresses of up to 60 bits, but no
  /// processor here has more than 46 that partitions can use.
  public static let memoryLimit: UInt64 = 64 << 40

  /// A machine of `memory` bytes that can grow to `maximumMemory`, or cannot grow where that is
  /// nil.
  public init(
    processor: ProcessorModel = .power11, maximumLevel: CompatibilityLevel? = nil,
    topology: ProcessorTopology, memory: UInt64 = 1 << 30, maximumMemory: UInt64? = nil
  ) {
    self.processor = processor
    self.maximumLevel = maximumLevel
    self.topology = topology
    self.memory = memory
    self.maximumMemory = maximumMemory ?? memory
  }

  /// Bytes from 0 that `/memory@0` holds: what a client may use before it can translate.
  public var realModeArea: UInt64 { min(numaNodes.first?.memory ?? memory, 16 << 30) }

  /// Whose choice counts where LoPAR's text and QEMU's pseries machine disagree.
  public enum Flavor: String, CaseIterable, Hashable, Sendable {
    case lopar
    case qemu
  }

  /// How a client program is entered.
  public enum Entry: String, CaseIterable, Hashable, Sendable {
    /// With a client interface to call.
    case openFirmware = "open-firmware"
    /// With the tree in r3 and RTAS already instantiated.
    case flat
  }

  /// A program that was started from a disk or the network.
  public struct BootProgram: Hashable, Sendable {
    /// `bootpath`: the device specifier.
    public var path: String
    /// `bootargs` that came with it, in place of ``MachineDescription/bootArguments``.
    public var arguments: String?
    /// `bootp-response`: the message of the server that gave the client's addresses; empty for none.
    public var response: [UInt8]

    /// A program by its device specifier.
    public init(path: String, arguments: String? = nil, response: [UInt8] = []) {
      (self.path, self.arguments, self.response) = (path, arguments, response)
    }
  }

  /// Bytes of real memory.
  public struct MemoryRange: Hashable, Sendable {
    /// The real address of the first byte.
    public var address: UInt64
    /// Bytes.
    public var size: UInt64

    /// `size` bytes at `address`.
    public init(address: UInt64, size: UInt64) {
      self.address = address
      self.size = size
    }
  }

  /// Who the partition is.
  public struct Identity: Hashable, Sendable {
    /// The machine's UUID, in lower case with hyphens.
    public var uuid = "00000000-0000-0000-0000-000000000000"
    /// `system-id`; when nil, what ``hostSerial`` makes, or of flavor QEMU the uuid.
    public var systemID: String?
    /// `ibm,partition-name`; nil when the partition has none.
    public var name: String?
    /// `ibm,partition-no`.
    public var number: UInt32 = 1
    /// `model`; when nil, what ``hostModel`` makes, or a usual one.
    public var model: String?
    /// Type and model of the machine that the partition is on: `9080-HEX`.
    public var hostModel: String?
    /// Its serial number, plant of manufacture and sequence: `06ABCDE`.
    public var hostSerial: String?

    /// The identity of a machine whose user gives none.
    public init() {}
  }

  /// Virtual devices, by unit address.
  public struct Devices: Hashable, Sendable {
    /// The unit address of the first device that is given none: QEMU's.
    public static let firstUnitAddress: UInt32 = 0x7100_0000

    /// Devices of the VIO bus, each with a unit address and an interrupt source of its own.
    public var vio: [VIODevice] = [
      VIODevice(.terminal, at: firstUnitAddress),
      VIODevice(.nvram(size: 64 << 10), at: firstUnitAddress + 1),
    ]
    /// The random number generator behind H_RANDOM.
    public var random = true
    /// Devices on the bus of the first PCI host bridge; without any there is no bridge.
    public var pci: [PCIDevice] = []
    /// What moves the real-time clock.
    public var clockSource = ClockSource.host

    /// A VIO device behind which `nvram-fetch` and `nvram-store` keep bytes.
    public struct NVRAM: Hashable, Sendable {
      /// The unit address among VIO devices.
      public var unitAddress: UInt32
      /// Bytes.
      public var size: UInt32

      /// Non-volatile memory of `size` bytes.
      public init(unitAddress: UInt32, size: UInt32) {
        self.unitAddress = unitAddress
        self.size = size
      }
    }

    /// One terminal, non-volatile memory of 64 KiB and a random number generator.
    public init() {}
  }

  /// What moves the real-time clock, in the words of QEMU's `-rtc clock=`.
  public enum ClockSource: String, CaseIterable, Hashable, Sendable {
    /// The host's time of day, with its corrections.
    case host
    /// The host's time since the machine started, which no correction changes.
    case rt
    /// The guest's own time, which stands still while the guest does.
    case vm
  }

  /// A NUMA node.
  public struct NUMANode: Hashable, Sendable {
    /// Bytes of memory at start.
    public var memory: UInt64
    /// Processors by number, threads counted.
    public var processors: [ClosedRange<Int>]
    /// How far each node is from this one; nodes that are not named are 20 away, the node itself 10.
    public var distances: [Int: Int]

    /// A node with its memory in bytes, its processors, and distances by the number of the other
    /// node.
    public init(
      memory: UInt64, processors: [ClosedRange<Int>] = [], distances: [Int: Int] = [:]
    ) {
      self.memory = memory
      self.processors = processors
      self.distances = distances
    }
  }
}
