public import MachineDescription
internal import PowerISA
public import SavedState

extension StateSection {
  /// The machine's description, and whether its time is counted in instructions. 2: distances between
  /// NUMA nodes, the real-time clock's source, a performance monitor that does not count. 3: PCI
  /// devices. 4: SCSI adapters; the firmware's order of devices, and the program it has started. 5:
  /// logical LAN adapters, programs from a network, virtio consoles, the TPM. 6: several pairs of queues
  /// of a network card.
  public static let machine = StateSection("machine", version: 6)
}

extension MachineDescription {
  /// What restoring begins with.
  public static func placeholder() throws(MachineDescriptionError) -> MachineDescription {
    MachineDescription(topology: try ProcessorTopology(processors: 1))
  }

  /// Saves or restores the description.
  public mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try codeProcessors(&coder)
    try codeMemory(&coder)
    try codeDevices(&coder)
    try codeGuest(&coder)
    try coder.field("flavor", &flavor)
    try codeIdentity(&coder)
    try codePCI(&coder)
    try codeBoot(&coder)
  }

  private mutating func codeBoot(_ coder: inout FieldCoder) throws(StateError) {
    try coder.list("boot", &bootOrder, since: 4, initial: "") {
      specifier, coder throws(StateError) in try coder.field("dev", &specifier)
    }
    var programs = bootProgram.map { [$0] } ?? []
    try coder.list("booted", &programs, since: 4, initial: BootProgram(path: "")) {
      program, coder throws(StateError) in
      try coder.field("path", &program.path)
      try coder.field("args", &program.arguments, initial: "")
      try coder.field("resp", &program.response, since: 5, default: [])
    }
    if coder.isReading { bootProgram = programs.first }
  }

  private mutating func codePCI(_ coder: inout FieldCoder) throws(StateError) {
    let disk = PCIDevice(.block(PCIDevice.Disk(serial: "")), number: 1)
    try coder.list("pci", &devices.pci, since: 3, initial: disk) {
      device, coder throws(StateError) in
      try coder.field("dev", &device.number)
      try coder.field("phb", &device.place.bridge, default: 0)
      try coder.field("kind", device.kind.key) { key throws(InvalidValue) in
        guard let kind = PCIDevice.Kind.allBare.first(where: { $0.key == key }) else {
          throw InvalidValue("there is no device '\(key)'")
        }
        device.kind = kind
      }
      switch device.kind {
      case .block(var disk):
        try Self.code(&disk, &coder)
        device.kind = .block(disk)
      case .nvme(var disk):
        try Self.code(&disk, &coder)
        device.kind = .nvme(disk)
      case .random, .balloon: break
      case .scsi(var host):
        try coder.field("queues", &host.queues)
        try Self.code(&host.units, &coder)
        device.kind = .scsi(host)
      case .network(var network):
        try Self.code(&network, &coder)
        device.kind = .network(network)
      case .share(var share):
        try coder.field("tag", &share.tag)
        device.kind = .share(share)
      case .console(var console):
        try coder.field("ttys", &console.terminals)
        try coder.list("chans", &console.channels, since: 5, initial: "") {
          name, coder throws(StateError) in try coder.field("name", &name)
        }
        device.kind = .console(console)
      }
    }
    try coder.list(
      "vscsi", &devices.scsiAdapters, since: 4, initial: VIODevice(.scsi([]), at: 0)
    ) { adapter, coder throws(StateError) in
      guard case .scsi(var units) = adapter.kind else { return }
      try coder.field("unit", &adapter.unitAddress)
      try Self.code(&units, &coder)
      adapter.kind = .scsi(units)
    }
    let card = PCIDevice.Network(address: HardwareAddress(rawValue: 0))
    try coder.list(
      "llan", &devices.logicalLANs, since: 5, initial: VIODevice(.network(card), at: 0)
    ) { adapter, coder throws(StateError) in
      guard case .network(var card) = adapter.kind else { return }
      try coder.field("unit", &adapter.unitAddress)
      try Self.code(&card, &coder)
      adapter.kind = .network(card)
    }
    try coder.list(
      "vtpm", &devices.tpms, since: 5, initial: VIODevice(.tpm(.v2_0), at: 0)
    ) { device, coder throws(StateError) in
      guard case .tpm(var version) = device.kind else { return }
      try coder.field("unit", &device.unitAddress)
      try coder.field("version", &version)
      device.kind = .tpm(version)
    }
  }

  /// A network card.
  private static func code(
    _ card: inout PCIDevice.Network, _ coder: inout FieldCoder
  ) throws(StateError) {
    try coder.field("addr", card.address.rawValue) { card.address = .init(rawValue: $0) }
    var mtu = card.mtu ?? 0
    try coder.field("mtu", &mtu)
    card.mtu = mtu == 0 ? nil : mtu
    try coder.field("queues", &card.queues, since: 6, default: 1)
  }

  private static func code(
    _ disk: inout PCIDevice.Disk, _ coder: inout FieldCoder
  ) throws(StateError) {
    try coder.field("serial", &disk.serial)
    try coder.field("queues", &disk.queues)
    try coder.field("ro", &disk.isReadOnly)
  }

  /// The units of a SCSI adapter.
  private static func code(
    _ units: inout [SCSIDevice], _ coder: inout FieldCoder
  ) throws(StateError) {
    let disk = SCSIDevice(.disk, target: 0, serial: "")
    try coder.list("units", &units, since: 4, initial: disk) { unit, coder throws(StateError) in
      try coder.field("target", &unit.target)
      try coder.field("kind", &unit.kind)
      try coder.field("serial", &unit.serial)
      try coder.field("ro", &unit.isReadOnly)
    }
  }

  private mutating func codeProcessors(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("cpu", processor.name) { name throws(InvalidValue) in
      guard let model = ProcessorModel.named(name) else {
        throw InvalidValue("there is no processor '\(name)'")
      }
      processor = model
    }
    try coder.field("pvr", processor.versions) { versions throws(InvalidValue) in
      guard let first = versions.first, processor.matches(version: first) else {
        throw InvalidValue("not a version of \(processor.name)")
      }
      processor.versions = versions
    }
    try coder.field("maxlevel", maximumLevel?.name ?? "") { name throws(InvalidValue) in
      maximumLevel = CompatibilityLevel(name: name)
      if maximumLevel == nil, !name.isEmpty {
        throw InvalidValue("there is no level '\(name)'")
      }
    }
    let shape = [
      topology.processors, topology.threads, topology.cores, topology.sockets, topology.maximum,
    ]
    try coder.field("smp", shape) {
      shape throws(InvalidValue) in
      guard shape.count == 5 else { throw InvalidValue("\(shape.count) numbers for five") }
      do {
        topology = try ProcessorTopology(
          processors: shape[0], threads: shape[1], cores: shape[2], sockets: shape[3],
          maximum: shape[4])
      } catch {
        throw InvalidValue("\(error)")
      }
    }
  }

  private mutating func codeMemory(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("mem", &memory)
    try coder.field("maxmem", &maximumMemory)
    try coder.list("numa", &numaNodes, initial: NUMANode(memory: 0)) {
      node, coder throws(StateError) in
      try coder.field("mem", &node.memory)
      try coder.field("cpus", node.processors.flatMap { [$0.lowerBound, $0.upperBound] }) {
        bounds throws(InvalidValue) in
        guard bounds.count.isMultiple(of: 2) else { throw InvalidValue("a range without an end") }
        node.processors = []
        for at in stride(from: 0, to: bounds.count, by: 2) {
          guard bounds[at] <= bounds[at + 1] else { throw InvalidValue("a range that is empty") }
          node.processors.append(bounds[at]...bounds[at + 1])
        }
      }
      var distances = node.distances.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      try coder.field("dist", &distances, since: 2, default: [])
      guard coder.isReading else { return }
      node.distances = Dictionary(
        stride(from: 0, to: distances.count - 1, by: 2).map { (distances[$0], distances[$0 + 1]) },
        uniquingKeysWith: { $1 })
    }
    try coder.field("radix", &allowsRadix)
    try coder.field("hptresize", &allowsHashTableResize)
    try coder.field("hptpage", &largestHashPageShift)
    try coder.field("dynmem", &dynamicMemory)
  }

  private mutating func codeDevices(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("vtys", &devices.terminals)
    try coder.group(
      "nvram", &devices.nvram, initial: Devices.NVRAM(unitAddress: 0, size: 0)
    ) { nvram, coder throws(StateError) in
      try coder.field("unit", &nvram.unitAddress)
      try coder.field("size", &nvram.size)
    }
    try coder.field("rng", &devices.random)
    try coder.field("clksrc", &devices.clockSource, since: 2, default: .host)
    try coder.field("pmu", &hasPerformanceMonitor, since: 2, default: true)
    try coder.field("kvm", &hasKVMParavirtual)
  }

  private mutating func codeGuest(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("args", &bootArguments)
    for (name, path) in [
      ("initrd", \Self.initrd), ("kernel", \Self.kernel),
    ] {
      try coder.group(name, &self[keyPath: path], initial: MemoryRange(address: 0, size: 0)) {
        range, coder throws(StateError) in
        try coder.field("addr", &range.address)
        try coder.field("size", &range.size)
      }
    }
    try coder.field("le", &kernelIsLittleEndian)
    try coder.field("entry", &entry)
    try coder.field("rtas", &rtasAddress, initial: 0)
    try coder.field("seed", &randomSeed)
  }

  private mutating func codeIdentity(_ coder: inout FieldCoder) throws(StateError) {
    try coder.group("id") { coder throws(StateError) in
      try coder.field("uuid", &identity.uuid)
      try coder.field("num", &identity.number)
      for (name, path) in [
        ("sysid", \Self.identity.systemID), ("name", \Self.identity.name),
        ("model", \Self.identity.model), ("hostmodel", \Self.identity.hostModel),
        ("hostserial", \Self.identity.hostSerial),
      ] {
        try coder.field(name, &self[keyPath: path], initial: "")
      }
    }
  }
}

extension MachineDescription.Devices {
  /// The TPM as a list.
  fileprivate var tpms: [VIODevice] {
    get { tpm.map { [$0] } ?? [] }
    set { tpm = newValue.first }
  }
}

extension PCIDevice.Kind {
  /// One of each kind, to restore in.
  fileprivate static let allBare: [Self] = [
    .block(PCIDevice.Disk(serial: "")), .random, .balloon,
    .scsi(PCIDevice.SCSIHost(units: [])),
    .network(PCIDevice.Network(address: HardwareAddress(rawValue: 0))),
    .nvme(PCIDevice.Disk(serial: "")),
    .share(PCIDevice.Share(tag: "", kind: .plan9)),
    .share(PCIDevice.Share(tag: "", kind: .virtioFS)),
    .console(PCIDevice.Console(terminals: 0)),
  ]

  /// What streams call it.
  fileprivate var key: String {
    switch self {
    case .block: "virtio-blk"
    case .random: "virtio-rng"
    case .balloon: "virtio-balloon"
    case .scsi: "virtio-scsi"
    case .network: "virtio-net"
    case .nvme: "nvme"
    case .share(let share): share.kind == .plan9 ? "virtio-9p" : "virtio-fs"
    case .console: "virtio-console"
    }
  }
}
