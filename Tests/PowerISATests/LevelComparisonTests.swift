import PowerISA
import Testing

/// What single words are at each level. The words are objdump's.
@Suite struct LevelComparisonTests {
  static func comparison(
    _ word: UInt32, at level: CompatibilityLevel = .power11
  ) throws -> LevelComparison {
    let instruction = Instruction(word: word)
    let row = try #require(InstructionTable.table(for: level.instructions).row(of: instruction))
    return LevelComparison(instruction, row: InstructionRow.all[row])
  }

  static func name(_ meaning: LevelComparison.Meaning) -> String {
    switch meaning {
    case .same: "same"
    case .other(let row): InstructionRow.all[row].mnemonic
    case .absent: "-"
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var text: String
    var word: UInt32
    var since: ISALevel
    /// At power5+, power6, power7, power7+, power8, power9, power10, power11.
    var meanings: String
    var testDescription: String { text }
  }

  static let rows = [
    Row(
      text: "add r3,r3,r4", word: 0x7C63_2214, since: .v2_00,
      meanings: "same same same same same same same same"),
    Row(
      text: "vand v0,v0,v0", word: 0x1000_0404, since: .v2_00,
      meanings: "- same same same same same same same"),
    Row(
      text: "xxlxor vs0,vs0,vs0", word: 0xF000_04D0, since: .v2_06,
      meanings: "- - same same same same same same"),
    // Privileged before 2.07.
    Row(
      text: "lq r4,16(r3)", word: 0xE083_0010, since: .v2_07,
      meanings: "- - - - same same same same"),
    // A row of 3.1 took the place of one that did the same.
    Row(
      text: "lwsync", word: 0x7C20_04AC, since: .v2_00,
      meanings: "same same same same same same same same"),
    // SC, which was ignored.
    Row(
      text: "stcisync", word: 0x7C02_04AC, since: .v3_1,
      meanings: "sync sync sync sync sync sync same same"),
    Row(
      text: "hashst r4,-8(r10)", word: 0x7FEA_25A5, since: .v3_1,
      meanings: "rnop rnop rnop rnop rnop rnop same same"),
    Row(
      text: "mffsl f1", word: 0xFC38_048E, since: .v3_0,
      meanings: "mffs mffs mffs mffs mffs same same same"),
    Row(
      text: "mtspr 815,r3", word: 0x7C6F_CBA6, since: .v2_07,
      meanings: "- - - - same same same same"),
    // A reserved number: a no-operation since 2.07.
    Row(
      text: "mfspr r3,808", word: 0x7C68_CAA6, since: .v2_07,
      meanings: "- - - - same same same same"),
    // VRSAVE is part of VMX.
    Row(
      text: "mfspr r3,256", word: 0x7C60_42A6, since: .v2_00,
      meanings: "- same same same same same same same"),
    Row(
      text: "mfspr r3,8", word: 0x7C68_02A6, since: .v2_00,
      meanings: "same same same same same same same same"),
  ]

  @Test(arguments: rows) func meanings(row: Row) throws {
    let comparison = try Self.comparison(row.word)
    let names = CompatibilityLevel.allCases.map { Self.name(comparison[$0]) }
    #expect(names.joined(separator: " ") == row.meanings)
    #expect(comparison.since == row.since)
  }

  /// What was `mffs` where it was executed is another instruction later on.
  @Test func olderMeaningsAreComparedWithNewerOnes() throws {
    let comparison = try Self.comparison(0xFC38_048E, at: .power8)
    #expect(comparison[.power8] == .same)
    #expect(Self.name(comparison[.power9]) == "mffsl")
    #expect(comparison.earliest == .power5Plus)
  }

  @Test func droppedInstructionsAreAbsentLater() throws {
    // tbegin.
    let comparison = try Self.comparison(0x7C00_051D, at: .power9)
    #expect(comparison.earliest == .power8)
    #expect(comparison[.power10] == .absent)
  }

  /// An audit asks about the word only where the row says that it matters.
  @Test func rowsThatDoNotDependOnTheWordMeanTheSameForAll() {
    var generator = SystemRandomNumberGenerator()
    for row in InstructionRow.all where !row.dependsOnWord && row.exists(at: .v3_1) {
      let first = LevelComparison(row.randomInstruction(using: &generator), row: row)
      for _ in 0..<4 {
        let other = Instruction(
          rawValue: row.randomInstruction(using: &generator).rawValue
            | row.reserved & generator.next())
        #expect(LevelComparison(other, row: row) == first, "\(row.mnemonic)")
      }
    }
  }

  @Test func problemStateUsesNoPrivilegedInstructionsNorRegisters() throws {
    func isThere(_ word: UInt32, _ level: ISALevel) throws -> Bool {
      let instruction = Instruction(word: word)
      let row = try #require(InstructionTable.table(for: .v3_1).row(of: instruction))
      return InstructionRow.all[row].isInProblemState(
        instruction, with: InstructionSubset(level: level))
    }
    #expect(try isThere(0x7C63_2214, .v2_00))
    // mfmsr, mfspr PVR
    #expect(try !isThere(0x7C60_00A6, .v3_1))
    #expect(try !isThere(0x7C7F_42A6, .v3_1))
    // mtspr TAR
    #expect(try !isThere(0x7C6F_CBA6, .v2_06))
    #expect(try isThere(0x7C6F_CBA6, .v2_07))
    // mtspr TB
    #expect(try !isThere(0x7C6C_43A6, .v3_1))
  }
}
