package import ArgumentParser
package import MachineDescription
internal import PowerISA

/// Which translation a client may use.
package enum TranslationChoice: String, CaseIterable, ExpressibleByArgument {
  case either
  case hash
}

/// The options that describe a machine.
package struct MachineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The machine as libvirt's domain XML describes it; other options override what it says.",
      valueName: "file"))
  package var domain: String?

  @Option(
    help: """
      The processor. Default: the newest that supports the level of --compat; without --compat \
      \(ProcessorModel.newest(supporting: nil).name), which Linux supports since 6.9.
      """)
  package var cpu: ProcessorName?

  @Option(
    name: [.customLong("compat"), .customLong("max-compat")],
    help: "The newest compatibility level that a guest may negotiate; none: no limit.")
  package var compat: LevelName?

  @Option(
    help: ArgumentHelp(
      "Number of processors, and their topology. Default: 1, one thread to a core.",
      valueName: "N[,threads=T][,cores=C][,sockets=S][,maxcpus=M]"))
  package var smp: ProcessorCounts?

  @Option(help: ArgumentHelp("Memory, in multiples of 256M. Default: 1G.", valueName: "size"))
  package var memory: ByteCount?

  @Option(help: ArgumentHelp("The most memory. Default: --memory.", valueName: "size"))
  package var maxMemory: ByteCount?

  @Option(
    help: ArgumentHelp(
      "A NUMA node; may be repeated. Distances between nodes are 11 to 255; default: 20.",
      valueName: "memory=SIZE[,cpus=FIRST-LAST]...[,distance=NODE:DISTANCE]..."))
  package var numa: [NUMANodeArgument] = []

  @Option(
    help: "The guest's entry; flat: with the tree in r3 and RTAS instantiated.")
  package var entry = MachineDescription.Entry.openFirmware

  @Option(
    name: .customLong("vty"),
    help: ArgumentHelp(
      "A terminal at a unit address; may be repeated. Default: 0x71000000.", valueName: "unit"))
  package var terminals: [UnitAddress] = []

  @Flag(help: "No terminal.")
  package var noVty = false

  @Option(
    help: ArgumentHelp("NVRAM at a unit address. Default: 0x71000001.", valueName: "unit"))
  package var nvram: UnitAddress?

  @Option(help: ArgumentHelp("Size of the NVRAM. Default: 64K.", valueName: "size"))
  package var nvramSize: ByteCount?

  @Flag(help: "No NVRAM.")
  package var noNvram = false

  @Flag(help: "No random number generator.")
  package var noRandom = false

  @Flag(help: "A virtio entropy device, besides the platform's random number generator.")
  package var virtioRandom = false

  @Flag(
    help: "A virtio memory balloon: pseries control sets the memory that the guest has left.")
  package var balloon = false

  @Option(
    name: .customLong("disk"),
    help: ArgumentHelp(
      """
      A disk that is an image, a block device or an NBD server's URI; may be repeated. bus: virtio (virtio-blk, the \
      default), scsi (virtio-scsi), vscsi (IBM,v-scsi) or nvme. The file is locked against a second writer; \
      of a snapshot, changes are forgotten at the end.
      """,
      valueName:
        "file[,bus=BUS][,bridge=N][,slot=N][,format=NAME][,read-only][,snapshot][,direct][,queues=N][,serial=TEXT][,id=NAME]"
    ),
    transform: { try DiskArgument(parsing: $0) })
  package var ownDisks: [DiskArgument] = []

  @Option(
    name: .customLong("cdrom"),
    help: ArgumentHelp(
      "A CD-ROM drive with an image in it; may be repeated. bus: vscsi (the default) or scsi.",
      valueName: "file[,bus=BUS][,bridge=N][,slot=N][,format=NAME][,serial=TEXT][,id=NAME]"),
    transform: { try CDROMArgument(parsing: $0) })
  package var cdroms: [CDROMArgument] = []

  @Option(
    name: .customLong("net"),
    help: ArgumentHelp(
      """
      A network card; may be repeated. model: virtio (virtio-net, the default) or vlan (IBM,l-lan). user: a network of its own, with DHCP, a name \
      server and a gateway, by a separate process; forward=2222:22 leads from port 2222 of \
      this host to port 22 of the guest, and restrict keeps the guest from everything else; \
      tftp=folder serves its files by TFTP, and bootfile=name says which of them is booted. tap: a \
      TAP device. stream: a socket with frames, unix:PATH or HOST:PORT, as QEMU's -netdev stream \
      and passt have it; with listen it waits for the other end. fd: a TAP device or a socket that \
      the process has been given. none: a card that is connected to nothing. link=down: the cable is out \
      until pseries control puts it in (set_link). queues: pairs of queues, 1 to 16.
      """,
      valueName:
        "user|tap=name|stream=address|fd=number|none[,model=name][,mac=address][,mtu=bytes]"
        + "[,queues=N][,link=up|down][,id=NAME][,bridge=N][,slot=N]"),
    transform: { try NetworkArgument(parsing: $0) })
  package var networks: [NetworkArgument] = []

  @Option(
    name: .customLong("share"),
    help: ArgumentHelp(
      """
      A folder of the host for the guest, which mounts it by its tag; may be repeated. 9p: mount -t 9p \
      -o trans=virtio TAG FOLDER, served by a separate process that reaches this folder only. \
      virtiofs: mount -t virtiofs TAG FOLDER, served by virtiofsd; with socket in place of a path, \
      by one that listens there. Files belong to the user who runs pseries. Default: tag=share, type=9p.
      """,
      valueName:
        "path=folder|socket=path[,tag=name][,read-only][,type=9p|virtiofs][,bridge=N][,slot=N]"),
    transform: { try ShareArgument(parsing: $0) })
  package var shares: [ShareArgument] = []

  @Option(
    name: .customLong("virtio-console"),
    help: ArgumentHelp(
      """
      A terminal of a virtio console, the guest's hvc1 with one --vty; may be repeated. Programs connect to \
      the socket, unix:PATH or HOST:PORT; with connect, this one connects to it.
      """, valueName: "address[,connect]"),
    transform: { try PortArgument(parsing: $0) })
  package var virtioConsoles: [PortArgument] = []

  @Option(
    name: .customLong("channel"),
    help: ArgumentHelp(
      """
      A channel of a virtio console between programs of the guest, which find it as \
      /dev/virtio-ports/NAME, and of this host: org.qemu.guest_agent.0, for instance. May be repeated.
      """, valueName: "name=name,path=socket|address=host:port[,connect]"),
    transform: { try ChannelArgument(parsing: $0) })
  package var channels: [ChannelArgument] = []

  @Option(
    help: ArgumentHelp(
      """
      A TPM (IBM,vtpm) by swtpm: path, the local socket with its control channel; state, a folder with \
      its state, for which swtpm is started. Default version: 2.0.
      """, valueName: "path=socket|state=folder[,version=1.2|2.0]"),
    transform: { try TPMArgument(parsing: $0) })
  package var tpm: TPMArgument?

  @Option(
    help: ArgumentHelp(
      """
      Without a kernel, the device that the firmware boots from; may be repeated or have commas \
      between, and each is tried in its turn. disk, cdrom, network: every one; the name of one (disk0, \
      disk1 ... cdrom0 ... net0 ... or its id), also with a partition or the path of a program on ISO \
      9660, or with the server and the file of a network; test-guest: the built-in guest. Default: \
      boot-device of the NVRAM, then every disk, then every CD-ROM.
      """,
      valueName: "device[:[partition][,path]|:[server],[file]]"))
  package var boot: [BootArgument] = []

  @Option(help: "Address translation that a guest may use; either: radix or hash.")
  package var translation = TranslationChoice.either

  @Flag(help: "Serve KVM's hypercalls too, and advertise them in /hypervisor.")
  package var kvmParavirtual = false

  @Option(help: "The reference where LoPAR and QEMU disagree.")
  package var flavor = MachineDescription.Flavor.lopar

  @Option(help: ArgumentHelp("The partition's UUID.", valueName: "uuid"))
  package var uuid: String?

  @Option(help: ArgumentHelp("The partition's name.", valueName: "name"))
  package var name: String?

  @Option(help: ArgumentHelp("The machine's model.", valueName: "text"))
  package var model: String?

  @Option(
    help: ArgumentHelp(
      "Type and model of the host, advertised to the guest: 9080-HEX.", valueName: "text"))
  package var hostModel: String?

  @Option(
    help: ArgumentHelp(
      "The host's serial number, plant and sequence: 06ABCDE; sets system-id.",
      valueName: "text"))
  package var hostSerial: String?

  package init() {}

  /// Everything that has a file behind it: disks first.
  package var disks: [DiskArgument] { ownDisks + cdroms.map(\.disk) }

  /// The ports of the virtio console: terminals first.
  package var ports: [PortArgument] { virtioConsoles + channels.map(\.port) }

  /// The level of --compat, or of --cpu.
  package var limit: LevelName? { compat ?? cpu?.compat }

  package func validate() throws {
    if let compat, let other = cpu?.compat, compat.level != other.level {
      throw ValidationError("--cpu and --compat name two levels")
    }
  }

  /// The machine they describe, alone or over a domain.
  package func description() throws -> MachineDescription { try resolved().description }

  /// The machine they describe without a domain.
  func ownDescription() throws -> MachineDescription {
    let level = limit?.level
    var description = MachineDescription(
      processor: cpu?.processor ?? .newest(supporting: level), maximumLevel: level,
      topology: try smp?.topology() ?? ProcessorTopology(processors: 1),
      memory: memory?.bytes ?? 1 << 30, maximumMemory: maxMemory?.bytes)
    description.numaNodes = numa.map(\.node)
    return description
  }

  /// Adds what a domain does not say, and what is said in place of it.
  func addRest(to description: inout MachineDescription) throws {
    description.entry = entry
    description.flavor = flavor
    description.allowsRadix = translation == .either
    description.hasKVMParavirtual = kvmParavirtual
    try addDevices(to: &description)
    addIdentity(to: &description)
  }

  private func addDevices(to description: inout MachineDescription) throws {
    if !terminals.isEmpty {
      if noVty { throw CommandError.usage("--no-vty: there is a --vty as well") }
      description.devices.terminals = terminals.map(\.value)
    }
    if noVty { description.devices.terminals = [] }
    if noNvram {
      if nvram != nil || nvramSize != nil {
        throw CommandError.usage("--no-nvram: there is a --nvram as well")
      }
      description.devices.nvram = nil
    } else {
      if let nvram { description.devices.nvram?.unitAddress = nvram.value }
      if let nvramSize {
        description.devices.nvram?.size = UInt32(clamping: nvramSize.bytes)
      }
    }
    description.devices.random = !noRandom
    var places = PlaceAssignment(
      claimed: (disks.map(\.place) + networks.map(\.place) + shares.map(\.place))
        .compactMap(\.claimed))
    try description.devices.add(disks, &places)
    try description.devices.add(networks, &places)
    try description.devices.add(shares, &places)
    try description.devices.add(ports, &places)
    if let tpm {
      description.devices.tpm = VIODevice(
        .tpm(tpm.version), at: description.devices.freeUnitAddress)
    }
    description.bootOrder = try boot.specifiers(
      disks.named(in: description.devices), networks.named(in: description.devices))
    if virtioRandom { try description.devices.add(.random, &places, .virtioRandom) }
    if balloon { try description.devices.add(.balloon, &places, .balloon) }
  }

  private func addIdentity(to description: inout MachineDescription) {
    if let uuid { description.identity.uuid = uuid }
    if let name { description.identity.name = name }
    description.identity.model = model
    description.identity.hostModel = hostModel
    description.identity.hostSerial = hostSerial
  }
}

/// The form of an answer, a report or a table.
package enum TextFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json
}

/// The form of a command's answer: for people, or for programs.
package struct AnswerOptions: ParsableArguments {
  @Option(help: "The form of the answer.")
  package var format = TextFormat.text

  @Flag(help: "The same as --format json.")
  package var json = false

  package init() {}

  package var isJSON: Bool { json || format == .json }
}
