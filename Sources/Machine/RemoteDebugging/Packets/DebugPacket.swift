internal import HostSupport

/// A packet that the server knows: one row of ``all``.
struct DebugPacket: Sendable {
  /// What the server says.
  enum Answer {
    case text(String)
    case bytes([UInt8])
    /// Nothing until the guest stops, or nothing at all.
    case later

    static let ok = Answer.text("OK")
  }

  /// The beginning of the packet's contents; arguments follow.
  let name: String
  /// What it is for.
  let summary: String
  /// Whether it is served while the guest runs, too.
  let isForRunningGuests: Bool
  let perform: @Sendable (DebugSession, PacketText) throws(DebugError) -> Answer

  init(
    _ name: String, _ summary: String, whileRunning: Bool = false,
    _ perform: @escaping @Sendable (DebugSession, PacketText) throws(DebugError) -> Answer
  ) {
    (self.name, self.summary) = (name, summary)
    (isForRunningGuests, self.perform) = (whileRunning, perform)
  }

  /// Every packet.
  static let all: [DebugPacket] =
    sessionPackets + threadPackets + registerPackets + memoryPackets + runningPackets + pointPackets
    + queryPackets

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The row of a packet, and its arguments; nil for one that the server does not know. Names of more
  /// than one letter end at one of `:;,`, which is no part of the arguments.
  static func find(_ contents: [UInt8]) -> (DebugPacket, PacketText)? {
    guard let first = contents.first else { return nil }
    let isLong = "qQv".utf8.contains(first)
    let separators = Array(":;,".utf8)
    let end = isLong ? contents.firstIndex(where: separators.contains) ?? contents.endIndex : 1
    let name = String(decoding: contents[..<end], as: UTF8.self)
    guard let packet = byName[name] else { return nil }
    let arguments = contents[end...].dropFirst(isLong ? 1 : 0)
    return (packet, PacketText(arguments))
  }
}

/// The arguments of a packet, which are taken from the front.
struct PacketText {
  private(set) var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  var isEmpty: Bool { bytes.isEmpty }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Takes a character if it comes next.
  mutating func take(_ character: Character) -> Bool {
    guard let first = bytes.first, first == character.asciiValue else { return false }
    bytes.removeFirst()
    return true
  }

  mutating func require(_ character: Character) throws(DebugError) {
    guard take(character) else { throw .malformed }
  }

  /// A number in hexadecimal, of at most 64 bits.
  mutating func number() throws(DebugError) -> UInt64 {
    var value: UInt64 = 0
    var count = 0
    while let byte = bytes.first, let digit = Character(UnicodeScalar(byte)).hexDigitValue {
      guard value >> 60 == 0 else { throw .malformed }
      value = value << 4 | UInt64(digit)
      bytes.removeFirst()
      count += 1
    }
    guard count > 0 else { throw .malformed }
    return value
  }

  /// The bytes of all the hexadecimal digits that are left.
  mutating func hexadecimalBytes() throws(DebugError) -> [UInt8] {
    guard let values = [UInt8](hexDigits: text) else { throw .malformed }
    bytes = []
    return values
  }

  /// Checks that nothing is left.
  func requireEnd() throws(DebugError) { guard isEmpty else { throw .malformed } }

  /// What is left before a character, which is dropped with it; everything if it is not there.
  mutating func field(upTo character: Character) -> PacketText {
    let end = bytes.firstIndex { $0 == character.asciiValue } ?? bytes.endIndex
    defer { bytes = bytes[end...].dropFirst() }
    return PacketText(bytes[..<end])
  }
}
