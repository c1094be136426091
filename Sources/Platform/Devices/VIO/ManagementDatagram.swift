internal import HostSupport
internal import Hypervisor

/// Management datagrams of VSCSI (LoPAR "VSCSI Management Datagrams (MADs)"): a head of type, status,
/// length and tag, and for most kinds the address of a buffer. All numbers are big-endian.
struct ManagementDatagram {
  /// Kinds of datagrams.
  enum Kind: UInt32 {
    case emptyUnit = 1
    case errorLog = 2
    case adapterInformation = 3
    case capabilities = 5
    case enableFastFail = 8
  }

  /// What a datagram came to.
  enum Status {
    static let success: UInt16 = 0
    static let unsupported: UInt16 = 0xF1
    static let failed: UInt16 = 0xF7
  }

  /// Bytes of the head.
  static let headSize = 16

  private let bytes: [UInt8]

  /// A datagram from its bytes, at least a head.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headSize else { return nil }
    self.bytes = bytes
  }

  var kind: Kind? { Kind(rawValue: UInt32(bigEndianBytes: bytes[..<4])) }
  /// Bytes of the buffer.
  var length: Int { Int(UInt16(bigEndianBytes: bytes[6..<8])) }
  var tag: UInt64 { UInt64(bigEndianBytes: bytes[8..<16]) }
  /// Where the buffer is; nil when the datagram has none.
  var buffer: BusAddress? {
    bytes.count >= Self.headSize + 8
      ? BusAddress(UInt64(bigEndianBytes: bytes[16..<24])) : nil
  }

  /// The datagram with its status.
  func answered(_ status: UInt16) -> [UInt8] {
    var bytes = bytes
    bytes.put(status, at: 4)
    return bytes
  }

  // MARK: buffers

  /// What the adapter is: version of SRP, name and number of the server's partition, version of
  /// datagrams, kind of server, and the most bytes of a command.
  static func adapterInformation(mostTransferred: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 148)
    bytes.replaceSubrange(0..<4, with: "16.a".utf8)
    bytes.replaceSubrange(8..<12, with: "host".utf8)
    // Partition 0 is the hypervisor.
    bytes.put(1 as UInt32, at: 108)
    // A virtual I/O server, which serves fast fail and capabilities too.
    bytes.put(3 as UInt32, at: 112)
    bytes.put(mostTransferred, at: 116)
    return bytes
  }

  /// Bits of a client's list of capabilities.
  private static let listSupported: UInt32 = 4
  /// Bytes before the capabilities.
  private static let listHead = 68

  /// A client's list of capabilities as the adapter supports it: none of them. Guests move without
  /// their drivers' part in it, and reservations are not offered.
  static func capabilities(_ list: [UInt8]) -> [UInt8]? {
    guard list.count >= listHead else { return nil }
    var list = list
    var place = listHead
    while place + 8 <= list.count {
      let length = Int(UInt16(bigEndianBytes: list[place + 4..<place + 6]))
      guard length >= 8 else { break }
      list.put(0 as UInt16, at: place + 6)
      place += length
    }
    if place > listHead {
      list.put(UInt32(bigEndianBytes: list[..<4]) & ~listSupported, at: 0)
    }
    return list
  }

  /// Bytes of an error log without its data.
  static let logSize = 104

  /// A client's error log in words.
  static func text(ofLog log: [UInt8]) -> String? {
    guard log.count >= logSize else { return nil }
    func name(_ place: Int) -> String {
      String(
        decoding: log[place..<place + 32].prefix { $0 != 0 }.map {
          (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?")
        }, as: UTF8.self)
    }
    let number = UInt32(bigEndianBytes: log[24..<28])
    return "VSCSI client \(name(32)), device \(name(64)): error \(number.hexadecimal())"
  }
}
