/// A datagram of UDP over the Internet protocol, version 4, in an Ethernet frame.
struct Datagram: Hashable {
  /// An end of it.
  struct Endpoint: Hashable {
    var address: InternetAddress
    var port: UInt16
  }

  var source: Endpoint
  var destination: Endpoint
  var content: ArraySlice<UInt8>

  static let ethernetType: UInt16 = 0x0800
  private static let userDatagram: UInt8 = 17

  init(from source: Endpoint, to destination: Endpoint, _ content: [UInt8]) {
    (self.source, self.destination, self.content) = (source, destination, content[...])
  }

  /// The datagram in a packet; nil for what is none, or is damaged. Fragments are none: what this client
  /// asks for fits a packet.
  init?(_ packet: ArraySlice<UInt8>) {
    let bytes = Bytes(packet)
    let header = Int(bytes.number(at: 0, count: 1) & 15) * 4
    let total = Int(bytes.number(at: 2, count: 2))
    guard packet.count >= 28, bytes.number(at: 0, count: 1) >> 4 == 4, header >= 20,
      total >= header + 8, total <= packet.count, bytes.number(at: 6, count: 2) & 0x3FFF == 0,
      bytes.number(at: 9, count: 1) == UInt64(Self.userDatagram),
      Bytes.checksum(Array(packet.prefix(header))) == 0
    else { return nil }
    let datagram = packet.dropFirst(header).prefix(total - header)
    let fields = Bytes(datagram)
    let length = Int(fields.number(at: 4, count: 2))
    guard length >= 8, length <= datagram.count else { return nil }
    func address(_ offset: Int) -> InternetAddress {
      InternetAddress(rawValue: UInt32(bytes.number(at: offset, count: 4)))
    }
    source = Endpoint(address: address(12), port: UInt16(fields.number(at: 0, count: 2)))
    destination = Endpoint(address: address(16), port: UInt16(fields.number(at: 2, count: 2)))
    content = datagram.prefix(length).dropFirst(8)
    // Without a checksum the field is zero.
    guard
      fields.number(at: 6, count: 2) == 0
        || Bytes.checksum(pseudoHeader(length) + datagram.prefix(length)) == 0
    else { return nil }
  }

  private func pseudoHeader(_ length: Int) -> [UInt8] {
    source.address.bytes + destination.address.bytes + [0, Self.userDatagram]
      + Bytes.of(UInt16(clamping: length))
  }

  /// The packet with the datagram.
  func packet(identification: UInt16) -> [UInt8] {
    let length = 8 + content.count
    var datagram = Bytes.of(source.port) + Bytes.of(destination.port)
    datagram += Bytes.of(UInt16(clamping: length)) + [0, 0] + content
    let sum = Bytes.checksum(pseudoHeader(length) + datagram)
    datagram.replaceSubrange(6..<8, with: Bytes.of(sum == 0 ? .max : sum))
    var header: [UInt8] = [0x45, 0] + Bytes.of(UInt16(clamping: 20 + length))
    header += Bytes.of(identification) + [0, 0, 64, Self.userDatagram, 0, 0]
    header += source.address.bytes + destination.address.bytes
    header.replaceSubrange(10..<12, with: Bytes.of(Bytes.checksum(header)))
    return header + datagram
  }
}
