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

  /// Drops carriage returns, and escape sequences `ESC [ … letter`.
  private static func text(_ bytes: [UInt8]) -> String {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == 0x1b {
        if index < bytes.count, bytes[index] == UInt8(ascii: "[") {
          index += 1
          while index < bytes.count, !(0x40...0x7e).contains(bytes[index]) { index += 1 }
          index += 1
        }
      } else if byte != UInt8(ascii: "\r"), byte != 0 {
        kept.append(byte)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }
}
