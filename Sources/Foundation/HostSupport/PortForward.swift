/// A port of the host that leads to one of the guest.
package struct PortForward: Hashable, Sendable {
  /// The protocol.
  package enum Transport: String, Hashable, Sendable { case tcp, udp }

  /// The protocol.
  package var transport = Transport.tcp
  /// The host's address; the first byte is the highest.
  package var hostAddress: UInt32 = 0x7F00_0001
  /// The host's port.
  package var hostPort: UInt16
  /// The guest's address; zero is the first one that DHCP gives.
  package var guestAddress: UInt32 = 0
  /// The guest's port.
  package var guestPort: UInt16

  /// A forward from `[tcp:|udp:][HOSTADDRESS:]HOSTPORT:GUESTPORT`, or, as QEMU has it,
  /// `[tcp|udp]:[HOSTADDRESS]:HOSTPORT-[GUESTADDRESS]:GUESTPORT`. Without a host's address only
  /// programs of this host reach the port. Nil when the text is neither.
  package init?(_ text: String) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let isLong = text.contains("-")
    if let transport = Transport(rawValue: parts[0]) {
      self.transport = transport
      parts.removeFirst()
    } else if isLong, parts[0].isEmpty {
      parts.removeFirst()
    }
    var guest = ""
    if isLong {
      guard parts.count == 3 else { return nil }
      let middle = parts[1].split(separator: "-", omittingEmptySubsequences: false)
      guard middle.count == 2 else { return nil }
      (parts[1], guest) = (String(middle[0]), String(middle[1]))
    } else if parts.count == 2 {
      parts.insert("", at: 0)
    }
    guard parts.count == 3, let hostPort = UInt16(parts[1]), hostPort > 0,
      let guestPort = UInt16(parts[2]), guestPort > 0
    else { return nil }
    (self.hostPort, self.guestPort) = (hostPort, guestPort)
    if !parts[0].isEmpty {
      guard let address = Self.address(parts[0]) else { return nil }
      hostAddress = address
    }
    if !guest.isEmpty {
      guard let address = Self.address(guest) else { return nil }
      guestAddress = address
    }
  }

  /// Four decimal numbers.
  private static func address(_ text: String) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { UInt8($0) }
    guard parts.count == 4, bytes.count == 4 else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}

extension PortForward: CustomStringConvertible {
  /// The text that makes it again.
  package var description: String {
    func text(_ address: UInt32) -> String {
      (0..<4).map { String(address >> UInt32(8 * (3 - $0)) & 0xFF) }.joined(separator: ".")
    }
    return "\(transport.rawValue):\(text(hostAddress)):\(hostPort)-"
      + (guestAddress == 0 ? "" : text(guestAddress)) + ":\(guestPort)"
  }
}
