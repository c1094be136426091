internal import ArgumentParser
package import MachineDescription

/// A disk or CD-ROM of the command line: its file, and how the guest sees it.
package struct DiskArgument: Hashable {
  package var kind = SCSIDevice.Kind.disk
  package var file = ""
  package var bus = StorageDevice.Bus.virtio
  package var isReadOnly = false
  /// Whether changes are forgotten at the end.
  package var isSnapshot = false
  /// Whether the host's cache is bypassed.
  package var isDirect = false
  /// Queues for requests.
  package var queues = 1
  package var serial: String?
  package var place = PlaceArgument()
  /// A name of its own, whose beginning is the serial number where none is given.
  package var id: String?
  /// The image's format; nil to go by the file's name.
  private var givenFormat: String?

  /// The option that it is an argument of.
  package var option: MachineDescriptionError.Option { kind == .cdrom ? .cdrom : .disk }

  /// Formats that the ends of files' names mean. What a file contains says nothing: a guest may have
  /// written it.
  private static let formats = [
    ".qcow2": "qcow2", ".qcow": "qcow", ".qed": "qed", ".vdi": "vdi", ".vhd": "vpc",
    ".vhdx": "vhdx",
    ".vmdk": "vmdk",
  ]

  /// The format of an image of a file; `raw` for bytes as they are.
  package var format: String {
    givenFormat ?? Self.formats.first { file.lowercased().hasSuffix($0.key) }?.value ?? "raw"
  }

  /// Whether what the guest writes is lost at the end: only of a disk that it can write.
  package var isForgotten: Bool { isSnapshot && !isReadOnly }

  /// Whether the file is a server's URI.
  package var isServer: Bool {
    ["nbd:", "nbds:", "nbd+unix:", "nbds+unix:"].contains { file.hasPrefix($0) }
  }

  /// Takes what any of them can have.
  /// - Returns: false for a word that not all have.
  private mutating func take(_ word: ArgumentWord) throws(ArgumentMistake) -> Bool {
    switch word.key {
    case "file": file = try word.someValue()
    case "serial": serial = try word.givenValue()
    case "format":
      let name = try word.someValue()
      guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
        name.first?.isLetter == true
      else { throw word.mistake("it is no name of a format") }
      givenFormat = name
    case "id": id = try word.someValue()
    case "bus": bus = try word.choice()
    default: return try place.take(word)
    }
    return true
  }

  /// Takes what only a disk can have.
  private mutating func takeOfDisk(_ word: ArgumentWord) throws(ArgumentMistake) -> Bool {
    guard kind == .disk else { return false }
    switch word.key {
    case "queues": queues = try word.number(in: 1...PCIDevice.Disk.mostQueues)
    case "read-only", "readonly": isReadOnly = try word.isOn()
    case "snapshot": isSnapshot = try word.isOn()
    case "direct": isDirect = try word.isOn()
    default: return false
    }
    return true
  }

  private init(
    _ kind: SCSIDevice.Kind, _ bus: StorageDevice.Bus, _ argument: String
  ) throws(ArgumentMistake) {
    (self.kind, self.bus, isReadOnly) = (kind, bus, kind == .cdrom)
    for (place, word) in ArgumentWord.words(of: argument).enumerated() {
      if try take(word) { continue }
      if try takeOfDisk(word) { continue }
      guard place == 0 else { throw word.unknown }
      // Names and URIs can have `=` too.
      file = word.text
    }
    if file.isEmpty { throw ArgumentMistake("the file is missing") }
    if queues != 1 || !place.isUsual, self.bus == .vscsi {
      throw ArgumentMistake("bus vscsi has neither queues nor a bridge or slot")
    }
    if kind == .cdrom, [.virtio, .nvme].contains(self.bus) {
      throw ArgumentMistake("bus \(self.bus) is not for CD-ROMs")
    }
  }
}

/// `FILE[,bus=BUS][,bridge=N][,slot=N][,format=NAME][,read-only][,snapshot][,direct][,queues=N][,serial=TEXT][,id=NAME]`,
/// in any order behind the file, which can also be `file=FILE`: it has to be where the file's name begins
/// like one of the other words. A comma of a file's name is written twice. As with QEMU, `readonly=on`
/// and `snapshot=on` are the same as the words alone.
extension DiskArgument: WordArgument {
  package init(parsing argument: String) throws(ArgumentMistake) {
    try self.init(.disk, .virtio, argument)
  }

  /// The same for a CD-ROM, which is on a SCSI bus and cannot be written.
  package init(cdrom argument: String) throws(ArgumentMistake) {
    try self.init(.cdrom, .vscsi, argument)
  }
}

/// `FILE[,bus=BUS][,bridge=N][,slot=N][,format=NAME][,serial=TEXT][,id=NAME]`.
package struct CDROMArgument: WordArgument {
  package let disk: DiskArgument

  package init(parsing argument: String) throws(ArgumentMistake) {
    disk = try DiskArgument(cdrom: argument)
  }
}

extension [DiskArgument] {
  /// The devices that they have become, by the names that `--boot` has for them: their `id`, or
  /// `disk0`, `disk1` …, `cdrom0` … in the order of the options.
  func named(
    in devices: MachineDescription.Devices
  ) -> [(name: String, device: StorageDevice)] {
    // On each bus the devices are in the order of the options.
    var waiting = Dictionary(grouping: devices.storage, by: \.bus).mapValues { $0[...] }
    var counts: [SCSIDevice.Kind: Int] = [:]
    return compactMap { disk in
      let count = counts[disk.kind, default: 0]
      counts[disk.kind] = count + 1
      return waiting[disk.bus]?.popFirst().map { (disk.id ?? "\(disk.kind)\(count)", $0) }
    }
  }
}

extension MachineDescription.Devices {
  /// Adds disks and CD-ROMs: a PCI function for each, and the units of one VSCSI adapter.
  mutating func add(
    _ disks: [DiskArgument], _ places: inout PlaceAssignment
  ) throws(MachineDescriptionError) {
    var names: Set<String> = []
    var counts: [SCSIDevice.Kind: Int] = [:]
    var adapter: [SCSIDevice] = []
    for disk in disks {
      if let id = disk.id, !names.insert(id).inserted {
        throw MachineDescriptionError(disk.option, "two have the id '\(id)'")
      }
      let count = counts[disk.kind, default: 0]
      counts[disk.kind] = count + 1
      // A name may be longer than a serial number.
      let serial =
        disk.serial ?? disk.id.map { String($0.prefix(PCIDevice.Disk.longestSerial)) }
        ?? "\(disk.kind)\(count)"
      func unit(_ target: Int) -> SCSIDevice {
        SCSIDevice(
          disk.kind, target: UInt8(clamping: target), serial: serial, isReadOnly: disk.isReadOnly)
      }
      switch disk.bus {
      case .virtio, .nvme:
        let function = PCIDevice.Disk(
          serial: serial, queues: disk.queues, isReadOnly: disk.isReadOnly)
        try add(
          disk.bus == .nvme ? .nvme(function) : .block(function), at: disk.place, &places, .disk)
      // Linux refuses a host whose node has several children, and GRUB finds disks by their nodes.
      case .scsi:
        let host = PCIDevice.SCSIHost(units: [unit(0)], queues: disk.queues)
        try add(.scsi(host), at: disk.place, &places, disk.option)
      case .vscsi:
        guard adapter.count < SCSIDevice.mostTargets else {
          throw MachineDescriptionError(
            disk.option, "more than \(SCSIDevice.mostTargets) of bus \(disk.bus)")
        }
        adapter.append(unit(adapter.count))
      }
    }
    if !adapter.isEmpty { vio.append(VIODevice(.scsi(adapter), at: freeUnitAddress)) }
  }

  /// Adds a console with the ports, if there are any.
  mutating func add(
    _ ports: [PortArgument], _ places: inout PlaceAssignment
  ) throws(MachineDescriptionError) {
    guard !ports.isEmpty else { return }
    let channels = ports.compactMap(\.name)
    let terminals = ports.count - channels.count
    try add(
      .console(PCIDevice.Console(terminals: terminals, channels: channels)), &places,
      terminals > 0 ? .virtioConsole : .channel)
  }
}
