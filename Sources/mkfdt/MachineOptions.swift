internal import ArgumentParser
internal import PlatformTree
internal import PowerISA

/// Which translation a client may use.
enum TranslationChoice: String, CaseIterable, ExpressibleByArgument {
  case either
  case hash
}

/// The options that describe a machine.
struct MachineOptions: ParsableArguments {
  @Option(help: "The processor. Default: the newest that supports the level.")
  var cpu: ProcessorName?

  @Option(
    name: [.customLong("compat"), .customLong("max-compat")],
    help: "The newest compatibility level a guest may get; none for the processor as it is.")
  var compat: LevelName?

  @Option(
    help: ArgumentHelp(
      "Processors, and what they form.", discussion: "Default: 1, one thread to a core.",
      valueName: "N[,threads=T][,cores=C][,sockets=S][,maxcpus=M]"))
  var smp: ProcessorCounts?

  @Option(help: ArgumentHelp("Memory, in multiples of 256M. Default: 1G.", valueName: "size"))
  var memory: ByteCount?

  @Option(help: ArgumentHelp("Memory there may be. Default: as --memory.", valueName: "size"))
  var maxMemory: ByteCount?

  @Option(
    help: ArgumentHelp(
      "A NUMA node; once for each.", valueName: "memory=SIZE[,cpus=FIRST-LAST]..."))
  var numa: [NUMANodeArgument] = []

  @Option(help: "How memory beyond the real-mode area is described before a guest asks.")
  var dynamicMemory = DynamicMemoryForm.none

  @Option(help: ArgumentHelp("The kernel's command line.", valueName: "text"))
  var bootargs = ""

  @Option(help: ArgumentHelp("Where an initial ram disk is.", valueName: "address,size"))
  var initrd: AddressAndSize?

  @Option(help: ArgumentHelp("Where the kernel is.", valueName: "address,size"))
  var kernel: AddressAndSize?

  @Option(
    help: "How the guest is entered; flat: with the tree in r3 and RTAS already instantiated.")
  var entry = MachineDescription.Entry.openFirmware

  @Option(help: ArgumentHelp("Where RTAS is, for --entry flat.", valueName: "address"))
  var rtas: ByteCount?

  @Option(
    name: .customLong("vty"),
    help: ArgumentHelp(
      "A terminal at a unit address; once for each. Default: 0x71000000.", valueName: "unit"))
  var terminals: [UnitAddress] = []

  @Flag(help: "No terminal.")
  var noVty = false

  @Option(
    help: ArgumentHelp("NVRAM at a unit address. Default: 0x71000001.", valueName: "unit"))
  var nvram: UnitAddress?

  @Option(help: ArgumentHelp("Size of the NVRAM. Default: 64K.", valueName: "size"))
  var nvramSize: ByteCount?

  @Flag(help: "No NVRAM.")
  var noNvram = false

  @Flag(help: "No random number generator.")
  var noRandom = false

  @Option(help: "Translation a guest may use.")
  var translation = TranslationChoice.either

  @Option(help: "Whose choice counts where LoPAR and QEMU disagree.")
  var flavor = MachineDescription.Flavor.lopar

  @Option(help: ArgumentHelp("The partition's UUID.", valueName: "uuid"))
  var uuid: String?

  @Option(help: ArgumentHelp("The partition's name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("The machine's model.", valueName: "text"))
  var model: String?

  @Option(help: ArgumentHelp("The host's model, for the guest to see.", valueName: "text"))
  var hostModel: String?

  @Option(help: ArgumentHelp("The host's serial number.", valueName: "text"))
  var hostSerial: String?

  @Option(
    help: ArgumentHelp(
      "Random bytes for the guest: hexadecimal digits, or random for 32 new ones. Default: none.",
      valueName: "hex"))
  var rngSeed: String?

  /// The machine they describe.
  func description() throws -> MachineDescription {
    let level = compat?.level
    let counts = smp
    let topology = try ProcessorTopology(
      processors: counts?.processors ?? (counts == nil ? 1 : nil), threads: counts?.threads,
      cores: counts?.cores, sockets: counts?.sockets, maximum: counts?.maximum)
    var description = MachineDescription(
      processor: cpu?.processor ?? .newest(supporting: level), maximumLevel: level,
      topology: topology, memory: memory?.bytes ?? 1 << 30, maximumMemory: maxMemory?.bytes)
    description.numaNodes = numa.map(\.node)
    description.dynamicMemory = dynamicMemory
    description.bootArguments = bootargs
    description.initrd = initrd?.range
    description.kernel = kernel?.range
    description.entry = entry
    description.rtasAddress = rtas?.bytes
    description.flavor = flavor
    description.allowsRadix = translation == .either
    description.randomSeed = try seed()
    try addDevices(to: &description)
    addIdentity(to: &description)
    return description
  }

  private func addDevices(to description: inout MachineDescription) throws {
    if !terminals.isEmpty {
      if noVty { throw Failure.usage("--no-vty: there is a --vty as well") }
      description.devices.terminals = terminals.map(\.value)
    }
    if noVty { description.devices.terminals = [] }
    if noNvram {
      if nvram != nil || nvramSize != nil {
        throw Failure.usage("--no-nvram: there is a --nvram as well")
      }
      description.devices.nvram = nil
    } else {
      if let nvram { description.devices.nvram?.unitAddress = nvram.value }
      if let nvramSize {
        description.devices.nvram?.size = UInt32(clamping: nvramSize.bytes)
      }
    }
    description.devices.random = !noRandom
  }

  private func addIdentity(to description: inout MachineDescription) {
    if let uuid { description.identity.uuid = uuid }
    description.identity.name = name
    description.identity.model = model
    description.identity.hostModel = hostModel
    description.identity.hostSerial = hostSerial
  }

  private func seed() throws(Failure) -> [UInt8] {
    guard let rngSeed else { return [] }
    if rngSeed == "random" {
      return (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    }
    guard let bytes = Hexadecimal.bytes(rngSeed) else {
      throw .usage("--rng-seed: '\(rngSeed)' is neither random nor an even number of hex digits")
    }
    return bytes
  }
}
