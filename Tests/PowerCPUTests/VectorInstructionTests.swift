import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

/// Vector, matrix and decimal instructions with results known from elsewhere: mostly the probes
/// of a guest on POWER10.
struct VectorInstructionTests {
  private static let v2 = Vector(0x0123_4567_89AB_CDEF, 0x00FE_DCBA_9876_5432)
  private static let v3 = Vector(0x0000_0000_0000_0003, 0x1122_3344_5566_7789)
  private static let v4 = Vector(0x3FC0_0000_4049_0FDB, 0xC020_0000_BF00_0000)

  private func state() -> MachineState {
    var state = MachineState()
    state.gpr[3] = 0x0123_4567_89AB_CDEF
    state.gpr[4] = 0x1023_0000_00AB_0CE0
    state.gpr[5] = 7
    state.gpr[7] = MachineState.storageAddress
    (state.vsr[34], state.vsr[35], state.vsr[36]) = (Self.v2, Self.v3, Self.v4)
    state.vsr[1] = Vector(0x2238_0000_0000_0012, 0)
    state.vsr[2] = Vector(0x2238_0000_0000_0003, 0)
    state.storage = (0..<256).map { UInt8($0) }
    return state
  }

  private func run(
    _ instruction: Instruction?, _ order: Endianness = .big,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> MachineState {
    let instruction = try #require(instruction, sourceLocation: sourceLocation)
    let result = try Interpreted().run(instruction, state(), order)
    #expect(result.signal == 0, sourceLocation: sourceLocation)
    return result
  }

  // MARK: registers

  @Test(
    arguments: [
      (Instruction("vadduwm", 2, 2, 3), 0x0123_4567_89AB_CDF2, 0x1221_0FFE_EDDC_CBBB),
      (Instruction("vaddudm", 2, 2, 3), 0x0123_4567_89AB_CDF2, 0x1221_0FFE_EDDC_CBBB),
      (Instruction("vadduqm", 2, 2, 3), 0x0123_4567_89AB_CDF2, 0x1221_0FFE_EDDC_CBBB),
      (Instruction("vpopcntd", 2, 2), 0x20, 0x1F),
      (Instruction("vclzd", 2, 3), 0x3E, 3),
      (Instruction("vmuluwm", 2, 2, 3), 0x9D03_69CD, 0xB45F_AF68_BE62_4CC2),
      (Instruction("vbpermq", 2, 2, 3), 0x88, 0),
      (Instruction("vgbbd", 2, 2), 0x0F33_5500_0F33_55FF, 0x7866_557F_7866_5500),
      (Instruction("vcipher", 2, 2, 3), 0xFB0A_6C26_262F_C87B, 0x2E5C_CE12_FA44_712B),
      (Instruction("vpmsumd", 2, 2, 3), 0x000F_0D20_347F_3950, 0x5A3E_A5BE_AB1B_C493),
      (Instruction("vshasigmaw", 2, 2, 1, 5), 0x6665_4447_D631_6D8A, 0x9E9D_58DB_7718_CED6),
      (Instruction("xxleqv", 34, 34, 35), 0xFEDC_BA98_7654_3213, 0xEE23_1001_32EF_DC44),
      (Instruction("xxpermdi", 34, 34, 35, 2), 0x00FE_DCBA_9876_5432, 3),
      (Instruction("mtvsrdd", 34, 3, 4), 0x0123_4567_89AB_CDEF, 0x1023_0000_00AB_0CE0),
      (Instruction("vabsdub", 2, 2, 3), 0x0123_4567_89AB_CDEC, 0x11DC_A976_4310_2357),
      (Instruction("vcmpneb", 2, 2, 3), UInt64.max, UInt64.max),
      (Instruction("xxspltib", 34, 0x5A), 0x5A5A_5A5A_5A5A_5A5A, 0x5A5A_5A5A_5A5A_5A5A),
      (Instruction("vmulld", 2, 2, 3), 0x0369_D036_9D03_69CD, 0x7ACF_391C_BE62_4CC2),
      (Instruction("vdivsq", 2, 2, 3), 0, 0x005E_F8BB_AC76_A091),
      (Instruction("vmodud", 2, 2, 3), 0, 0x00FE_DCBA_9876_5432),
      (Instruction("vclrlb", 2, 2, 5), 0, 0x00FE_DCBA_9876_5432),
      (Instruction("mtvsrbm", 2, 3), 0xFFFF_0000_FFFF_00FF, 0xFFFF_FF00_FFFF_FFFF),
      (Instruction("xxspltiw", 34, 0x1234_5678), 0x1234_5678_1234_5678, 0x1234_5678_1234_5678),
      (Instruction("xxblendvb", 34, 34, 35, 36), 0x0100_4567_89AB_CD03, 0x11FE_DCBA_5576_5432),
      (Instruction("lxvkq", 34, 1), 0x3FFF_0000_0000_0000, 0),
    ] as [(Instruction?, UInt64, UInt64)])
  func probes(_ instruction: Instruction?, _ first: UInt64, _ second: UInt64) throws {
    #expect(try run(instruction).vsr[34] == Vector(first, second))
  }

  @Test func decimalProbes() throws {
    #expect(try run(Instruction("dadd", 1, 1, 2)).vsr[1].doubleword0 == 0x2238_0000_0000_0015)
    #expect(try run(Instruction("dmul", 1, 1, 2)).vsr[1].doubleword0 == 0x2238_0000_0000_0036)
    #expect(try run(Instruction("dcmpu", 0, 1, 2)).cr >> 28 == 4)
    var state = state()
    state.vsr[1].doubleword0 = 0x2238_0000_0000_0012
    let converted = try Interpreted().run(#require(Instruction("dcffix", 1, 1)), state, .big)
    #expect(converted.vsr[1].doubleword0 == 0x2A46_65E8_3DBA_3DC7)
  }

  @Test func enabledDecimalExceptionsKeepTheTarget() throws {
    var before = state()
    before.vsr[2] = Vector(0x2238_0000_0000_0000, 0)
    before.fpscr = FPSCR.ze
    let divided = try Interpreted().run(#require(Instruction("ddiv.", 1, 1, 2)), before, .big)
    #expect(divided.signal == 8)
    #expect(divided.vsr[1].doubleword0 == 0x2238_0000_0000_0012)
    #expect(divided.fpscr == FPSCR.ze | FPSCR.fx | FPSCR.fex | FPSCR.zx)
    #expect(divided.cr >> 24 & 15 == 0b1100)

    // An enabled overflow delivers a result with its exponent wrapped.
    before.vsr[2] = Vector(0x43FC_0000_0000_0001, 0)
    before.fpscr = FPSCR.oe
    let squared = try Interpreted().run(#require(Instruction("dmul", 1, 2, 2)), before, .big)
    #expect(squared.signal == 8)
    let exponent = DecimalArithmetic.biasedExponent(UInt128(squared.vsr[1].doubleword0), .long)
    #expect(exponent == 398 + 2 * 369 - 576)

    // Disabled: infinity, and the class and causes in the FPSCR.
    before.fpscr = 0
    let infinite = try Interpreted().run(#require(Instruction("dmul", 1, 2, 2)), before, .big)
    #expect(infinite.signal == 0)
    #expect(infinite.vsr[1].doubleword0 == 0x7800 << 48)
    #expect(
      infinite.fpscr
        == FPSCR.fx | FPSCR.ox | FPSCR.xx | FPSCR.fi | FPSCR.fr | 0b00101 << 12)
  }

  @Test func quadOperandsAreEvenPairs() throws {
    for word: UInt32 in [0xFC22_1004, 0xFC42_1804, 0xFC43_1004] {
      let result = try Interpreted().run(Instruction(word: word), state(), .big)
      #expect(result.signal == 4)
    }
  }

  @Test func matrixProbe() throws {
    let result = try run(Instruction("xvf32ger", 0, 36, 36))
    #expect(result.vsr[0] == Vector(0x4010_0000_4096_CBE4, 0xC070_0000_BF40_0000))
  }

  /// VRT keeps what the mask does not cover.
  @Test func rotateAndInsert() throws {
    var before = state()
    before.vsr[34] = Vector(0xAAAA_AAAA_AAAA_AAAA, 0x5555_5555_5555_5555)
    before.vsr[35] = Vector(repeating: UInt64(0x0123_4567_89AB_CDEF))
    before.vsr[36] = Vector(16 << 16 | 31 << 8, 40 << 16 | 8 << 8 | 4)
    let result = try Interpreted().run(#require(Instruction("vrldmi", 2, 3, 4)), before, .big)
    #expect(result.vsr[34] == Vector(0xAAAA_4567_AAAA_AAAA, 0x1255_5555_55BC_DEF0))
  }

  @Test func recordedCompares() throws {
    #expect(try run(Instruction("vcmpequb.", 2, 2, 2)).cr >> 4 & 15 == 8)
    #expect(try run(Instruction("vcmpequb.", 2, 2, 3)).cr >> 4 & 15 == 2)
    #expect(try run(Instruction("vcmpgtub.", 2, 2, 3)).cr >> 4 & 15 == 0)
    #expect(try run(Instruction("vcmpequb", 2, 2, 2)).cr == 0)
  }

  @Test func saturationIsRemembered() throws {
    #expect(try run(Instruction("vaddubs", 2, 2, 2)).vscr == 1)
    #expect(try run(Instruction("vaddubm", 2, 2, 2)).vscr == 0)
  }

  // MARK: storage

  /// Bytes 0 to 15 of storage as each load sees them.
  @Test(
    arguments: [
      ("lxvd2x", 0x0001_0203_0405_0607, 0x0706_0504_0302_0100),
      ("lxvw4x", 0x0001_0203_0405_0607, 0x0302_0100_0706_0504),
      ("lxvh8x", 0x0001_0203_0405_0607, 0x0100_0302_0504_0706),
      ("lxvb16x", 0x0001_0203_0405_0607, 0x0001_0203_0405_0607),
      ("lxvx", 0x0001_0203_0405_0607, 0x0F0E_0D0C_0B0A_0908),
      ("lxvdsx", 0x0001_0203_0405_0607, 0x0706_0504_0302_0100),
      ("lxvwsx", 0x0001_0203_0001_0203, 0x0302_0100_0302_0100),
      ("lxsiwax", 0x0001_0203, 0x0302_0100),
      ("lxsibzx", 0, 0),
    ] as [(String, UInt64, UInt64)])
  func loads(_ mnemonic: String, _ big: UInt64, _ little: UInt64) throws {
    let load = Instruction(mnemonic, 34, 0, 7)
    #expect(try run(load, .big).vsr[34].doubleword0 == big)
    #expect(try run(load, .little).vsr[34].doubleword0 == little)
  }

  @Test func loadsIgnoreTheLowBitsOfVectorAddresses() throws {
    var before = state()
    before.gpr[8] = 5
    let lvx = try #require(Instruction("lvx", 2, 7, 8))
    let whole = try Interpreted().run(lvx, before, .little)
    #expect(whole.vsr[34] == Vector(0x0F0E_0D0C_0B0A_0908, 0x0706_0504_0302_0100))
    let lvebx = try #require(Instruction("lvebx", 2, 7, 8))
    #expect(try Interpreted().run(lvebx, before, .little).vsr[34][byte: 10] == 5)
    #expect(try Interpreted().run(lvebx, before, .big).vsr[34][byte: 5] == 5)
  }

  @Test func loadsWithLength() throws {
    var before = state()
    before.gpr[8] = 3 << 56
    let lxvl = try #require(Instruction("lxvl", 34, 7, 8))
    let lxvll = try #require(Instruction("lxvll", 34, 7, 8))
    #expect(try Interpreted().run(lxvl, before, .big).vsr[34] == Vector(0x0001_02 << 40, 0))
    #expect(try Interpreted().run(lxvl, before, .little).vsr[34] == Vector(0, 0x0002_0100))
    #expect(try Interpreted().run(lxvll, before, .little).vsr[34] == Vector(0x0001_02 << 40, 0))
  }

  @Test(arguments: [Endianness.big, .little])
  func storesUndoLoads(_ order: Endianness) throws {
    let interpreted = try Interpreted()
    for size in ["d2x", "w4x", "h8x", "b16x", "x"] {
      let load = try #require(Instruction("lxv\(size)", 34, 0, 7))
      let store = try #require(Instruction("stxv\(size)", 34, 7, 6))
      var middle = try interpreted.run(load, state(), order)
      middle.gpr[6] = 48
      let after = try interpreted.run(store, middle, order)
      #expect(Array(after.storage[48..<64]) == Array(after.storage[0..<16]), "\(size)")
    }
  }

  /// A pair's second quadword that faults leaves both registers alone.
  @Test func faultingLoadsHaveNoEffect() throws {
    var before = state()
    before.gpr[7] = 1 << 20 - 16
    let result = try Interpreted().run(#require(Instruction("lxvp", 34, 0, 7)), before, .big)
    #expect(result.signal != 0)
    #expect(result.vsr[34] == Self.v2 && result.vsr[35] == Self.v3)
  }

  @Test func invalidFormsAreIllegal() throws {
    let interpreted = try Interpreted()
    // XA in the accumulator; a quad operand in an odd register; an unknown constant.
    for instruction in [
      Instruction("xvf32ger", 0, 2, 36), Instruction("lxvkq", 34, 10),
      Instruction("xxgenpcvbm", 34, 2, 9),
    ] {
      let result = try interpreted.run(#require(instruction), state(), .big)
      #expect(result.signal == 4)
    }
  }
}
