internal import HostSupport

/// What has arrived from a debugger.
enum Arrival: Equatable {
  /// The contents of a packet, unescaped.
  case packet([UInt8])
  /// A packet with another checksum than it says, or digits that are none.
  case damaged
  /// A packet of more than ``PacketReader/longest`` bytes, which were dropped.
  case tooLong
  /// The byte 3: the guest is to stop.
  case interrupt
  /// `+`
  case acknowledged
  /// `-`: the latest packet has arrived damaged.
  case repeatRequest
}

/// Takes the bytes of a debugger apart: packets `$CONTENTS#CHECKSUM` and single bytes between them.
struct PacketReader {
  /// The most bytes of a packet's contents.
  static let longest = 1 << 14

  private enum State: Equatable {
    case idle
    case contents
    case firstDigit
    case secondDigit(UInt8?)
  }

  private var state = State.idle
  private var contents: [UInt8] = []
  private var sum: UInt8 = 0
  private var isTooLong = false
  private var isEscaped = false

  /// Takes the next byte.
  /// - Returns: what it completes; nil when more bytes are needed.
  mutating func take(_ byte: UInt8) -> Arrival? {
    switch (state, byte) {
    case (_, Byte.packet): begin()
    case (.idle, Byte.interrupt): return .interrupt
    case (.idle, Byte.acknowledgement): return .acknowledged
    case (.idle, Byte.repeatRequest): return .repeatRequest
    case (.idle, _): break
    case (.contents, Byte.end): state = .firstDigit
    case (.contents, _): add(byte)
    case (.firstDigit, _): state = .secondDigit(Self.digit(byte))
    case (.secondDigit(let first), _):
      state = .idle
      guard !isTooLong else { return .tooLong }
      guard let first, let second = Self.digit(byte), first << 4 | second == sum else {
        return .damaged
      }
      defer { contents = [] }
      return .packet(contents)
    }
    return nil
  }

  private mutating func begin() {
    state = .contents
    contents.removeAll(keepingCapacity: true)
    (sum, isTooLong, isEscaped) = (0, false, false)
  }

  private mutating func add(_ byte: UInt8) {
    sum &+= byte
    if !isEscaped, byte == Byte.escape {
      isEscaped = true
      return
    }
    guard contents.count < Self.longest else {
      isTooLong = true
      return
    }
    contents.append(isEscaped ? byte ^ Byte.escapeMask : byte)
    isEscaped = false
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}

/// The bytes with a meaning of their own.
enum Byte {
  static let packet = UInt8(ascii: "$")
  static let end = UInt8(ascii: "#")
  static let escape = UInt8(ascii: "}")
  static let runLength = UInt8(ascii: "*")
  static let escapeMask: UInt8 = 0x20
  static let interrupt: UInt8 = 3
  static let acknowledgement = UInt8(ascii: "+")
  static let repeatRequest = UInt8(ascii: "-")
}

/// Makes packets.
enum PacketWriter {
  /// A packet with its beginning, its escapes and its checksum.
  static func packet(_ contents: [UInt8]) -> [UInt8] {
    var bytes = [Byte.packet]
    bytes.reserveCapacity(contents.count + 4)
    for byte in contents {
      switch byte {
      case Byte.packet, Byte.end, Byte.escape, Byte.runLength:
        bytes += [Byte.escape, byte ^ Byte.escapeMask]
      default: bytes.append(byte)
      }
    }
    let sum = bytes.dropFirst().reduce(0 as UInt8, &+)
    bytes.append(Byte.end)
    bytes += Array(sum.hexDigits(2).utf8)
    return bytes
  }
}
