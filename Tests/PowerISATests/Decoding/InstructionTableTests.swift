import Testing

@testable import PowerISA

@Suite struct InstructionTableTests {
  /// A small generator, so that failures repeat.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state ^ state >> 29) &* 0xBF58_476D_1CE4_E5B9
    }
  }

  /// Where two rows match the same words, one must be a special case of the other.
  @Test(arguments: ISALevel.allCases)
  func noTwoRowsTie(level: ISALevel) {
    let rows = InstructionRow.all.filter { $0.exists(at: level) }
    for (index, left) in rows.enumerated() {
      for right in rows[(index + 1)...]
      where (left.value ^ right.value) & left.mask & right.mask == 0 {
        let common = left.mask & right.mask
        #expect(
          left.mask != right.mask && (common == left.mask || common == right.mask),
          "\(left.mnemonic) and \(right.mnemonic) tie")
      }
    }
  }

  /// Every filling of a row's fields reaches the row, or a more special one.
  @Test(arguments: ISALevel.allCases)
  func everyFillingReachesItsRow(level: ISALevel) {
    let table = InstructionTable(level: level)
    var generator = Generator(state: 1)
    for row in InstructionRow.all where row.exists(at: level) {
      for _ in 0..<64 {
        // Reserved bits too: the processor ignores them.
        let free = ~row.mask
        let instruction = Instruction(rawValue: row.value | generator.next() & free)
        guard let found = table.row(of: instruction).map({ InstructionRow.all[$0] }) else {
          Issue.record("\(row.mnemonic) \(String(instruction.rawValue, radix: 16)) is in no row")
          break
        }
        let isSpecialCase = found.mask & row.mask == row.mask
        #expect(
          found.id == row.id || isSpecialCase, "\(row.mnemonic) decodes as \(found.mnemonic)")
      }
    }
  }

  /// What the table finds is what a search of all rows finds.
  @Test(arguments: ISALevel.allCases)
  func tableAgreesWithSearch(level: ISALevel) {
    let table = InstructionTable(level: level)
    let rows = InstructionRow.all.filter { $0.exists(at: level) }
    var generator = Generator(state: 2)
    for _ in 0..<2000 {
      let instruction = Instruction(word: UInt32(truncatingIfNeeded: generator.next() >> 16))
      let expected = rows.filter { $0.matches(instruction) }
        .max { $0.mask.nonzeroBitCount < $1.mask.nonzeroBitCount }
      #expect(table.row(of: instruction) == expected?.id)
    }
  }

  /// Operand values read from a random instruction make the same instruction again.
  @Test func everyRowRoundTrips() {
    var generator = Generator(state: 3)
    for row in InstructionRow.all {
      for _ in 0..<16 {
        let instruction = row.randomInstruction(using: &generator)
        let values = row.operands.map { $0.value(in: instruction) }
        let spelling = row.mnemonic(of: instruction)
        let bits = row.suffixBits(spelling: spelling[...])
        let made = bits.flatMap { row.instruction(values, suffixBits: $0) }
        #expect(made == instruction, "\(spelling) \(values)")
      }
    }
  }

  /// An encoding that a level does not have yet is what it was before.
  @Test func vanishedEncodingsFallBack() throws {
    let mffsce = try #require(Instruction("mffsce", 3))
    func name(_ level: ISALevel) -> String? {
      InstructionTable(level: level).row(of: mffsce).map { InstructionRow.all[$0].mnemonic }
    }
    #expect(name(.v3_0) == "mffsce")
    #expect(name(.v2_07) == "mffs")
  }

  @Test(arguments: [
    (0x7C64_2A14, "add     r3,r4,r5"), (0x7C64_2E15, "addo.   r3,r4,r5"),
    (0xE861_0010, "ld      r3,16(r1)"), (0x4082_0008, "bc      4,eq,0x1008"),
    (0x7C08_02A6, "mfspr   r0,8"), (0xF064_2F3E, "xxsel   vs3,vs36,vs37,vs60"),
    (0x0000_0200, ".long 0x200"),
  ])
  func text(word: UInt32, text: String) {
    let table = InstructionTable(level: .v3_1)
    #expect(table.text(of: Instruction(word: word), at: 0x1000) == text)
  }
}
