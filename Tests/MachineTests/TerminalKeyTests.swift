import Testing

@testable import Machine

/// What terminals send, as keys.
@Suite struct TerminalKeyTests {
  @Test(
    arguments: [
      ("", [], ""), ("a\r", [.byte(0x61), .byte(0x0D)], ""), ("\u{1B}", [.escape], ""),
      ("\u{1B}\u{1B}", [.escape, .escape], ""), ("\u{1B}x", [.escape, .byte(0x78)], ""),
      ("\u{1B}[24~", [.f12], ""), ("\u{1B}[2~\u{1B}[1;5A", [.other, .other], ""),
      ("\u{1B}OA1", [.other, .byte(0x31)], ""),
      // What is not complete waits.
      ("1\u{1B}[24", [.byte(0x31)], "\u{1B}[24"), ("\u{1B}O", [], "\u{1B}O"),
      // No sequence holds another key back.
      ("\u{1B}[2\r", [.other, .byte(0x0D)], ""), ("\u{1B}[\u{1B}", [.other, .escape], ""),
      ("\u{1B}[00000000000000000", [.other, .byte(0x30)], ""),
    ] as [(String, [TerminalKey], String)])
  func keys(text: String, keys: [TerminalKey], rest: String) {
    var input = Array(text.utf8)[...]
    var found: [TerminalKey] = []
    while let key = TerminalKey.take(from: &input) { found.append(key) }
    #expect(found == keys)
    #expect(Array(input) == Array(rest.utf8))
  }
}
