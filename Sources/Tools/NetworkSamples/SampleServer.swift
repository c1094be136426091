/// A server of DHCP, BOOTP and TFTP on a network of its own, for tests: it takes a client's frame, and gives
/// its answers. It does not look closely.
public struct SampleServer: Sendable {
  /// The files by their names.
  public var files: [String: [UInt8]]
  /// The file that is named to clients.
  public var bootFile: String?
  /// Whether it has DHCP.
  public var hasDHCP = true
  /// Whether it has options of TFTP.
  public var hasOptions = true
  /// Whether files are on a network beyond its router.
  public var isFar = false

  /// Its hardware address.
  public static let hardware: [UInt8] = [0x52, 0x55, 10, 0, 2, 2]
  /// Its address.
  public static let address: [UInt8] = [10, 0, 2, 2]
  /// The address that it gives.
  public static let client: [UInt8] = [10, 0, 2, 15]
  private static let far: [UInt8] = [192, 168, 7, 1]
  /// The port of a transfer.
  private static let transferPort: UInt16 = 0xC001

  private var transfer: (content: [UInt8], blockSize: Int)?
  /// Requests of each protocol.
  public private(set) var requests: [String] = []

  /// A server with files.
  public init(files: [String: [UInt8]], bootFile: String? = nil) {
    (self.files, self.bootFile) = (files, bootFile)
  }

  /// Answers a frame.
  public mutating func answer(_ frame: [UInt8]) -> [[UInt8]] {
    guard frame.count >= 42 else { return [] }
    let source = Array(frame[6..<12])
    if frame[12] == 8, frame[13] == 6 { return resolution(frame) }
    guard frame[12] == 8, frame[13] == 0, frame[14] == 0x45, frame[23] == 17 else { return [] }
    let content = Array(frame[42..<min(34 + Int(Self.number(frame, 38)), frame.count)])
    let port = Self.number(frame, 34)
    switch Self.number(frame, 36) {
    case 67:
      return bootstrap(content).map { [Self.datagram($0, to: source, 67, 68, Self.address)] } ?? []
    case 69, Self.transferPort:
      return transfer(content).map {
        [Self.datagram($0, to: source, Self.transferPort, port, isFar ? Self.far : Self.address)]
      } ?? []
    default: return []
    }
  }

  private mutating func resolution(_ frame: [UInt8]) -> [[UInt8]] {
    let wanted = Array(frame[38..<42])
    requests.append("ARP \(wanted[3])")
    guard frame[21] == 1, wanted == Self.address else { return [] }
    return [
      Array(frame[6..<12]) + Self.hardware + frame[12..<20] + [0, 2] + Self.hardware + wanted
        + frame[22..<32]
    ]
  }

  // MARK: addresses

  private mutating func bootstrap(_ request: [UInt8]) -> [UInt8]? {
    guard request.count >= 240, request[0] == 1 else { return nil }
    let kind = request[240...].starts(with: [53, 1]) ? request[242] : 0
    requests.append("DHCP \(kind)")
    if kind != 0, !hasDHCP { return nil }
    var answer: [UInt8] = [2, 1, 6, 0] + request[4..<12] + [0, 0, 0, 0] + Self.client
    answer += (isFar ? Self.far : Self.address) + [0, 0, 0, 0] + request[28..<108]
    let name = Array((bootFile ?? "").utf8)
    answer += name + [UInt8](repeating: 0, count: 128 - name.count) + [99, 130, 83, 99]
    if kind != 0 { answer += [53, 1, kind == 1 ? 2 : 5, 54, 4] + Self.address }
    return answer + [1, 4, 255, 255, 255, 0, 3, 4] + Self.address + [255, 0, 0]
  }

  // MARK: files

  private mutating func transfer(_ message: [UInt8]) -> [UInt8]? {
    guard message.count >= 4 else { return nil }
    switch message[1] {
    case 1: return begin(message[2...])
    case 4:
      guard let (content, size) = transfer else { return nil }
      let last = Int(Self.number(message, 2))
      // Blocks beyond 65,535 have small numbers again; the sample is shorter.
      let start = last * size
      guard start <= content.count else { return nil }
      return [0, 3] + Self.bytes(UInt16(truncatingIfNeeded: last + 1))
        + content[start..<min(start + size, content.count)]
    default: return nil
    }
  }

  private mutating func begin(_ request: ArraySlice<UInt8>) -> [UInt8] {
    let words = request.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    requests.append("TFTP \(words.first ?? "")")
    guard let content = words.first.flatMap({ files[$0] }) else {
      return [0, 5, 0, 1] + Array("File not found".utf8) + [0]
    }
    guard hasOptions, words.count >= 6, let size = Int(words[3]) else {
      transfer = (content, 512)
      return [0, 3, 0, 1] + content.prefix(512)
    }
    transfer = (content, size)
    let options = ["blksize", words[3], "tsize", "\(content.count)"]
    return [0, 6] + options.flatMap { Array($0.utf8) + [0] }
  }

  // MARK: packets

  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
    UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  private static func bytes(_ number: UInt16) -> [UInt8] {
    [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  /// A frame with a datagram, whose own checksum is left out.
  public static func datagram(
    _ content: [UInt8], to hardware: [UInt8], _ source: UInt16, _ destination: UInt16,
    _ sender: [UInt8]
  ) -> [UInt8] {
    let length = UInt16(clamping: 8 + content.count)
    var header: [UInt8] =
      [0x45, 0] + bytes(20 + length) + [0, 0, 0, 0, 64, 17, 0, 0] + sender + client
    var sum: UInt32 = 0
    for place in stride(from: 0, to: 20, by: 2) { sum += UInt32(number(header, place)) }
    sum = sum >> 16 + sum & 0xFFFF
    header.replaceSubrange(
      10..<12, with: bytes(~UInt16(truncatingIfNeeded: sum >> 16 + sum & 0xFFFF)))
    return hardware + Self.hardware + [8, 0] + header + bytes(source) + bytes(destination)
      + bytes(length) + [0, 0] + content
  }
}
