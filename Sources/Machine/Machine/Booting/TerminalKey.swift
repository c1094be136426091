/// A key as terminals send it.
enum TerminalKey: Equatable {
  case escape
  case f12
  /// A key with a byte of its own.
  case byte(UInt8)
  /// Another key with an escape sequence, an arrow for instance.
  case other

  private static let escapeByte: UInt8 = 0x1B
  /// The most bytes between the beginning of a sequence and its end.
  private static let mostParameters = 16

  /// Takes the first key of what was typed.
  /// - Returns: nil when there is none, or the end of its sequence is missing.
  static func take(from input: inout ArraySlice<UInt8>) -> TerminalKey? {
    guard let first = input.first else { return nil }
    let rest = input.dropFirst()
    guard first == escapeByte else {
      input = rest
      return .byte(first)
    }
    switch rest.first {
    case UInt8(ascii: "["): return takeSequence(rest.dropFirst(), from: &input)
    case UInt8(ascii: "O"):
      guard rest.count > 1 else { return nil }
      input = rest.dropFirst(2)
      return .other
    default:
      input = rest
      return .escape
    }
  }

  /// Takes a control sequence (ECMA-48, 5.4).
  /// - Parameter sequence: the bytes behind its beginning.
  private static func takeSequence(
    _ sequence: ArraySlice<UInt8>, from input: inout ArraySlice<UInt8>
  ) -> TerminalKey? {
    let parameters = sequence.prefix(mostParameters).prefix { (0x20...0x3F).contains($0) }
    let rest = sequence.dropFirst(parameters.count)
    guard let last = rest.first else { return nil }
    // A byte that ends no sequence is the next key.
    guard (0x40...0x7E).contains(last) else {
      input = rest
      return .other
    }
    input = rest.dropFirst()
    return parameters.elementsEqual("24".utf8) && last == UInt8(ascii: "~") ? .f12 : .other
  }
}
