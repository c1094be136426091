internal import MachineDescription

extension XMLCursor {
  /// The most ports that one card leads to the guest.
  private static let mostForwards = 256

  /// The types of networks that a card can be connected to.
  private static let types = ["user", "ethernet", "server", "client"]

  /// An `<interface>` as words of `--net`.
  func networkWords() throws(DomainError) -> [String] {
    let link = child("link")
    let isDown = try link?.word(link?["state"] ?? "up", "state", of: ["up", "down"]) == "down"
    // A network that cannot be reached is not needed for a cable that is out.
    let isReachable = Self.types.contains(self["type"] ?? "")
    var words = try isDown && !isReachable ? ["none"] : connectionWords()
    if isDown { words.append("link=down") }
    if let model = child("model") {
      let type = try model.word(
        model["type"] ?? "", "type", of: ["virtio", "virtio-non-transitional", "spapr-vlan"])
      if type == "spapr-vlan" { words.append("model=vlan") }
    }
    let isVirtIO = !words.contains("model=vlan")
    if isVirtIO, let queues = try child("driver")?.number("queues", in: 1...256) {
      // libvirt takes more than a card has.
      words.append("queues=\(min(queues, PCIDevice.Network.mostQueues))")
    }
    if let address = child("mac")?["address"] { words.append("mac=" + address) }
    if let mtu = try child("mtu")?.number("size", in: 68...65535) { words.append("mtu=\(mtu)") }
    return words
  }

  /// What the card is connected to.
  private func connectionWords() throws(DomainError) -> [String] {
    switch self["type"] ?? "" {
    case "user": return ["user"] + (try forwards())
    case "ethernet":
      guard let device = child("target")?["dev"] else {
        throw error("it has no <target> with a dev, a TAP device of the host")
      }
      return ["tap=" + device]
    case "server": return ["stream=" + (try socketAddress("0.0.0.0")), "listen"]
    case "client": return ["stream=" + (try socketAddress("127.0.0.1"))]
    case let type:
      throw error(
        "type '\(type)' is none of \(Self.types.joined(separator: ", ")); for a network or bridge of the host "
          + "use ethernet with <target dev='…'/>, a TAP device of it, or pseries --net user")
    }
  }

  private func socketAddress(_ usual: String) throws(DomainError) -> String {
    guard let source = child("source"), let port = try source.number("port", in: 1...65535) else {
      throw error("it has no <source> with a port")
    }
    let address = source["address"] ?? usual
    return (address.contains(":") ? "[\(address)]" : address) + ":\(port)"
  }

  /// `<portForward>`: ports of the host that lead to ports of the guest.
  private func forwards() throws(DomainError) -> [String] {
    var words: [String] = []
    for forward in children("portForward") {
      let transport = try forward.word(forward["proto"] ?? "", "proto", of: ["tcp", "udp"])
      if forward["dev"] != nil { throw forward.error("dev is not supported: use address") }
      // As with libvirt, other hosts reach the port too.
      let address = forward["address"] ?? "0.0.0.0"
      guard !address.contains(":") else {
        throw forward.error("address '\(address)' is not an IPv4 address")
      }
      let ranges = forward.children("range")
      guard ranges.contains(where: { $0["exclude"] != "yes" }) else {
        throw forward.error("it has no <range> of ports")
      }
      var excluded: Set<Int> = []
      for range in ranges where range["exclude"] == "yes" {
        excluded.formUnion(try range.ports())
      }
      for range in ranges where range["exclude"] != "yes" {
        let ports = try range.ports()
        let first = try range.number("to", in: 1...(65536 - ports.count)) ?? ports.lowerBound
        for port in ports where !excluded.contains(port) {
          words.append(
            "forward=\(transport):\(address):\(port):\(first + port - ports.lowerBound)")
        }
      }
      guard words.count <= Self.mostForwards else {
        throw forward.error("more than \(Self.mostForwards) ports")
      }
    }
    return words
  }

  private func ports() throws(DomainError) -> ClosedRange<Int> {
    guard let first = try number("start", in: 1...65535) else { throw error("it has no start") }
    return first...(try number("end", in: first...65535) ?? first)
  }
}
