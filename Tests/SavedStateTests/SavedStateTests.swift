import Testing

@testable import SavedState

/// A part with every kind of field.
private struct Part: Equatable {
  var small: UInt8 = 0
  var signed: Int64 = 0
  var flag = false
  var name = ""
  var words: [UInt64] = []
  var fixed = InlineArray<4, UInt32>(repeating: 0)
  var choice = Choice.one
  var maybe: UInt16?
  var children: [Child] = []

  enum Choice: UInt8 {
    case one = 1
    case two
  }
  struct Child: Equatable { var value: UInt32 = 0 }

  static func == (a: Self, b: Self) -> Bool {
    a.small == b.small && a.signed == b.signed && a.flag == b.flag && a.name == b.name
      && a.words == b.words && a.choice == b.choice && a.maybe == b.maybe
      && a.children == b.children && (0..<4).allSatisfy { a.fixed[$0] == b.fixed[$0] }
  }

  mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("small", &small)
    try coder.field("signed", &signed)
    try coder.field("flag", &flag)
    try coder.field("name", &name)
    try coder.field("words", &words)
    try coder.field("fixed", &fixed)
    try coder.field("choice", &choice)
    try coder.field("maybe", &maybe, initial: 0)
    try coder.list("children", &children, initial: Child()) { child, coder throws(StateError) in
      try coder.field("value", &child.value)
    }
  }

  static let sample = Part(
    small: 7, signed: -3, flag: true, name: "a name", words: [1, .max],
    fixed: [1, 2, 3, 4], choice: .two, maybe: 9, children: [Child(value: 5), Child(value: 6)])
}

@Suite struct SavedStateTests {
  /// A part that has grown too large is an error of the writer, as it is one of the reader.
  @Test func partsAreBounded() throws {
    var writer = try StateWriter { _ in }
    let half = [UInt8](repeating: 0, count: StateReader.largestPayload / 2)
    let limit = StateError.Reason.tooLarge(limit: StateReader.largestPayload)
    let error = #expect(throws: StateError.self) {
      try writer.section("part") { coder throws(StateError) in
        var halves = [half, half]
        try coder.list("halves", &halves, initial: []) { half, coder throws(StateError) in
          try coder.field("half", &half)
        }
      }
    }
    #expect(error?.reason == limit)
    #expect(error?.place == "part: halves: 1: half")
    let other = #expect(throws: StateError.self) {
      try writer.section("bytes", payload: half + half + [0])
    }
    #expect(other?.reason == limit)
    try writer.section("bytes", payload: half + half)
    try writer.finish()
  }

  /// Fields that came later are in a stream only where they say something, and older streams, which
  /// lack them, are read.
  @Test func fieldsThatCameLater() throws {
    func code(
      _ number: inout UInt32, _ choice: inout Part.Choice, _ coder: inout FieldCoder
    ) throws(StateError) {
      var (first, last): (UInt8, UInt8) = (1, 2)
      try coder.field("first", &first)
      try coder.field("number", &number, usually: 7)
      try coder.field("choice", &choice, usually: .one)
      try coder.field("last", &last)
    }
    func stream(_ number: UInt32, _ choice: Part.Choice) throws -> [UInt8] {
      var bytes: [UInt8] = []
      var writer = try StateWriter { bytes += $0 }
      var (number, choice) = (number, choice)
      try writer.section("part") { coder throws(StateError) in
        try code(&number, &choice, &coder)
      }
      try writer.finish()
      return bytes
    }
    let names = [Array("number".utf8), Array("choice".utf8)]
    for (number, choice) in [(7, .one), (7, .two), (0, .one), (0, .two)]
      as [(UInt32, Part.Choice)]
    {
      let bytes = try stream(number, choice)
      #expect(bytes.firstRange(of: names[0]) == nil || number != 7)
      #expect(bytes.firstRange(of: names[1]) == nil || choice != .one)
      var (readNumber, readChoice): (UInt32, Part.Choice) = (99, .two)
      var reader = try StateReader(from: StateReader.source(of: bytes))
      try reader.next("part").fields { coder throws(StateError) in
        try code(&readNumber, &readChoice, &coder)
      }
      #expect(readNumber == number && readChoice == choice)
    }
  }

  private static func stream(_ part: Part, _ other: Part = Part()) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    var (part, other) = (part, other)
    try writer.section("part") { coder throws(StateError) in try part.code(&coder) }
    try writer.section("part", instance: 1) { coder throws(StateError) in try other.code(&coder) }
    try writer.finish()
    return bytes
  }

  private static func read(_ bytes: [UInt8]) throws(StateError) -> [Part] {
    var rest = bytes[...]
    var reader = try StateReader { count throws(StateError) in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    var parts: [Part] = []
    for instance in UInt32(0)..<2 {
      var part = Part()
      let section = try reader.next("part", instance: instance)
      try section.fields { coder throws(StateError) in try part.code(&coder) }
      parts.append(part)
    }
    guard try reader.next() == nil else { return [] }
    return parts
  }

  @Test func roundTrip() throws {
    #expect(try Self.read(Self.stream(.sample)) == [.sample, Part()])
  }

  @Test func checksumOfTheStandard() {
    var checksum = CRC32C()
    checksum.update(Array("12345".utf8))
    checksum.update(Array("6789".utf8))
    #expect(checksum.value == 0xE306_9283)
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try Self.stream(.sample)
    for count in bytes.indices {
      #expect(throws: StateError.self) { try Self.read(Array(bytes[..<count])) }
    }
  }

  @Test func everyFlippedBitIsRefused() throws {
    let bytes = try Self.stream(.sample)
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        #expect(throws: StateError.self) { try Self.read(damaged) }
      }
    }
  }

  @Test func errorsNameFieldAndOffset() throws {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section("part") { coder throws(StateError) in
      var wrong: UInt16 = 3
      try coder.field("small", &wrong)
    }
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(
      error.description
        == "part: field 'small' (unsigned16) where 'small' (unsigned8) is due at offset 29")
  }

  @Test func leftoverFieldsAreRefused() throws {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section("part") { coder throws(StateError) in
      var part = Part.sample
      try part.code(&coder)
      try coder.field("novelty", &part.flag)
    }
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(error.reason == .unknownField("novelty"))
  }

  @Test func newerSectionsAreRefused() throws {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section("part", version: 2) { coder throws(StateError) in
      var part = Part.sample
      try part.code(&coder)
    }
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(error.reason == .version(2, known: 1))
  }

  @Test func foreignFilesAreCalledForeign() {
    for bytes in [[], Array("QEVM".utf8), [UInt8](repeating: 0, count: 100)] {
      let error = #expect(throws: StateError.self) { try Self.read(bytes) }
      #expect(error?.reason == .foreign)
    }
  }
}
