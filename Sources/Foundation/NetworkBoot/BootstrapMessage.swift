/// A message of the Bootstrap Protocol and of DHCP (RFC 951, RFC 2131, RFC 2132).
struct BootstrapMessage {
  /// Kinds of messages of DHCP.
  enum Kind: UInt8 {
    case discover = 1
    case offer = 2
    case request = 3
    case acknowledgement = 5
    case refusal = 6
  }

  /// Numbers of options.
  private enum Option {
    static let pad: UInt8 = 0
    static let subnetMask: UInt8 = 1
    static let router: UInt8 = 3
    static let requestedAddress: UInt8 = 50
    static let overload: UInt8 = 52
    static let kind: UInt8 = 53
    static let server: UInt8 = 54
    static let parameters: UInt8 = 55
    static let largestMessage: UInt8 = 57
    static let fileServer: UInt8 = 66
    static let file: UInt8 = 67
    static let architecture: UInt8 = 93
    static let end: UInt8 = 255
  }

  private static let magic: [UInt8] = [99, 130, 83, 99]
  private static let optionsStart = 240
  /// Fields of the fixed part that can have options too.
  private static let fileField = 108..<236
  private static let serverField = 44..<108
  /// Bytes of a request, at least (RFC 951).
  private static let leastSize = 300
  /// PowerPC with Open Firmware, among the architectures of RFC 4578.
  private static let openFirmware: [UInt8] = [0, 12]

  static let serverPort: UInt16 = 67
  static let clientPort: UInt16 = 68

  /// The whole message.
  let bytes: ArraySlice<UInt8>
  private var options: [UInt8: ArraySlice<UInt8>] = [:]

  /// A server's answer to a request; nil for anything else.
  init?(answer bytes: ArraySlice<UInt8>, transaction: UInt32, client: [UInt8]) {
    let fields = Bytes(bytes)
    guard bytes.count >= Self.optionsStart - 4, fields.number(at: 0, count: 1) == 2,
      fields.number(at: 4, count: 4) == transaction,
      bytes.dropFirst(28).prefix(6).elementsEqual(client)
    else { return nil }
    self.bytes = bytes
    guard bytes.dropFirst(Self.optionsStart - 4).prefix(4).elementsEqual(Self.magic) else { return }
    readOptions(bytes.dropFirst(Self.optionsStart))
    let overload = options[Option.overload]?.first ?? 0
    if overload & 1 != 0 { readOptions(field(Self.fileField)) }
    if overload & 2 != 0 { readOptions(field(Self.serverField)) }
  }

  private func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
    bytes.dropFirst(range.lowerBound).prefix(range.count)
  }

  /// The parts of an option that is there several times belong together (RFC 3396).
  private mutating func readOptions(_ list: ArraySlice<UInt8>) {
    var rest = list
    while let number = rest.popFirst(), number != Option.end {
      if number == Option.pad { continue }
      guard let count = rest.popFirst(), Int(count) <= rest.count else { return }
      options[number, default: []] += rest.prefix(Int(count))
      rest = rest.dropFirst(Int(count))
    }
  }

  /// The kind of a message of DHCP; nil for one of the Bootstrap Protocol.
  var kind: Kind? { options[Option.kind]?.first.flatMap(Kind.init) }
  /// Whether it is a message of DHCP.
  var isDHCP: Bool { options[Option.kind] != nil }
  /// The client's address.
  var clientAddress: InternetAddress { InternetAddress(bytes.dropFirst(16)) }
  /// The server that gave it.
  var server: InternetAddress? { address(Option.server) }
  var subnetMask: InternetAddress? { address(Option.subnetMask) }
  var router: InternetAddress? { address(Option.router) }

  /// The server of the file.
  var fileServer: InternetAddress? {
    let named = options[Option.fileServer].flatMap { InternetAddress(Self.text($0)) }
    let next = InternetAddress(bytes.dropFirst(20))
    return named ?? (next == .none ? server : next)
  }

  /// The name of the file, if there is one.
  var file: String? {
    let isOverloaded = (options[Option.overload]?.first ?? 0) & 1 != 0
    let name = Self.text(options[Option.file] ?? (isOverloaded ? [] : field(Self.fileField)))
    return name.isEmpty ? nil : name
  }

  private func address(_ option: UInt8) -> InternetAddress? {
    guard let value = options[option], value.count >= 4 else { return nil }
    let address = InternetAddress(value)
    return address == .none ? nil : address
  }

  /// The printable characters before the first zero byte.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let characters = bytes.prefix { $0 != 0 }.filter { (0x20...0x7E).contains($0) }
    return String(decoding: characters, as: UTF8.self)
  }

  /// A client's request.
  /// - Parameters:
  ///   - kind: nil for one of the Bootstrap Protocol.
  ///   - offer: the offer that is accepted.
  static func request(
    _ kind: Kind?, transaction: UInt32, seconds: UInt16, client: [UInt8],
    offer: BootstrapMessage? = nil
  ) -> [UInt8] {
    var message: [UInt8] = [1, 1, 6, 0] + Bytes.of(transaction) + Bytes.of(seconds)
    // The answer can come to everyone, or to the address that it gives.
    message += [0x80, 0] + [UInt8](repeating: 0, count: 16) + client
    message += [UInt8](repeating: 0, count: optionsStart - 4 - message.count) + magic
    if let kind {
      message += [Option.kind, 1, kind.rawValue]
      message += [Option.largestMessage, 2] + Bytes.of(1472 as UInt16)
      message += [
        Option.parameters, 5, Option.subnetMask, Option.router, Option.server, Option.fileServer,
        Option.file,
      ]
      message += [Option.architecture, 2] + openFirmware
    }
    if let offer {
      message += [Option.requestedAddress, 4] + offer.clientAddress.bytes
      if let server = offer.server { message += [Option.server, 4] + server.bytes }
    }
    message.append(Option.end)
    return message + [UInt8](repeating: 0, count: max(leastSize - message.count, 0))
  }
}
