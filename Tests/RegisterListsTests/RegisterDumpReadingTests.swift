import Testing

@testable import RegisterLists

@Suite struct RegisterDumpReadingTests {
  @Test func namesAndIdentifiersMeanTheSame() throws {
    let a = try dump(.book3S, ["DSCR": "0x1", "PC": "0xC000"])
    let b = try dump(.book3S, ["0x1030000000000009": "0x01", "0x1030000100000000": "0xc000"])
    #expect(a.json() == b.json())
    #expect(a["DSCR"]?.bits == 1)
    #expect(a["LR"] == nil)
  }

  @Test(arguments: ["a15-kvm.json", "a15-emulator.json", "power8-kvm.json"])
  func everyFormSaysTheSame(_ name: String) throws {
    let list = try Sample.list(name)
    var copy = try RegisterDump(reading: Array(list.json().utf8), file: name)
    #expect(copy.values == list.values)
    for order in [RegisterFamily.ByteOrder.big, .little] {
      copy = try RegisterDump(reading: list.binary(order), file: name)
      #expect(copy.values == list.values)
      #expect(copy.family.name == list.family.name)
    }
  }

  /// Bytes as KVM's interface lays them out: host byte order, halves of a pair in theirs.
  @Test func binaryEntries() throws {
    let bigEndian: [UInt8] =
      [0x10, 0x20, 0, 0, 0, 0, 0, 0x0d, 0x0a, 0, 0, 1]
      + [0x10, 0x40, 0, 0, 0, 0, 0, 0x83] + [0, 0, 0, 0, 0x10, 0, 0, 0]
      + [0, 0, 0, 0, 0, 0, 2, 0x80]
    var list = try RegisterDump(reading: bigEndian, file: "list")
    #expect(list["DSISR"]?.bits == 0x0a00_0001)
    #expect(list["VPA_SLB"]?.bits == UInt128(0x1000_0000) << 64 | 0x280)
    #expect(list.binary() == bigEndian)
    let littleEndian: [UInt8] =
      [0x0d, 0, 0, 0, 0, 0, 0x20, 0x10, 1, 0, 0, 0x0a]
      + [0x83, 0, 0, 0, 0, 0, 0x40, 0x10] + [0, 0, 0, 0x10, 0, 0, 0, 0]
      + [0x80, 2, 0, 0, 0, 0, 0, 0]
    list = try RegisterDump(reading: littleEndian, file: "list")
    #expect(list.binary(.big) == bigEndian)
  }

  @Test func unknownIdentifiersAreKept() throws {
    let list = try dump(.book3S, ["0x1030000000000fff": "0x5", "0x1080000000000ffe": "0x123"])
    #expect(list.unknown.map(\.rawValue) == [0x1030_0000_0000_0fff, 0x1080_0000_0000_0ffe])
    // 256 bytes of value are skipped.
    let wide = [0x10, 0x80, 0, 0, 0, 0, 0x0f, 0xfe] + [UInt8](repeating: 7, count: 256)
    let next: [UInt8] = [0x10, 0x20, 0, 0, 0, 0, 0, 0x0d, 0, 0, 0, 9]
    let binary = try RegisterDump(reading: wide + next, file: "list")
    #expect(binary.unknown.count == 1)
    #expect(binary["DSISR"]?.bits == 9)
  }

  // MARK: forms

  @Test func narrowFormOfATranslationBase() throws {
    let list = try dump(.cortexA15, ["0x40200000000f1000": "0x8000406a"])
    let value = try #require(list["TTBR0"])
    #expect(value.bits == 0x8000_406a && value.sent == 0xffff_ffff && value.isPartial)
    // Both forms may be there, as in lists of later kernels.
    let both = try dump(
      .cortexA15, ["TTBR0": "0xd0c0ffee8000406a", "0x40200000000f1000": "0x8000406a"])
    #expect(both["TTBR0"]?.isPartial == false)
    let wide = try dump(.cortexA15, ["0x40300000000f1002": "0x0000000080000000"])
    #expect(wide["TTBCR"]?.bits == 0x8000_0000)
  }

  @Test func floatingPointHalf() throws {
    let list = try dump(.book3S, ["0x1030000000000021": "0x3ff0000000000000"])
    let value = try #require(list["VSR1"])
    #expect(value.bits == UInt128(0x3ff0_0000_0000_0000) << 64 && value.isPartial)
  }

  @Test func windowGoesToTheSelectedEntry() throws {
    let list = try dump(.cortexA15, ["CSSELR": "0x1", "0x40200000000f0008": "0x201fe00a"])
    #expect(list["CCSIDR[1]"]?.bits == 0x201f_e00a)
    #expect(list["CCSIDR[0]"] == nil)
  }

  // MARK: refusals

  @Test(arguments: [
    ("", "list: no register list"),
    ("{", "list:1:2: not JSON: a name in quotes is due"),
    ("{\"family\": \"ppc-book3s\"}", "list: 'registers' is missing"),
    ("{\"registers\": {}}", "list: 'family' is missing"),
    ("{\"family\": \"vax\", \"registers\": {}}", "list:1:12: no family 'vax'; there are"),
    ("{\"family\": 3, \"registers\": {}}", "list:1:12: 'family' is a number; a string is due"),
    ("{\"registers\": {}, \"registers\": {}}", "list:1:19: 'registers' a second time"),
    ("{\"colour\": {}}", "list:1:2: no member 'colour'"),
    (
      "{\"family\": \"ppc-book3s\", \"mode\": \"real\", \"registers\": {}}",
      "list:1:34: no mode 'real' in ppc-book3s; there are server and embedded"
    ),
  ])
  func documents(_ text: String, _ message: String) {
    let error = refusal(Array(text.utf8))
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix(message), "\(String(describing: error))")
  }

  @Test(
    arguments: [
      ("\"DSRC\": \"0x0\"", DumpError.Reason.unknownRegister("DSRC", family: "ppc-book3s")),
      ("\"DSCR\": \"12\"", .number("12")),
      ("\"DSCR\": \"0x-1\"", .number("0x-1")),
      ("\"DSCR\": \"0x10000000000000000\"", .tooWide(register: "DSCR", bits: 64)),
      ("\"DSCR\": \"0x0\", \"0x1030000000000009\": \"0x0\"", .duplicate("DSCR")),
      (
        "\"0x1020000000000009\": \"0x0\"",
        .wrongSize(
          register: "DSCR", bits: 64,
          identifier: RegisterIdentifier(rawValue: 0x1020_0000_0000_0009))
      ),
      (
        "\"0x1090000000000009\": \"0x0\"",
        .undefinedSize(RegisterIdentifier(rawValue: 0x1090_0000_0000_0009))
      ),
      (
        "\"VSR1\": \"0x0\", \"0x1030000000000021\": \"0x1\"",
        .contradiction(
          register: "VSR1", form: RegisterIdentifier(rawValue: 0x1030_0000_0000_0021))
      ),
    ] as [(String, DumpError.Reason)])
  func entries(_ registers: String, _ reason: DumpError.Reason) {
    let text = "{\"family\": \"ppc-book3s\", \"registers\": {\(registers)}}"
    #expect(refusal(Array(text.utf8))?.reason == reason)
  }

  @Test func placesAreLinesAndBytes() {
    let text =
      "{\"family\": \"ppc-book3s\",\n \"registers\": {\n  \"PC\": \"0x0\",\n  \"PC\": \"0x1\"}}"
    #expect(refusal(Array(text.utf8))?.place == .line(4, column: 3))
    let entry: [UInt8] = [0x10, 0x20, 0, 0, 0, 0, 0, 0x0d, 0, 0, 0, 9]
    #expect(refusal(entry + entry)?.place == .offset(12))
    let truncated = refusal(entry + entry.prefix(10))
    #expect(truncated?.place == .offset(20))
    #expect(truncated?.reason == .truncated(wanted: 4, left: 2))
  }

  @Test func selectionsNeedTheirSelector() {
    let window = "0x40200000000f0008"
    for selector in [[:], ["CSSELR": "0x7"]] as [KeyValuePairs<String, String>] {
      let rows = selector.map { "\"\($0.key)\": \"\($0.value)\", " }.joined()
      let text =
        "{\"family\": \"arm-cortex-a15\", \"registers\": {\(rows)\"\(window)\": \"0x0\"}}"
      guard case .selection = refusal(Array(text.utf8))?.reason else {
        Issue.record("\(selector)")
        continue
      }
    }
  }

  @Test func familiesMustAgree() {
    let error = refusal(json(.book3S, [:]), family: .cortexA15)
    #expect(error?.reason == .wrongFamily("ppc-book3s", expected: "arm-cortex-a15"))
    #expect(refusal([0x20, 0x30, 0, 0, 0, 0, 0, 1])?.reason == .foreign)
  }

  @Test func deepTextDoesNotUseUpTheStack() {
    let text = String(repeating: "[", count: 100_000)
    guard case .syntax = refusal(Array(("{\"registers\":" + text).utf8))?.reason else {
      Issue.record("read")
      return
    }
  }
}
