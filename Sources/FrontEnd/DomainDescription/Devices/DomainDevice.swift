extension DomainDescription {
  /// A device of a domain, as the option of this package's programs that makes the same device.
  public struct Device: Hashable, Sendable {
    /// The options. Those of a kind on the command line replace a domain's devices of the kind.
    public enum Option: String, CaseIterable, Hashable, Sendable {
      case disk
      case cdrom
      case net
      case share
      case console = "virtio-console"
      case channel
      case tpm
      case random = "virtio-random"
      case balloon
    }

    /// The option.
    public var option: Option
    /// Its argument; empty for a flag.
    public var argument: String
    /// The line of the element, from 1.
    public var line: Int
    /// The element, with those around it.
    public var element: String
    /// Why there cannot be such a device; nil when there can.
    public var refusal: DomainError?

    /// A device from its option, argument and place.
    public init(_ option: Option, _ argument: String, line: Int, element: String) {
      (self.option, self.argument, self.line) = (option, argument, line)
      self.element = element
    }

    /// The refusal of a device whose argument is not valid, for a reason.
    public func invalid(file: String, _ reason: String) -> DomainError {
      DomainError(
        kind: .unsupported, file: file, line: line, element: element,
        reason: "it would be --\(option.rawValue) \(argument), which is not valid: \(reason)")
    }
  }

  /// Adds a device; one that cannot be is refused when it is used.
  /// - Parameter argument: the option's argument; nil for a device that is left out.
  mutating func add(
    _ element: XMLCursor, _ option: Device.Option,
    _ argument: () throws(DomainError) -> String?
  ) {
    var device = Device(option, "", line: element.element.line, element: element.path)
    do throws(DomainError) {
      guard let argument = try argument() else { return }
      device.argument = argument
    } catch { device.refusal = error }
    devices.append(device)
  }

  /// All devices but those of the virtual I/O bus.
  mutating func readOtherDevices(_ devices: XMLCursor) throws(DomainError) {
    let hosts = SCSIControllers(devices)
    let buses = try PCIControllers(devices)
    var names: Set<String> = []
    for disk in devices.children("disk") where !disk.asksForNothing {
      let isCDROM = disk["device"] == "cdrom"
      if isCDROM, disk.child("source") == nil {
        notes.append(disk.note("left out: a drive without a medium"))
        continue
      }
      if let note = disk.serialNote { notes.append(note) }
      add(disk, isCDROM ? .cdrom : .disk) { () throws(DomainError) in
        let name = try disk.diskName()
        guard names.insert(name).inserted else {
          throw disk.error("another disk is '\(name)' too")
        }
        return try (disk.diskWords(name, hosts) + buses.words(of: disk)).escaped
      }
    }
    for card in devices.children("interface") where !card.asksForNothing {
      add(card, .net) { () throws(DomainError) in
        try (card.networkWords() + buses.words(of: card)).escaped
      }
    }
    for folder in devices.children("filesystem") where !folder.asksForNothing {
      add(folder, .share) { () throws(DomainError) in
        try (folder.shareWords() + buses.words(of: folder)).escaped
      }
    }
    for terminal in devices.children("console") where terminal.isVirtIOTerminal {
      add(terminal, .console) { () throws(DomainError) in
        try terminal.socketWords("address=").escaped
      }
    }
    for channel in devices.children("channel") where channel.isVirtIOChannel {
      if channel["type"] == "unix", channel.child("source")?["path"] == nil {
        notes.append(channel.note("left out: it has no <source> with a path"))
        continue
      }
      add(channel, .channel) { () throws(DomainError) in
        (["name=" + (channel.child("target")?["name"] ?? "")]
          + (try channel.socketWords("address="))).escaped
      }
    }
    if let tpm = devices.children("tpm").first(where: \.isVirtualTPM) {
      add(tpm, .tpm) { () throws(DomainError) in try tpm.tpmWords().escaped }
    }
    if let random = devices.children("rng").first(where: \.isModernVirtIO) {
      add(random, .random) { "" }
    }
    if let balloon = devices.children("memballoon").first(where: \.isModernVirtIO) {
      add(balloon, .balloon) { "" }
    }
  }
}

extension [String] {
  /// The words of an option's argument, with commas between; a comma of a word is doubled.
  fileprivate var escaped: String {
    map(\.withDoubledCommas).joined(separator: ",")
  }
}

extension XMLCursor {
  /// A device of virtio 1, which is what this machine has. A transitional one has an older interface
  /// besides.
  var isModernVirtIO: Bool {
    ["virtio", "virtio-non-transitional"].contains(self["model"] ?? "virtio")
  }
}
