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
      // The kind of device, and the word of --boot for all of it.
      let kinds: [String: (Device.Option, String)] = [
        "hd": (.disk, "disk"), "cdrom": (.cdrom, "cdrom"), "network": (.net, "network"),
      ]
      guard let (option, word) = kinds[device] else {
        notes.append(boot.note("left out: nothing boots from '\(device)'"))
        continue
      }
      if self.devices.contains(where: { $0.option == option }) { bootOrder.append(word) }
    }
    // A drive without a medium is not there, and one without a name is refused.
    let disks = (devices?.children("disk") ?? []).filter { $0.child("source") != nil }
      .map { ($0, $0.child("target")?["dev"]) }
    let cards = (devices?.children("interface") ?? []).filter { !$0.asksForNothing }
      .enumerated().map { ($1, Optional("net\($0)")) }
    var ordered: [(order: Int, name: String)] = []
    for (device, name) in disks + cards {
      guard let name, let boot = device.child("boot"),
        let order = try boot.number("order", in: 1...65535)
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
