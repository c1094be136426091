import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// The PCR takes instructions away from problem state, and only from it.
@Suite struct CompatibilityTests {
  /// darn, popcntd, xxlxor, vand: 3.0, 2.06, VSX, VMX.
  static let darn: UInt32 = 0x7C61_05E6
  static let popcntd: UInt32 = 0x7C83_03F4
  static let xxlxor: UInt32 = 0xF000_04D0
  static let vand: UInt32 = 0x1000_0404

  /// Whether a word is an instruction in problem state.
  private static func executes(_ processor: VirtualProcessor, _ word: UInt32) throws -> Bool {
    processor.machineState = MSR.sf | MSR.pr | MSR.vec | MSR.vsx | MSR.fp | MSR.me
    return processor.code.table.row(of: Instruction(word: word)) != nil
  }

  @Test(arguments: [
    (PCR.v2_05, [false, false, true, true]), (.v2_06, [false, true, true, true]),
    (.v2_07, [false, true, true, true]), (.v3_0, [true, true, true, true]),
  ])
  func versionBits(pcr: PCR, expected: [Bool]) throws {
    let processor = try VirtualProcessor.forTest(.power9)
    processor.write(.pcr, pcr.rawValue)
    let words = [Self.darn, Self.popcntd, Self.vand, Self.vand]
    #expect(try words.map { try Self.executes(processor, $0) } == expected)
    // Privileged state keeps everything.
    processor.machineState = MSR.sf | MSR.me
    #expect(processor.code.table.row(of: Instruction(word: Self.darn)) != nil)
  }

  @Test func facilityBits() throws {
    let processor = try VirtualProcessor.forTest(.power7)
    processor.write(.pcr, PCR.vectorScalarDisable.rawValue)
    #expect(try !Self.executes(processor, Self.xxlxor))
    #expect(try Self.executes(processor, Self.vand))
    processor.write(.pcr, PCR.vectorDisable.rawValue)
    #expect(try !Self.executes(processor, Self.vand))
  }

  /// Bits a processor does not implement do nothing.
  @Test func unimplementedBits() throws {
    let processor = try VirtualProcessor.forTest(.power9)
    processor.write(.pcr, PCR.vectorDisable.rawValue)
    #expect(try Self.executes(processor, Self.vand))
  }

  @Test func olderProcessorsLackFacilities() throws {
    #expect(try !Self.executes(VirtualProcessor.forTest(.power5Plus), Self.vand))
    #expect(try Self.executes(VirtualProcessor.forTest(.ppc970), Self.vand))
    #expect(try !Self.executes(VirtualProcessor.forTest(.power6), Self.xxlxor))
  }
}
