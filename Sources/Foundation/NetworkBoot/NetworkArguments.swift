/// The arguments of a network card in a device specifier, behind its colon (IEEE 1275, TFTP Booting
/// Extension; LoPAR, "Network Boot"):
/// `[bootp,|dhcp,][NAME=VALUE,…]SERVER,FILE,CLIENT,GATEWAY,BOOTP-RETRIES,TFTP-RETRIES,SUBNET-MASK,BLOCK-SIZE`.
/// All of them may be left out; an address 0.0.0.0 too is left to the server.
public struct NetworkArguments: Hashable, Sendable {
  /// How the addresses are found.
  public enum AddressProtocol: String, Hashable, Sendable {
    /// The Bootstrap Protocol alone (RFC 951).
    case bootp
    /// The Dynamic Host Configuration Protocol (RFC 2131).
    case dhcp
  }

  /// How the addresses are found.
  public var addressProtocol = AddressProtocol.dhcp
  /// The server of TFTP.
  public var server: InternetAddress?
  /// The name of the file.
  public var file: String?
  /// The card's own address. With it and the server's nothing is asked for.
  public var client: InternetAddress?
  /// The router to other networks.
  public var gateway: InternetAddress?
  /// How often an address is asked for again.
  public var addressRetries = 4
  /// How often a block is asked for again.
  public var fileRetries = 5
  /// The bits of an address that all of the card's network have.
  public var subnetMask: InternetAddress?
  /// Bytes of a block.
  public var blockSize = 1428

  /// The most retries.
  static let mostRetries = 99
  /// Blocks that are in one packet each.
  static let blockSizes = 8...1428

  /// Everything is left to the server.
  public init() {}

  /// The arguments in a text, which may be empty; nil when they are none.
  public init?(_ text: some StringProtocol) {
    var fields = String(text).split(separator: ",", omittingEmptySubsequences: false)[...]
    while let field = fields.first {
      if let named = AddressProtocol(rawValue: String(field)) {
        addressProtocol = named
      } else if field != "tftp", field != "promiscuous", !Self.isSetting(field) {
        break
      }
      fields.removeFirst()
    }
    guard fields.count <= 8 else { return nil }
    for (place, field) in fields.enumerated() where !field.isEmpty {
      guard take(String(field), place) else { return nil }
    }
  }

  /// `speed=auto` and the like, of which this card has none.
  private static func isSetting(_ field: Substring) -> Bool {
    guard let equal = field.firstIndex(of: "="), equal != field.startIndex else { return false }
    return field[..<equal].allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-") }
  }

  /// Takes the field at a place.
  private mutating func take(_ field: String, _ place: Int) -> Bool {
    if place == 1 {
      file = field
      return field.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
    if [4, 5, 7].contains(place) {
      guard field.utf8.count <= 5, let number = Int(field), number >= 0 else { return false }
      switch place {
      case 4: addressRetries = min(number, Self.mostRetries)
      case 5: fileRetries = min(number, Self.mostRetries)
      default:
        blockSize = min(max(number, Self.blockSizes.lowerBound), Self.blockSizes.upperBound)
      }
      return true
    }
    guard let address = InternetAddress(field) else { return false }
    let given = address == .none || address == .everyone ? nil : address
    switch place {
    case 0: server = given
    case 2: client = given
    case 3: gateway = given
    default: subnetMask = address
    }
    return true
  }

  /// The arguments of a device specifier: behind its colon.
  public init?(ofSpecifier specifier: some StringProtocol) {
    let start = specifier.firstIndex(of: ":").map { specifier.index(after: $0) }
    self.init(specifier[(start ?? specifier.endIndex)...])
  }
}
