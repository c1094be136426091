internal import MachineDescription

/// The SCSI controllers of a domain by their numbers.
struct SCSIControllers {
  /// The driver's end of a controller.
  enum Model: String {
    case virtio = "scsi"
    case vscsi
  }

  private var elements: [Int: XMLCursor] = [:]

  /// Controllers without a number get the next free one.
  init(_ devices: XMLCursor) {
    let all = devices.children("controller").filter { $0["type"] == "scsi" }
    for element in all {
      if let number = element["index"].flatMap(Int.init) { elements[number] = element }
    }
    var next = 0
    for element in all where element["index"] == nil {
      while elements[next] != nil { next += 1 }
      elements[next] = element
    }
  }

  /// The controller of a disk; without an element it is libvirt's for this machine.
  func controller(
    of disk: XMLCursor
  ) throws(DomainError) -> (model: Model, queues: String?) {
    let number = try disk.child("address")?.number("controller", in: 0...65535) ?? 0
    guard let element = elements[number] else { return (.vscsi, nil) }
    let model = try element.word(
      element["model"] ?? "ibmvscsi", "model",
      of: ["virtio-scsi", "virtio-non-transitional", "ibmvscsi"])
    guard model != "ibmvscsi" else { return (.vscsi, nil) }
    return (.virtio, element.child("driver")?["queues"])
  }
}

extension XMLCursor {
  /// The name of a disk: `dev` of its `<target>`.
  func diskName() throws(DomainError) -> String {
    guard let target = child("target"), let name = target["dev"] else {
      throw error("it has no <target> with a dev")
    }
    guard let first = name.first, first.isLetter,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    else { throw target.error("dev '\(name)' is not a name such as vda") }
    return name
  }

  /// A `<disk>` as words of `--disk`, or of `--cdrom`.
  func diskWords(_ name: String, _ controllers: SCSIControllers) throws(DomainError) -> [String] {
    let device = try word(self["device"] ?? "disk", "device", of: ["disk", "cdrom"])
    let driver = child("driver")
    let format = driver?["type"] ?? "raw"
    var words: [String]
    var isDirect = false
    if let cache = driver?["cache"] {
      // Guests flush; "writethrough" promises more than that.
      isDirect =
        try child("driver")?.word(
          cache, "cache", of: ["none", "default", "writeback", "unsafe"]) == "none"
    }
    if self["type"] == "network" {
      guard format == "raw" else {
        throw error("format '\(format)': only the server reads its image, so <driver type='raw'/>")
      }
      words = ["file=" + (try serverURI())]
      isDirect = false
    } else {
      words = ["file=" + (try diskPath()), "format=" + (format == "iso" ? "raw" : format)]
    }
    words += try busWords(name, controllers)
    if device == "disk" {
      let isReadOnly = child("readonly") != nil
      if child("shareable") != nil, !isReadOnly {
        throw error(
          "a disk that others write too is not supported: leave out <shareable/>, or add <readonly/>"
        )
      }
      if isReadOnly { words.append("read-only") }
      if child("transient") != nil { words.append("snapshot") }
      if isDirect { words.append("direct") }
    }
    if let serial { words.append("serial=" + serial.prefix(PCIDevice.Disk.longestSerial)) }
    return words + ["id=" + name]
  }

  /// The serial number of a disk as it is written.
  private var serial: String? {
    child("serial").flatMap { $0.text.isEmpty ? nil : $0.text }
  }

  /// The note about a serial number of which the guest sees the beginning, as with QEMU's virtio-blk.
  var serialNote: Note? {
    let longest = PCIDevice.Disk.longestSerial
    guard let serial, serial.count > longest else { return nil }
    return child("serial")?.note(
      "the guest sees the first \(longest) characters of '\(serial.prefix(64))'")
  }

  private func busWords(
    _ name: String, _ controllers: SCSIControllers
  ) throws(DomainError) -> [String] {
    let usual = ["vd": "virtio", "sd": "scsi", "hd": "ide", "fd": "fdc"]
    let target = child("target") ?? self
    let bus = try target.word(
      target["bus"] ?? usual[String(name.prefix(2))] ?? "unknown", "bus",
      of: ["virtio", "scsi", "nvme"])
    if bus == "scsi" {
      let (model, queues) = try controllers.controller(of: self)
      // A drive's requests are few: it has one queue, whatever its controller has for disks.
      let words = self["device"] == "cdrom" ? [] : queues.map { ["queues=" + $0] } ?? []
      return ["bus=" + model.rawValue] + words
    }
    _ = try word(self["model"] ?? "virtio", "model", of: ["virtio", "virtio-non-transitional"])
    guard self["device"] != "cdrom" else {
      throw target.error("bus '\(bus)' is not for a CD-ROM: use scsi")
    }
    return ["bus=" + bus] + (child("driver")?["queues"].map { ["queues=" + $0] } ?? [])
  }

  /// The path of an image or a block device.
  private func diskPath() throws(DomainError) -> String {
    let type = try word(self["type"] ?? "file", "type", of: ["file", "block", "network"])
    let attribute = type == "file" ? "file" : "dev"
    guard let path = child("source")?[attribute], !path.isEmpty else {
      throw error("it has no <source> with a \(attribute)")
    }
    // What is no path would be a server's address.
    return path.hasPrefix("/") ? path : "./" + path
  }

  /// The address of an NBD server's export.
  private func serverURI() throws(DomainError) -> String {
    guard let source = child("source") else { throw error("it has no <source>") }
    _ = try source.word(source["protocol"] ?? "", "protocol", of: ["nbd"])
    let hosts = source.children("host")
    guard let host = hosts.first, hosts.count == 1 else {
      throw source.error("it has \(hosts.count) <host>, and not one")
    }
    let scheme = source["tls"] == "yes" ? "nbds" : "nbd"
    let export = Self.percentEncoded(source["name"] ?? "")
    let transport = try host.word(host["transport"] ?? "tcp", "transport", of: ["tcp", "unix"])
    guard transport == "tcp" else {
      guard let socket = host["socket"] else { throw host.error("it has no socket") }
      return "\(scheme)+unix:///\(export)?socket=\(Self.percentEncoded(socket))"
    }
    guard let name = host["name"], !name.isEmpty else { throw host.error("it has no name") }
    let port = try host.number("port", in: 1...65535) ?? 10809
    let place = name.contains(":") ? "[\(name)]" : Self.percentEncoded(name)
    return "\(scheme)://\(place):\(port)/\(export)"
  }

  /// As part of a URI (RFC 3986 2.1); a slash stands as it is.
  private static func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      let character = Character(Unicode.Scalar(byte))
      let isPlain =
        byte < 128 && (character.isLetter || character.isNumber || "-._~/".contains(character))
      let digits = String(byte, radix: 16, uppercase: true)
      encoded += isPlain ? String(character) : "%" + (byte < 16 ? "0" : "") + digits
    }
  }
}
