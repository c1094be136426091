import PowerISA
import ProcessorCatalog
import Testing

@Suite struct RecognizedProcessorTests {
  /// A version register, the chip, and what it is known by.
  static let table:
    [(version: UInt32, name: String, by: RecognizedProcessor.Evidence, family: ProcessorFamily)] = [
      (0x003f_0203, "POWER7", .exact, .server64), (0x003f_0201, "POWER7", .mask, .server64),
      (0x004a_0201, "POWER7+", .exact, .server64), (0x004b_0201, "POWER8E", .exact, .server64),
      (0x004d_0100, "POWER8", .mask, .server64), (0x004e_1202, "POWER9", .exact, .server64),
      (0x004e_0200, "POWER9", .mask, .server64), (0x0080_1100, "POWER10", .exact, .server64),
      (0x0039_0202, "970", .exact, .server64), (0x0083_0100, "POWER12", .mask, .server64),
      (0x003b_0201, "POWER5+", .exact, .server64), (0x003b_0205, "POWER5+", .mask, .server64),
      (0x003b_0300, "POWER5++", .mask, .server64),
      (0x003b_0500, "POWER5+", .generation, .server64),
      (0x8004_0010, "e600", .mask, .server32), (0x8004_0201, "7448", .mask, .server32),
      (0x0008_4202, "750", .mask, .server32), (0x8023_0020, "e500mc", .exact, .bookE),
      (0x8024_1020, "e5500", .mask, .bookE), (0x8040_0120, "e6500", .mask, .bookE),
      (0x1302_18a4, "460EX", .exact, .bookE), (0x4011_0145, "405", .mask, .embedded40x),
      (0x0050_0000, "MPC8xx", .mask, .mpc8xx), (0x0040_0102, "POWER3", .mask, .server64),
      (0x0041_0100, "POWER3-II", .mask, .server64), (0x0035_0201, "POWER4", .mask, .server64),
      (0x0070_0501, "Cell", .mask, .server64), (0x0090_0102, "PA6T", .mask, .server64),
      (0x8090_0102, "PA6T", .mask, .server64), (0x0001_0001, "601", .mask, .server32),
      (0x0008_3100, "755", .mask, .server32), (0x0008_7010, "750CL", .mask, .server32),
      (0x8083_0010, "e300c1", .mask, .server32), (0x0085_1020, "e300c3", .mask, .server32),
      (0x8020_0020, "e500v1", .mask, .bookE), (0x8021_1030, "e500v2", .mask, .bookE),
      (0x5121_0950, "405EP", .mask, .embedded40x), (0x40b1_0000, "NP4GS3", .mask, .embedded40x),
      (0x51b2_1894, "440GX", .mask, .bookE), (0x4012_0481, "440GP", .mask, .bookE),
      (0x12c4_1c83, "APM821xx", .mask, .bookE), (0x11a5_2080, "476", .exact, .bookE),
    ]

  @Test(arguments: table.indices)
  func isRecognized(row: Int) throws {
    let (version, name, evidence, family) = Self.table[row]
    let (chip, by) = try #require(RecognizedProcessor.recognize(version: version))
    #expect(chip.name == name && by == evidence && chip.family == family)
  }

  @Test(arguments: [0, 0x0002_0000, 0x0f00_0003, 0xffff_ffff] as [UInt32])
  func isUnknown(version: UInt32) {
    #expect(RecognizedProcessor.recognize(version: version) == nil)
  }

  @Test func names() {
    #expect(RecognizedProcessor.named("E5500")?.value == 0x8024_0000)
    #expect(RecognizedProcessor.named("power7+")?.name == "POWER7+")
    #expect(RecognizedProcessor.named("z13") == nil)
  }

  /// Every processor that runs here is recognized exactly, as one of its own version of the ISA.
  @Test(arguments: ProcessorModel.all)
  func modelsAreRecognized(model: ProcessorModel) throws {
    let (chip, _) = try #require(RecognizedProcessor.recognize(version: model.version))
    #expect(chip.model == model && chip.family == .server64 && chip.isa == model.isa)
  }

  @Test func rowsDiffer() {
    let all = RecognizedProcessor.all
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(Set(all.map { [$0.value, $0.mask] }).count == all.count)
    for row in all {
      #expect(row.value & ~row.mask == 0, "\(row.name) has bits outside its mask")
      #expect(row.known.allSatisfy { $0 & row.mask == row.value }, "\(row.name)")
    }
  }
}
