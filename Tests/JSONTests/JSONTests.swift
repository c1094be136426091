import JSON
import Testing

@Suite struct JSONTests {
  static let sample: JSONValue = [
    "null": .null, "yes": true, "count": 3, "absent": nil, "text": "a \"b\" \\ \n\u{1} é 🐘",
    "large": .integer(UInt64.max), "half": .decimal(0.5), "address": .hexadecimal(0xdead_beef),
    "empty": [], "nothing": [:], "list": ["one", ["two": [2]]],
  ]

  @Test(arguments: [0, 1, 2, .max])
  func whatIsWrittenIsRead(lines: Int) throws {
    #expect(try JSONValue(parsing: Self.sample.text(lines: lines)) == Self.sample)
  }

  @Test func texts() {
    let value: JSONValue = ["a": [1, "b\n"], "c": ["d": ["e": .null]], "f": []]
    #expect(value.line == #"{"a": [1, "b\n"], "c": {"d": {"e": null}}, "f": []}"#)
    #expect(value.text(lines: 0) == value.line + "\n")
    #expect(
      value.text(lines: 1) == """
        {
          "a": [1, "b\\n"],
          "c": {"d": {"e": null}},
          "f": []
        }

        """)
    #expect(
      value.text() == """
        {
          "a": [
            1,
            "b\\n"
          ],
          "c": {
            "d": {
              "e": null
            }
          },
          "f": []
        }

        """)
    #expect(
      value.text { value, _ in value.elements == nil } == """
        {
          "a": [1, "b\\n"],
          "c": {
            "d": {
              "e": null
            }
          },
          "f": []
        }

        """)
  }

  @Test func whatIsInsideALineHasNoLines() {
    let value: JSONValue = [["a": 1]]
    #expect(value.text { value, _ in value.members != nil } == "[{\"a\": 1}]\n")
  }

  @Test func infiniteNumbersAreNull() {
    #expect(JSONValue.decimal(.infinity) == .null && JSONValue.decimal(.nan) == .null)
  }

  @Test func access() throws {
    let value = try JSONValue(
      parsing: #"{"id": 7, "n": -1, "big": 18446744073709551615, "x": 1.5e1, "s": "t", "b": false}"#
    )
    #expect(value["id"]?.integer == 7 && value["id"]?.unsigned == 7)
    #expect(value["n"]?.integer == -1 && value["n"]?.unsigned == nil)
    #expect(value["big"]?.unsigned == .max && value["big"]?.integer == nil)
    #expect(value["x"]?.decimal == 15 && value["x"]?.integer == nil)
    #expect(value["s"]?.string == "t" && value["s"]?.integer == nil)
    #expect(value["b"]?.bool == false)
    #expect(value["none"] == nil && value["id"]?["id"] == nil)
    #expect(try JSONValue(parsing: "1e999").decimal == nil)
  }

  @Test func membersKnowWhereTheyStood() throws {
    let members = try #require(JSONValue(parsing: #" {"a" : 1, "a": 2}"#).members)
    #expect(members.map(\.key) == ["a", "a"])
    #expect(members.map(\.offset) == [2, 11] && members.map(\.valueOffset) == [8, 16])
  }

  @Test func escapes() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e9\ud83d\udc18""#
    #expect(try JSONValue(parsing: text).string == "\"\\/\u{8}\u{c}\n\r\té🐘")
  }

  @Test(
    arguments: [
      ("", 0, .endsEarly), ("{", 1, .name), ("[1,", 3, .endsEarly), ("{\"a\" 1}", 5, .colon),
      ("[1 2]", 3, .separator(end: "]")), ("{\"a\": 1,}", 8, .name),
      ("{\"a\": 1", 7, .separator(end: "}")), ("1 1", 2, .afterTheEnd), ("nul", 0, .notAValue),
      ("\"a", 2, .stringWithoutEnd), ("\"a\nb\"", 2, .controlCharacter), ("\"\\x\"", 2, .escape),
      ("\"\\u12\"", 3, .hexadecimal), ("\"\\u+123\"", 3, .hexadecimal),
      ("\"\\ud83d\"", 2, .escape), ("\"\\ud83d\\u0041\"", 2, .escape),
      ("\"\\udc18\"", 2, .escape), ("\"\\ud83d\\", 8, .escape), ("01", 0, .number("01")),
      ("[-]", 1, .number("-")), ("1.", 0, .number("1.")), ("1e+", 0, .number("1e+")),
      ("1-1", 0, .number("1-1")), ("+1", 0, .notAValue),
    ] as [(String, Int, JSONError.Reason)])
  func refused(text: String, offset: Int, reason: JSONError.Reason) {
    #expect(throws: JSONError(offset: offset, reason: reason)) { try JSONValue(parsing: text) }
  }

  @Test func bytesThatAreNoText() {
    #expect(throws: JSONError(offset: 0, reason: .notUTF8)) {
      try JSONValue(parsing: [0x22, 0xff, 0x22])
    }
  }

  @Test(arguments: ["[", "{\"a\":"])
  func hostileDepth(opening: String) throws {
    let deepest = String(repeating: "[", count: JSONValue.deepest)
    #expect(throws: Never.self) {
      try JSONValue(parsing: deepest + String(repeating: "]", count: JSONValue.deepest))
    }
    let text = String(repeating: opening, count: 1_000_000)
    #expect(
      throws: JSONError(offset: JSONValue.deepest * opening.utf8.count, reason: .tooDeep)
    ) { try JSONValue(parsing: text) }
  }
}
