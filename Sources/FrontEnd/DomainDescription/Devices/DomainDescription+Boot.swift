extension DomainDescription {
  /// Seconds of `<bootmenu enable='yes'/>` without a timeout.
  private static let menuSeconds = 3.0

  /// `<boot>` of `<os>`, or of devices, and `<bootmenu>`.
  mutating func readBoot(_ os: XMLCursor, _ devices: XMLCursor?) throws(DomainError) {
    if let menu = os.child("bootmenu") {
      let isEnabled = try menu.word(menu["enable"] ?? "", "enable", of: ["yes", "no"]) == "yes"
      let timeout = try menu.number("timeout", in: 0...65535)
      if isEnabled { bootMenuSeconds = timeout.map { Double($0) / 1000 } ?? Self.menuSeconds }
    }
    for boot in os.children("boot") {
      let device = try boot.word(boot["dev"] ?? "", "dev", of: ["hd", "cdrom", "network", "fd"])
      let option: Device.Option = device == "hd" ? .disk : .cdrom
      switch device {
      case "hd", "cdrom":
        guard self.devices.contains(where: { $0.option == option }) else { continue }
        bootOrder.append(option.rawValue)
      default: notes.append(boot.note("left out: nothing boots from '\(device)'"))
      }
    }
    var ordered: [(order: Int, name: String)] = []
    for disk in devices?.children("disk") ?? [] {
      guard let boot = disk.child("boot"), let order = try boot.number("order", in: 1...65535),
        // A drive without a medium is not there, and one without a name is refused.
        disk.child("source") != nil, let name = disk.child("target")?["dev"]
      else { continue }
      guard os.child("boot") == nil else {
        throw boot.error("<os> has a <boot> too: use one of the two")
      }
      guard !ordered.contains(where: { $0.order == order }) else {
        throw boot.error("two devices have the order \(order)")
      }
      ordered.append((order, name))
    }
    bootOrder += ordered.sorted { $0.order < $1.order }.map(\.name)
  }
}
