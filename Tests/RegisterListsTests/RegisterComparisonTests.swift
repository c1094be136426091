import Testing

@testable import RegisterLists

@Suite struct RegisterComparisonTests {
  /// The verdict on the one register that the lists are about.
  private func verdict(
    _ family: RegisterFamily, _ there: KeyValuePairs<String, String>,
    _ here: KeyValuePairs<String, String>, _ name: String,
    _ purpose: RegisterComparison.Purpose = .same
  ) throws -> ComparisonRow.Verdict? {
    try RegisterComparison(dump(family, there), dump(family, here), purpose: purpose)
      .rows.first { $0.name == name }?.verdict
  }

  @Test func valuesAndMasks() throws {
    #expect(try verdict(.book3S, ["LR": "0x1"], ["LR": "0x1"], "LR") == .equal)
    #expect(try verdict(.book3S, ["LR": "0x3"], ["LR": "0x1"], "LR") == .different(2))
    #expect(try verdict(.book3S, ["LR": "0x3"], ["LR": "0x1"], "LR", .move) == .carried)
    // The revision of a processor of the same kind.
    #expect(
      try verdict(.book3S, ["PVR": "0x4d0201"], ["PVR": "0x4d0200"], "PVR") == .equalUnderMask(1))
    for purpose in RegisterComparison.Purpose.allCases {
      #expect(
        try verdict(.book3S, ["PVR": "0x4e1202"], ["PVR": "0x4e1102"], "PVR", purpose)
          == .different(0x300))
    }
    // The interrupt controller bit of L2CTLR, and the number of processors beside it.
    #expect(
      try verdict(.cortexA15, ["L2CTLR": "0x800000"], ["L2CTLR": "0x0"], "L2CTLR", .move)
        == .equalUnderMask(0x80_0000))
    #expect(
      try verdict(.cortexA15, ["L2CTLR": "0x1800000"], ["L2CTLR": "0x0"], "L2CTLR", .move)
        == .different(0x100_0000))
  }

  @Test func missingOnes() throws {
    let none: KeyValuePairs<String, String> = [:]
    #expect(try verdict(.book3S, ["LR": "0x0"], none, "LR") == .missingHere(.required))
    #expect(try verdict(.book3S, none, ["LR": "0x0"], "LR", .move) == .missingThere(.required))
    #expect(try verdict(.book3S, ["TFHAR": "0x0"], none, "TFHAR") == .missingHere(.usesDefault(0)))
    #expect(
      try verdict(.book3S, ["TFHAR": "0x4"], none, "TFHAR", .move)
        == .missingHere(.differsFromDefault(0)))
    #expect(
      try verdict(.book3S, none, ["PPR": "0x8000000000000"], "PPR")
        == .missingThere(.differsFromDefault(4 << 50)))
    // On arrival a state that was not sent is set to its default.
    #expect(
      try verdict(.book3S, none, ["PPR": "0x8000000000000"], "PPR", .move)
        == .missingThere(.usesDefault(4 << 50)))
    for name in ["ADFSR", "AIFSR", "REVIDR"] {
      #expect(try verdict(.cortexA15, [name: "0x0"], none, name) == .missingHere(.usesDefault(0)))
    }
  }

  @Test func narrowFormsCountUnlessLongDescriptorsAreOn() throws {
    let wide: KeyValuePairs<String, String> = ["TTBR0": "0xd0c0ffee8000406a", "TTBCR": "0x0"]
    #expect(
      try verdict(.cortexA15, wide, ["0x40200000000f1000": "0x8000406a"], "TTBR0")
        == .equalUnderMask(~0xffff_ffff))
    #expect(
      try verdict(.cortexA15, wide, ["0x40200000000f1000": "0x80004000"], "TTBR0")
        == .different(0x6a))
    let long: KeyValuePairs<String, String> = [
      "0x40200000000f1000": "0x8000406a", "0x40300000000f1002": "0x80000000",
    ]
    #expect(
      try verdict(.cortexA15, wide, long, "TTBR0", .move)
        == .incomplete(because: "TTBCR", bit: 31))
    // The half of a vector-scalar register that was not sent is zero, not unknown.
    #expect(
      try verdict(.book3S, ["VSR1": "0x1"], ["0x1030000000000021": "0x0"], "VSR1") == .different(1))
  }

  @Test func modesAndUnknownOnes() throws {
    let comparison = try RegisterComparison(
      dump(.book3S, ["MAS2": "0x1", "0x1030000000000fff": "0x0"]), dump(.book3S, [:]))
    #expect(comparison.rows.map(\.verdict) == [.otherMode, .unknown(there: true)])
    #expect(!comparison.isAccepted)
    // AArch64 is not expected of a 32-bit processor.
    let arm = try RegisterComparison(
      dump(.cortexA15, [:]), dump(.cortexA15, ["0x603000000013c201": "0x0"]))
    #expect(arm.rows.map(\.name) == ["S3_0_C4_C0_1"])
    #expect(arm.isAccepted)
  }

  @Test func listsOfDifferentFamiliesOrModes() throws {
    #expect(throws: RegisterComparisonError.families("ppc-book3s", "arm-cortex-a15")) {
      try RegisterComparison(dump(.book3S, [:]), dump(.cortexA15, [:]))
    }
    var embedded = try dump(.book3S, [:])
    embedded.mode = .embedded
    var server = embedded
    server.mode = .server
    #expect(throws: RegisterComparisonError.modes(.embedded, .server)) {
      try RegisterComparison(embedded, server)
    }
  }

  // MARK: whole reports

  @Test func cortexA15FromKVMToAnEmulator() throws {
    let comparison = try RegisterComparison(
      Sample.list("a15-kvm.json"), Sample.list("a15-emulator.json"), purpose: .move)
    #expect(comparison.isAccepted)
    try Sample.expect(
      comparison.text(there: "a15-kvm.json", here: "a15-emulator.json"),
      equals: "a15-move.txt")
  }

  @Test func cortexA15WithOtherCachesIsRefused() throws {
    let kvm = try Sample.list("a15-kvm.json")
    var emulator = try Sample.list("a15-emulator.json")
    emulator.set("CCSIDR[2]", 0x711f_e07a)
    emulator.set("MIDR", 0x410f_c075)
    emulator.remove("VBAR")
    let comparison = try RegisterComparison(kvm, emulator, purpose: .move)
    #expect(
      comparison.rows.filter { !$0.isAccepted }.map(\.name) == ["MIDR", "CCSIDR[2]", "VBAR"])
    try Sample.expect(
      comparison.text(there: "a15-kvm.json", here: "an emulator"), equals: "a15-refused.txt")
    try Sample.expect(
      comparison.json(there: "a15-kvm.json", here: "an emulator"), equals: "a15-refused.json")
  }

  @Test func power8Changed() throws {
    let before = try Sample.list("power8-kvm.json")
    var after = before
    after.set("MSR", (before["MSR"]?.bits ?? 0) & ~0x1_4001 | 1 << 32)
    after.set("GPR7", 0x7777_7777_7777_0777)
    after.set("PVR", 0x004d_0201)
    after.set("SPURR", 1)
    after.remove("TAR")
    after.remove("CTR")
    try Sample.expect(
      RegisterComparison(before, after).text(there: "before", here: "after"),
      equals: "power8-changed.txt")
    #expect(try RegisterComparison(before, before).isAccepted)
  }
}
