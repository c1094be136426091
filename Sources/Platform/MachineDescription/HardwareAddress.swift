/// An address of a network card.
public struct HardwareAddress: Hashable, Sendable {
  /// The six bytes, the first one in the highest.
  public var rawValue: UInt64

  /// An address from its 48 bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue & 0xFFFF_FFFF_FFFF }

  /// Whether it is the address of several cards.
  public var isGroup: Bool { rawValue >> 40 & 1 != 0 }

  /// The six bytes in the order of the wire.
  public var bytes: [UInt8] {
    (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(8 * (5 - $0))) }
  }

  /// An address from six bytes.
  public init(_ bytes: some Collection<UInt8>) {
    self.init(rawValue: bytes.prefix(6).reduce(0) { $0 << 8 | UInt64($1) })
  }
}

extension HardwareAddress: CustomStringConvertible {
  /// An address from six pairs of hexadecimal digits with colons between them.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil }
    guard parts.count == 6, bytes.count == 6 else { return nil }
    self.init(bytes)
  }

  /// Six pairs of hexadecimal digits with colons between them.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
