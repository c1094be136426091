import PowerISA
import Testing

@Suite struct LevelTests {
  @Test func levelsAreOrderedByTable() {
    let names = [
      "power5+", "power6", "power7", "power7+", "power8", "power9", "power10", "power11",
    ]
    #expect(CompatibilityLevel.allCases.map(\.name) == names)
    #expect(CompatibilityLevel.power7Plus < .power8)
    #expect(CompatibilityLevel.power7Plus.logicalPVR > CompatibilityLevel.power8.logicalPVR)
    for level in CompatibilityLevel.allCases {
      #expect(CompatibilityLevel(name: level.name) == level)
      #expect(CompatibilityLevel(logicalPVR: level.logicalPVR) == level)
    }
    #expect(CompatibilityLevel(name: "power42") == nil)
    #expect(CompatibilityLevel(logicalPVR: 0x0f00_0008) == nil)
  }

  @Test func versionsPrintAndParse() {
    for level in ISALevel.allCases { #expect(ISALevel(level.description) == level) }
    #expect(ISALevel.v2_06.description == "2.06")
    #expect(ISALevel.v2_07 < .v3_0)
    #expect(ISALevel("3.2") == nil)
  }

  /// The PCR a partition runs with, per level and processor.
  @Test(arguments: [
    (CompatibilityLevel.power6, ProcessorModel.power7, 0x4000_0000_0000_0002 as UInt64),
    (.power7, .power7, 0), (.power7Plus, .power7Plus, 0),
    (.power6, .power8, 0x2000_0000_0000_0006), (.power7, .power8, 0x2000_0000_0000_0004),
    (.power7Plus, .power8, 0x2000_0000_0000_0004), (.power8, .power8, 0),
    (.power6, .power9, 0xe), (.power7, .power9, 0xc), (.power8, .power9, 0x8),
    (.power9, .power9, 0),
    (.power6, .power10, 0x1e), (.power7, .power10, 0x1c), (.power8, .power10, 0x18),
    (.power9, .power10, 0x10), (.power10, .power10, 0),
    (.power9, .power11, 0x10), (.power11, .power11, 0),
    (.power5Plus, .power6, 0x8000_0000_0000_0000),
  ])
  func effectivePCR(level: CompatibilityLevel, processor: ProcessorModel, pcr: UInt64) {
    #expect(processor.supports(level))
    #expect(processor.effectivePCR(at: level).rawValue == pcr)
    #expect(processor.effectivePCR(at: nil) == [])
    // The register and the level agree on what problem state may use.
    if level.isa >= .v2_05 {
      let limit = processor.effectivePCR(at: level).isaLimit ?? processor.isa
      #expect(limit == processor.problemStateISA(at: level))
    }
  }

  @Test(arguments: [
    (ProcessorModel.power7, CompatibilityLevel.power8), (.power8, .power9), (.power9, .power10),
    (.power10, .power11), (.power7, .power5Plus), (.ppc970, .power5Plus),
    (.power5Plus, .power5Plus), (.power6, .power7),
  ])
  func unsupported(processor: ProcessorModel, level: CompatibilityLevel) {
    #expect(!processor.supports(level))
  }

  @Test func defaultProcessorIsTheNewestThatSupportsTheLevel() {
    #expect(ProcessorModel.newest(supporting: nil).name == "power11")
    #expect(ProcessorModel.newest(supporting: .power6).name == "power11")
    #expect(ProcessorModel.newest(supporting: .power5Plus).name == "power6")
  }

  @Test func processorsHaveTheirOwnNames() {
    let names = ProcessorModel.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(ProcessorModel.named(name)?.name == name) }
    for processor in ProcessorModel.all {
      #expect(ProcessorModel.all.filter { $0.matches(version: processor.version) } == [processor])
    }
  }
}
