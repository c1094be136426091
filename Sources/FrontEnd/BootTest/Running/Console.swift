/// The guest's console: lines without carriage returns and terminal control sequences.
struct Console {
  /// Complete lines.
  private(set) var lines: [String] = []
  /// The text after the last line feed, such as a prompt.
  private(set) var partial = ""
  private var pending: [UInt8] = []

  /// In bytes; longer lines are split.
  private static let longestLine = 1 << 16

  /// - Returns: the lines completed by these bytes.
  mutating func append(_ bytes: some Sequence<UInt8>) -> ArraySlice<String> {
    let first = lines.count
    for byte in bytes {
      let endsLine = byte == UInt8(ascii: "\n")
      if !endsLine { pending.append(byte) }
      if endsLine || pending.count == Self.longestLine {
        lines.append(Self.text(pending))
        pending.removeAll(keepingCapacity: true)
      }
    }
    partial = Self.text(pending)
    return lines[first...]
  }

  /// Ends the console: an unfinished line counts as a line.
  mutating func finish() -> ArraySlice<String> {
    pending.isEmpty ? [] : append([UInt8(ascii: "\n")])
  }

  /// Drops NULs, carriage returns and escape sequences (ECMA-48).
  private static func text(_ bytes: [UInt8]) -> String {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      switch byte {
      case escape: skipSequence(&rest)
      case 0, UInt8(ascii: "\r"): break
      default: kept.append(byte)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  private static let escape: UInt8 = 0x1b

  /// Drops what follows an `ESC`: a control sequence, a control string, or intermediate bytes and a final byte. A sequence that
  /// the line does not complete takes all of it.
  private static func skipSequence(_ rest: inout ArraySlice<UInt8>) {
    switch rest.first {
    case UInt8(ascii: "["):
      rest = rest.dropFirst().drop { !(0x40...0x7e).contains($0) }.dropFirst()
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"),
      UInt8(ascii: "_"):
      // BEL ends an operating system command as xterm has it, CAN and SUB cancel, ESC begins ST or another sequence.
      rest = rest.drop { ![0x07, 0x18, 0x1a, escape].contains($0) }
      if rest.first != escape { rest = rest.dropFirst() }
    default:
      rest = rest.drop { (0x20...0x2f).contains($0) }
      if let final = rest.first, (0x30...0x7e).contains(final) { rest = rest.dropFirst() }
    }
  }
}
