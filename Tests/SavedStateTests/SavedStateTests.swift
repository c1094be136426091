import Testing

@testable import SavedState

private let part = StateSection("part")

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
      try writer.section(part) { coder throws(StateError) in
        var halves = [half, half]
        try coder.list("halves", &halves, initial: []) { half, coder throws(StateError) in
          try coder.field("half", &half)
        }
      }
    }
    #expect(error?.reason == limit)
    #expect(error?.place == "part: halves: 1: half")
    let other = #expect(throws: StateError.self) {
      try writer.section(StateSection("bytes"), payload: half + half + [0])
    }
    #expect(other?.reason == limit)
    try writer.section(StateSection("bytes"), payload: half + half)
    try writer.finish()
  }

  /// Fields that came later are in a stream only where they say something, and older streams, which
  /// lack them, are read.
  @Test func fieldsThatCameLater() throws {
    let later = StateSection("part", version: 3)
    func code(
      _ number: inout UInt32, _ choice: inout Part.Choice, _ coder: inout FieldCoder
    ) throws(StateError) {
      var (first, last): (UInt8, UInt8) = (1, 2)
      try coder.field("first", &first)
      try coder.field("number", &number, since: 2, default: 7)
      try coder.field("choice", &choice, since: 3, default: .one)
      try coder.field("last", &last)
    }
    func stream(_ number: UInt32, _ choice: Part.Choice) throws -> [UInt8] {
      var bytes: [UInt8] = []
      var writer = try StateWriter { bytes += $0 }
      var (number, choice) = (number, choice)
      try writer.section(later) { coder throws(StateError) in
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
      let section = try #require(try reader.peek())
      // The oldest version that has all of it, so that older programs read what they can.
      #expect(section.bytes.version == (choice == .two ? 3 : number == 7 ? 1 : 2))
      try reader.section(later) { coder throws(StateError) in
        try code(&readNumber, &readChoice, &coder)
      }
      #expect(readNumber == number && readChoice == choice)
    }
  }

  private static func stream(_ part: Part, _ other: Part = Part()) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    var (part, other) = (part, other)
    let kind = StateSection("part")
    try writer.section(kind) { coder throws(StateError) in try part.code(&coder) }
    try writer.section(kind, instance: 1) { coder throws(StateError) in try other.code(&coder) }
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
      try reader.section(StateSection("part"), instance: instance) {
        coder throws(StateError) in try part.code(&coder)
      }
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
    try writer.section(part) { coder throws(StateError) in
      var wrong: UInt16 = 3
      try coder.field("small", &wrong)
    }
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(
      error.description
        == "part: field 'small' (unsigned16) where 'small' (unsigned8) is due at offset 30")
  }

  @Test func leftoverFieldsAreRefused() throws {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section(part) { coder throws(StateError) in
      var part = Part.sample
      try part.code(&coder)
      try coder.field("novelty", &part.flag)
    }
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(error.reason == .unknownField("novelty"))
  }

  /// A stream of one section with given bytes.
  private static func stream(_ section: SectionBytes, format: UInt32 = 2) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter(format: format) { bytes += $0 }
    try writer.write(section)
    try writer.finish()
    return bytes
  }

  @Test func newerSectionsAreRefused() throws {
    let section = SectionBytes("cpu", instance: 1, version: 3, payload: [])
    var reader = try StateReader(from: StateReader.source(of: Self.stream(section)))
    let error = try #require(throws: StateError.self) {
      try reader.section(StateSection("cpu", version: 2), instance: 1) { _ in }
    }
    #expect(error.reason == .version(3, known: 2))
    #expect(
      error.description == "cpu 1: version 3, but versions 1 to 2 are known at offset 12")
  }

  @Test func newerFormatsAreRefused() throws {
    var bytes = try Self.stream(.sample)
    bytes[11] = 3
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(error.description == "format 3, but formats 1 to 2 are known at offset 8")
  }

  /// A section that a reader lacks, or whose version it lacks, is left out if it says that it may be,
  /// and refused otherwise.
  @Test(arguments: [true, false]) func unknownSections(isOptional: Bool) throws {
    for (key, version) in [("novelty", 1), ("known", 2)] as [(String, UInt32)] {
      var bytes: [UInt8] = []
      var writer = try StateWriter { bytes += $0 }
      try writer.write(
        SectionBytes(key, instance: 3, version: version, isOptional: isOptional, payload: [7]))
      var part = Part.sample
      try writer.section(StateSection("part")) { coder throws(StateError) in
        try part.code(&coder)
      }
      try writer.finish()
      let known = [StateSection("part"), StateSection("known")]
      var reader = try StateReader(from: StateReader.source(of: bytes), known: known)
      var read = Part()
      func take() throws(StateError) {
        try reader.section(known[0]) { coder throws(StateError) in try read.code(&coder) }
      }
      if isOptional {
        try take()
        #expect(read == .sample && reader.leftOut == ["\(key) 3"])
        try reader.finish()
      } else {
        let error = try #require(throws: StateError.self) { try take() }
        #expect(error.reason == .section(expected: "part", found: "\(key) 3"))
        #expect(error.offset == 12)
      }
    }
  }

  /// Flags that a later program may define say something that must not be passed over.
  @Test func unknownFlagsAreRefused() throws {
    let section = SectionBytes("part", payload: [])
    let bytes = try Self.stream(section)
    // Header, length, key: then the flags, which the checksum covers.
    var flagged = Array(bytes[12..<34])
    flagged[5] = 2
    var checksum = CRC32C()
    checksum.update(Array(flagged.dropLast(4)))
    flagged.removeLast(4)
    checksum.value.append(to: &flagged)
    var reader = try StateReader(
      from: StateReader.source(of: bytes[..<12] + flagged + bytes[34...]))
    let error = try #require(throws: StateError.self) { try reader.next() }
    #expect(error.description == "part: the flags 0x2 are not known at offset 12")
  }

  /// Sections of format 1 have no flags.
  @Test func formatOneIsRead() throws {
    let section = SectionBytes("a part", instance: 5, version: 2, payload: [1, 2])
    let bytes = try Self.stream(section, format: 1)
    #expect(bytes[11] == 1 && bytes.count == 12 + 1 + 6 + 12 + 2 + 4 + (1 + 3 + 12 + 22 + 4))
    var reader = try StateReader(from: StateReader.source(of: bytes))
    #expect(reader.format == 1)
    #expect(try reader.next()?.bytes == section)
    #expect(try reader.next() == nil)
    // Nothing behind the end is read.
    #expect(try reader.next() == nil)
  }

  @Test func foreignFilesAreCalledForeign() {
    for bytes in [[], Array("QEVM".utf8), [UInt8](repeating: 0, count: 100)] {
      let error = #expect(throws: StateError.self) { try Self.read(bytes) }
      #expect(error?.reason == .foreign)
    }
  }
}
