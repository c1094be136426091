/// Where TCP is in an Ethernet frame, behind one tag of a virtual network at most.
struct TCPPlace: Hashable {
  /// Whether it is of IPv6.
  let isSix: Bool
  /// Offset of the packet.
  let network: Int
  /// Offset of TCP's header, behind IPv6's extension headers.
  let transport: Int
  /// Offset of the data.
  let data: Int

  /// Offset of the checksum in TCP's header.
  static let checksumOffset = 16

  /// Nil for a frame that has no TCP, or a part of it only.
  init?(_ frame: UnsafeRawBufferPointer) {
    guard let (network, kind) = frame.packet else { return nil }
    let transport: Int
    switch kind {
    case 0x0800:
      // A fragment has TCP's header, or data that belongs to it, alone.
      guard frame.count >= network + 20, frame[network] >> 4 == 4, frame[network + 9] == 6,
        frame.big(network + 6, as: UInt16.self) & 0x3FFF == 0, frame[network] & 15 >= 5
      else { return nil }
      (isSix, transport) = (false, network + Int(frame[network] & 15) * 4)
    case 0x86DD:
      guard frame.count >= network + 40, frame[network] >> 4 == 6,
        let place = Self.behindExtensions(frame, network)
      else { return nil }
      (isSix, transport) = (true, place)
    default: return nil
    }
    guard frame.count >= transport + 20 else { return nil }
    data = transport + Int(frame[transport + 12] >> 4) * 4
    guard data >= transport + 20, data <= frame.count else { return nil }
    (self.network, self.transport) = (network, transport)
  }

  /// The offset of TCP's header behind hop-by-hop options, routing and destination options.
  private static func behindExtensions(_ frame: UnsafeRawBufferPointer, _ network: Int) -> Int? {
    var (kind, place) = (frame[network + 6], network + 40)
    while kind != 6 {
      guard [0, 43, 60].contains(kind), place + 8 <= frame.count else { return nil }
      kind = frame[place]
      place += Int(frame[place + 1]) * 8 + 8
    }
    return place
  }

  /// Stores the sum of the pseudo header in TCP's checksum, to which the sum of the rest is added.
  func putPseudoChecksum(_ frame: UnsafeMutableRawBufferPointer) {
    var checksum = InternetChecksum()
    let addresses = isSix ? network + 8..<network + 40 : network + 12..<network + 20
    checksum.add(UnsafeRawBufferPointer(rebasing: frame[addresses]))
    checksum.add(6 as UInt32)
    checksum.add(UInt32(clamping: frame.count - transport))
    frame.putBig(~checksum.value, at: transport + Self.checksumOffset)
  }
}
