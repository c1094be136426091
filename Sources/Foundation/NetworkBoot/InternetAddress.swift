/// An address of the Internet protocol, version 4.
public struct InternetAddress: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The four bytes, the first one in the highest.
  public var rawValue: UInt32
  /// An address from its 32 bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// No address.
  public static let none = InternetAddress(rawValue: 0)
  /// Everyone on the network.
  public static let everyone = InternetAddress(rawValue: .max)

  /// An address from four decimal numbers with dots between them.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part -> UInt8? in
      part.utf8.count <= 3 && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        ? UInt8(part) : nil
    }
    guard parts.count == 4, bytes.count == 4 else { return nil }
    self.init(bytes[...])
  }

  /// An address from four bytes; others are zero.
  init(_ bytes: ArraySlice<UInt8>) {
    rawValue = UInt32(Bytes(bytes.prefix(4)).number(at: 0, count: 4))
  }

  var bytes: [UInt8] { Bytes.of(rawValue) }

  /// Four decimal numbers with dots between them.
  public var description: String { bytes.map { String($0) }.joined(separator: ".") }
}

/// Bytes of a packet, with big-endian numbers.
struct Bytes {
  private let bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// A number of up to eight bytes at an offset; bytes that are missing are zero.
  func number(at offset: Int, count: Int) -> UInt64 {
    var value: UInt64 = 0
    for place in offset..<offset + count {
      let index = bytes.startIndex + place
      value = value << 8 | (index < bytes.endIndex ? UInt64(bytes[index]) : 0)
    }
    return value
  }

  /// The bytes of a number, the most significant first.
  static func of(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// The checksum of the Internet protocols over bytes (RFC 1071).
  static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for place in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[place]) << 8
      if place + 1 < bytes.count { sum += UInt32(bytes[place + 1]) }
      sum = sum >> 16 + sum & 0xFFFF
    }
    return ~UInt16(truncatingIfNeeded: sum)
  }
}
