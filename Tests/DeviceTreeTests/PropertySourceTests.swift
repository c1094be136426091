import DeviceTree
import Foundation
import PeerSupport
import Testing

/// The tree that dtc makes of source text.
private func compile(_ text: String) -> DeviceTree? {
  PeerProgram.dtc.output(["-q", "-q", "-I", "dts", "-O", "dtb", "-"], input: Data(text.utf8))
    .flatMap { try? DeviceTree(blob: Array($0)) }
}

@Suite struct PropertySourceTests {
  private func bytes(
    _ text: String, in tree: DeviceTree = DeviceTree(), files: [String: [UInt8]] = [:]
  ) throws -> [UInt8] {
    var tree = tree
    return try tree.value(of: PropertySource(parsing: text)) { files[$0] ?? [] }.bytes
  }

  /// What dtc makes of each.
  static let values: [(text: String, bytes: [UInt8])] = [
    ("", []), (" ", []), (#""""#, [0]), (#""C:\\x""#, [67, 58, 92, 120, 0]),
    (#""a\nb""#, [97, 10, 98, 0]), (#""say \"hi\"""#, Array(#"say "hi""#.utf8) + [0]),
    (#""\a\b\t\n\v\f\r\q\'""#, [7, 8, 9, 10, 11, 12, 13, 113, 39, 0]),
    (#""\x41\xfg\0\18\377\400""#, [0x41, 0x0f, 0x67, 0, 1, 0x38, 0xff, 0, 0]),
    ("\"é\"", [0xc3, 0xa9, 0]), ("\"a\", \"b\"", [97, 0, 98, 0]),
    ("<>", []), ("<010>", [0, 0, 0, 8]), ("<0x10 16>", [0, 0, 0, 16, 0, 0, 0, 16]),
    ("<1U 2UL 3ULL 4LL 0XFL>", PropertyValue.cells([1, 2, 3, 4, 15]).bytes),
    ("<(-1) (~0)>", PropertyValue.cells([.max, .max]).bytes),
    ("/bits/ 64 <1>", [0, 0, 0, 0, 0, 0, 0, 1]),
    ("/bits/ 64 <0xffffffffffffffff (-2)>", [UInt8](repeating: 255, count: 15) + [254]),
    ("/bits/ 8 <1 255 (-128)>", [1, 255, 128]), ("/bits/ 16 <0x1234 010>", [0x12, 0x34, 0, 8]),
    ("/bits/ 0x8 <7>", [7]), ("/bits/32<7>", [0, 0, 0, 7]),
    ("<'a' '\\n' '\\'' '\\x7f'>", PropertyValue.cells([97, 10, 39, 127]).bytes),
    ("[0a0B]", [10, 11]), ("[ 0a\t0b ]", [10, 11]), ("[]", []),
    ("<1>, [02], \"3\"", [0, 0, 0, 1, 2, 51, 0]),
    ("l: <1 m: 2> n: , o: [01 p: 02]", [0, 0, 0, 1, 0, 0, 0, 2, 1, 2]),
    ("/* c */ <1 /**/ 2> // d\n", [0, 0, 0, 1, 0, 0, 0, 2]),
    ("<(1 + 2 * 3) (10 - 2 - 3) (7 / 2) (7 % 4)>", PropertyValue.cells([7, 5, 3, 3]).bytes),
    ("<(1 << 4 >> 2) (1 << 64) (1 << 63 >> 63)>", PropertyValue.cells([4, 0, 1]).bytes),
    ("<(6 & 3) (6 | 1) (6 ^ 3) (1 | 2 & 4)>", PropertyValue.cells([2, 7, 5, 1]).bytes),
    (
      "<(1 < 2) (2 <= 1) (2 > 1) (1 >= 2) (1 == 1) (1 != 1)>",
      PropertyValue.cells([1, 0, 1, 0, 1, 0]).bytes
    ),
    ("<(1 && 0 || 1) (!5) (!0) (- -3) (~ ~4)>", PropertyValue.cells([1, 0, 1, 3, 4]).bytes),
    (
      "<(1 ? 2 : 3) (0 ? 2 : 0 ? 4 : 5) (0-1 == 0xffffffffffffffff)>",
      PropertyValue.cells([2, 5, 1]).bytes
    ),
  ]

  @Test(arguments: values.indices)
  func value(row: Int) throws {
    let (text, expected) = Self.values[row]
    #expect(try bytes(text) == expected, "\(text)")
  }

  /// Texts of which dtc makes other bytes.
  private func findings(_ values: [(text: String, bytes: [UInt8])]) -> [String] {
    let source = values.enumerated().map { "p\($0) = \($1.text);\n" }.joined()
    guard let root = compile("/dts-v1/; / { \(source) };")?.root else { return ["makes no tree"] }
    let properties = Dictionary(uniqueKeysWithValues: root.properties.map { ($0.name, $0.value) })
    return values.enumerated().filter { properties["p\($0)"]?.bytes != $1.bytes }.map(
      \.element.text)
  }

  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc")) func agreesWithValuesOfDTC() {
    let findings = findings(Self.values.filter { !$0.text.allSatisfy(\.isWhitespace) })
    #expect(PeerFindings.failures(findings, about: PeerProgram.dtc.version) == [])
  }

  @Test(
    arguments: [
      ("<1 2", 4, .expected("'>', a number or a reference")),
      ("<1 a>", 3, .expected("'>', a number or a reference")),
      ("<-1>", 1, .expected("'>', a number or a reference")), ("<089>", 1, .number("089")),
      ("<12ab>", 1, .number("12ab")), ("<0x>", 1, .number("0x")), ("<1LU>", 1, .number("1LU")),
      ("<0x10000000000000000>", 1, .numberTooLarge("0x10000000000000000")),
      ("<0x100000000>", 1, .doesNotFit(bits: 32)), ("/bits/ 8 <1 256>", 12, .doesNotFit(bits: 8)),
      ("/bits/ 8 <(-257)>", 10, .doesNotFit(bits: 8)), ("/bits/ 12 <1>", 9, .elementSize),
      ("/bits/ 64 <&a>", 13, .referenceSize), ("<(1 / 0)>", 4, .divisionByZero),
      ("<(1 ? 2 : 3 % (1 - 1))>", 12, .divisionByZero), ("<(1 +)>", 5, .expected("a number")),
      ("<(1 2)>", 4, .expected("')' or an operator")), ("<(1 ? 2)>", 7, .expected("':'")),
      ("<''>", 1, .character), ("<'ab'>", 1, .character),
      ("[0 a]", 1, .expected("']' or a byte of two hexadecimal digits")),
      ("[0g]", 1, .expected("']' or a byte of two hexadecimal digits")),
      ("\"x", 0, .unclosedString), (#""\""#, 0, .unclosedString), (#""\xg""#, 3, .escape),
      ("<1> <2>", 4, .afterTheEnd), ("<1>,", 4, .expected("a value")),
      ("x", 0, .expected("a value")),
      ("<1 /* ", 3, .unclosedComment), ("&{/a b}", 0, .expected("a value")),
      ("/incbin/(x)", 9, .expected("(\"FILE\"")), ("/incbin/(\"x\", 1)", 15, .expected("')'")),
    ] as [(String, Int, PropertySourceError.Reason)])
  func error(text: String, offset: Int, reason: PropertySourceError.Reason) {
    #expect(throws: PropertySourceError(offset: offset, reason: reason)) {
      try PropertySource(parsing: text)
    }
  }

  /// Nesting, which must not use up the stack, and texts of the largest size an argument may have.
  @Test func deepAndLongTexts() throws {
    for text in ["(", "(-", "(1?", "(1?1:", "~"] {
      #expect(throws: PropertySourceError.self) {
        try PropertySource(parsing: "<(" + String(repeating: text, count: 40_000) + "1)>")
      }
    }
    let nested = String(repeating: "(", count: 50) + "7" + String(repeating: ")", count: 50)
    #expect(try bytes("<\(nested)>") == [0, 0, 0, 7])
    #expect(try bytes(String(repeating: "<1>,", count: 30_000) + "<1>").count == 120_004)
    #expect(
      try bytes("<(" + String(repeating: "1+", count: 60_000) + "1)>")
        == PropertyValue.cell(60_001).bytes)
  }

  @Test func references() throws {
    var tree = sampleTree()
    tree.add(
      Node("__symbols__", properties: [Property("label", .string("/vdevice"))]), to: "/")
    #expect(
      try bytes("<&label 1 &{/vdevice}>", in: tree)
        == PropertyValue.cells([0x1111, 1, 0x1111]).bytes)
    #expect(try bytes("&label", in: tree) == PropertyValue.string("/vdevice").bytes)
    #expect(
      try bytes("\"x\", &{label/vty}", in: tree)
        == PropertyValue.strings(["x", "/vdevice/vty@71000000"]).bytes)
    #expect(try bytes("&console", in: tree) == PropertyValue.string("/vdevice/vty@71000000").bytes)
    #expect(try bytes("&{/}", in: tree) == PropertyValue.string("/").bytes)
    #expect(throws: PropertyReferenceError.noLabel("nothing")) { try bytes("<&nothing>", in: tree) }
    #expect(throws: PropertyReferenceError.noNode("/nothing")) {
      try bytes("&{/nothing}", in: tree)
    }
    // A node gets the lowest phandle that is free, and keeps it.
    let source = try PropertySource(parsing: "<&{/memory} &{/memory@0} &{/}>")
    #expect(try tree.value(of: source) { _ in [] }.cells == [1, 1, 2])
    #expect(tree["/memory"]?.phandle == 1)
  }

  @Test func files() throws {
    let files: [String: [UInt8]] = ["f": [1, 2, 3, 4]]
    #expect(try bytes(#"/incbin/("f")"#, files: files) == [1, 2, 3, 4])
    #expect(
      try bytes(#"<1>, /incbin/ ( "f" , 1 , (1 + 1) ), [09]"#, files: files) == [
        0, 0, 0, 1, 2, 3, 9,
      ])
    for text in [#"/incbin/("f", 1, 4)"#, #"/incbin/("f", 0xffffffffffffffff, 2)"#] {
      #expect(throws: PropertyReferenceError.fileTooShort("f", size: 4)) {
        try bytes(text, files: files)
      }
    }
  }

  @Test(arguments: [
    ("<1>", true), ("  [00]", true), ("\"x\"", true), ("&l", true), ("/bits/ 8 <1>", true),
    ("/incbin/(\"x\")", true), ("text", false), ("/vdevice", false), ("1", false), ("", false),
  ])
  func isSource(text: String, answer: Bool) { #expect(PropertySource.isSource(text) == answer) }

  // MARK: random values

  /// What is printed is read back as the same bytes.
  @Test func printedValuesAreRead() throws {
    for _ in 0..<5000 {
      let value = PropertyValue(Self.randomBytes())
      #expect(try bytes(value.sourceText) == value.bytes, "\(value.bytes)")
    }
  }

  /// Bytes of the kinds that are printed in different ways.
  private static func randomBytes() -> [UInt8] {
    let count = Int.random(in: 0...24)
    let ranges: [ClosedRange<UInt8>] = [0...255, 0x20...0x7e, 0...1, 0x5c...0x5c, 0x22...0x22]
    switch Int.random(in: 0..<4) {
    case 0: return (0..<count).map { _ in .random(in: 0...255) }
    case 1:
      return (0..<count).map { _ in
        .random(in: ranges[.random(in: 0..<5)])
      }
    case 2:
      return (0..<count / 4 + 1).flatMap { _ in
        (0..<3).map { _ in UInt8.random(in: 0x20...0x7e) } + [0]
      }
    default:
      let strings = (0..<count / 4 + 1).flatMap { _ in
        [UInt8.random(in: 0x20...0x7e), 0]
      }
      return PropertyValue.cell(UInt32(count / 4 + 1)).bytes + strings
    }
  }

  /// Random values as a person may write them: dtc and this package have the same bytes.
  @Test(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc"))
  func agreesWithRandomValuesOfDTC() throws {
    for _ in 0..<4 {
      let texts = (0..<2000).map { _ in Self.randomText() }
      let findings = findings(try texts.map { ($0, try bytes($0)) })
      #expect(PeerFindings.failures(findings, about: PeerProgram.dtc.version) == [])
    }
  }

  private static func randomText() -> String {
    (0...Int.random(in: 0..<3)).map { _ in
      switch Int.random(in: 0..<4) {
      case 0: return randomString()
      case 1:
        let space = ["", " ", "\n", "/* c */"]
        return "["
          + (0..<Int.random(in: 0..<9)).map { _ in
            let digits = String(UInt8.random(in: 0...255), radix: 16)
            return (digits.count < 2 ? "0" : "") + digits + space.randomElement()!
          }.joined() + "]"
      default:
        let bits = [0, 8, 16, 32, 64].randomElement()!
        let width = bits == 0 ? 32 : bits
        let mask = UInt64.max >> UInt64(64 - width)
        let numbers = (0..<Int.random(in: 0..<5)).map { _ in
          Bool.random()
            ? randomNumber(UInt64.random(in: 0...mask))
            : "((\(randomExpression(depth: 0))) & \(mask))"
        }
        return (bits == 0 ? "" : "/bits/ \(bits) ") + "<" + numbers.joined(separator: " ") + ">"
      }
    }.joined(separator: [",", ", ", " ,\t"].randomElement()!)
  }

  private static func randomNumber(_ number: UInt64) -> String {
    let suffix = ["", "", "U", "L", "UL", "LL", "ULL"].randomElement()!
    return switch Int.random(in: 0..<4) {
    case 0: "0x" + String(number, radix: 16) + suffix
    case 1: "0X" + String(number, radix: 16, uppercase: true) + suffix
    case 2: "0" + String(number, radix: 8) + suffix
    default: "\(number)" + suffix
    }
  }

  private static func randomExpression(depth: Int) -> String {
    func inner() -> String { randomExpression(depth: depth + 1) }
    switch depth > 4 ? 0 : Int.random(in: 0..<6) {
    case 0, 1:
      // Small numbers meet the limits of shifts, and quotients that are not zero.
      let number =
        Bool.random()
        ? UInt64.random(in: 0...70) : .random(in: 0...UInt64.max)
      return randomNumber(number)
    case 2: return ["-", "~", "!", "- ", "!!"].randomElement()! + "(\(inner()))"
    case 3: return "(\(inner()) ? \(inner()) : \(inner()))"
    case 4:
      // Not by zero, which is an error.
      let divisor =
        UInt64.random(in: 1...UInt64.max)
        >> UInt64.random(in: 0...63) | 1
      return "(\(inner())) \(Bool.random() ? "/" : "%") \(divisor)"
    default:
      let operators = ["+", "-", "*", "&", "|", "^", "&&", "||", "==", "!=", "<", ">", "<=", ">="]
      let (left, right) = (inner(), inner())
      // Versions of dtc differ in shifts by 64 and more.
      if Int.random(in: 0..<6) == 0 {
        return
          "(\(left)) \(Bool.random() ? "<<" : ">>") \(Int.random(in: 0..<64))"
      }
      let group = Bool.random() ? ("", "") : ("(", ")")
      return "\(left) \(operators.randomElement()!) \(group.0)\(right)\(group.1)"
    }
  }

  private static func randomString() -> String {
    let pieces = [
      "a", "Z", " ", "é", "\\\\", "\\\"", "\\n", "\\t", "\\x4", "\\xfF", "\\0", "\\17", "\\377",
      "\\q",
      "'", "\n", "<", "/*",
    ]
    return "\""
      + (0..<Int.random(in: 0..<12)).map { _ in
        pieces.randomElement()!
      }.joined() + "\""
  }
}
