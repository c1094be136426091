import PowerISA
import Testing

/// Extended mnemonics as they stand in listings of compilers' code (Book I appendix C).
@Suite struct ExtendedMnemonicTests {
  @Test(
    arguments: [
      (0x4E80_0020, "blr"), (0x4E80_0021, "blrl"), (0x4E80_0420, "bctr"), (0x4E80_0421, "bctrl"),
      (0x7FC8_02A6, "mflr r30"), (0x7C08_03A6, "mtlr r0"), (0x7C69_03A6, "mtctr r3"),
      (0x7CBF_2B78, "mr r31,r5"), (0x7CBF_2B79, "mr. r31,r5"), (0x7C60_18F8, "not r0,r3"),
      (0x3860_0001, "li r3,1"), (0x3C60_FFFF, "lis r3,-1"), (0x6000_0000, "nop"),
      (0x3863_0001, "addi r3,r3,1"), (0x2C03_0000, "cmpwi r3,0"), (0x2F83_0001, "cmpwi cr7,r3,1"),
      (0x7C23_2000, "cmpd r3,r4"), (0x4082_0008, "bne 0x1008"), (0x419E_0010, "beq cr7,0x1010"),
      (0x4200_FFF8, "bdnz 0xff8"), (0x4DC2_0020, "beqlr-"), (0x41E2_0010, "beq+ 0x1010"),
      (0x5463_103A, "slwi r3,r3,2"), (0x5463_F0BE, "srwi r3,r3,2"),
      (0x5463_063E, "clrlwi r3,r3,24"),
      (0x7863_1764, "sldi r3,r3,2"), (0x7863_0020, "clrldi r3,r3,32"), (0x7C7F_42A6, "mfpvr r3"),
      (0x7C73_43A6, "mtsprg 3,r3"), (0x7C6C_42A6, "mftb r3"), (0x7C00_04AC, "hwsync"),
      (0x7C20_04AC, "lwsync"), (0x7FE0_0008, "trap"), (0x0B03_0000, "tdnei r3,0"),
      (0x4400_0002, "sc"), (0x7C60_1828, "lwarx r3,0,r3"), (0x4C42_1182, "crclr eq"),
      (0xF000_0251, "xxswapd vs32,vs0"), (0x7C00_0000, "cmpw r0,r0"),
      (0x7C40_04AC, "ptesync"), (0x7C80_04AC, "phwsync"), (0x7CA0_04AC, "plwsync"),
      (0x7C21_04AC, "stncisync"), (0x7C02_04AC, "stcisync"), (0x7C03_04AC, "stsync"),
      (0x7E24_2A2C, "dcbna r4,r5"), (0x4C00_0924, "rfebb"), (0x4C00_0124, "rfebb 0"),
    ] as [(UInt32, String)])
  func words(word: UInt32, text: String) {
    let table = InstructionTable.table(for: .v3_1)
    let ours = table.text(of: Instruction(word: word), at: 0x1000, style: .extended)
    #expect(ours.split(separator: " ").joined(separator: " ") == text)
  }

  /// Another value of a field is another word: an extended mnemonic never hides it.
  @Test func synchronizationOfOtherStores() {
    let table = InstructionTable.table(for: .v3_1)
    let named: Set<UInt32> = [0x00, 0x20, 0x40, 0x80, 0xA0, 0x21, 0x02, 0x03]
    // L and SC; the bits between are reserved.
    for fields in 0..<256 as Range<UInt32> where fields & 0x1C == 0 {
      let text = table.text(of: Instruction(word: 0x7C00_04AC | fields << 16), style: .extended)
      #expect(
        named.contains(fields) != ["sync", ".long"].contains { text.hasPrefix($0) }, "\(text)")
    }
  }

  @Test func prefixed() {
    let table = InstructionTable.table(for: .v3_1)
    for (prefix, suffix, text) in [
      (0x0600_0000, 0x3860_0001, "pli r3,1"), (0x0610_0000, 0x3860_0010, "pla r3,16"),
      (0x0410_0000, 0xE460_0010, "pld r3,16"), (0x0400_0000, 0xE464_0010, "pld r3,16(r4)"),
    ] as [(UInt32, UInt32, String)] {
      let ours = table.text(
        of: Instruction(prefix: prefix, suffix: suffix), at: 0x1000, style: .extended)
      #expect(ours.split(separator: " ").joined(separator: " ") == text)
    }
  }

  /// Without the style every row reads by its own name.
  @Test func rowsKeepTheirNames() {
    let table = InstructionTable.table(for: .v3_1)
    let texts = [0x4E80_0020, 0x7FC8_02A6, 0x7CBF_2B78].map {
      table.text(of: Instruction(word: $0)).split(separator: " ").joined(separator: " ")
    }
    #expect(texts == ["bclr 20,lt,0", "mfspr r30,8", "or r31,r5,r5"])
  }
}
