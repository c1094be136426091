import PowerArithmetic
import PowerISA
import Testing

@testable import PowerCPU

/// What no other engine here can be compared with: the moves that only POWER6 had.
@Suite struct FloatingMoveTests {
  /// mffgpr f1,r3 and mftgpr r4,f1.
  private static let words: [UInt32] = [0x7C20_1CBE, 0x7C80_0DBE]

  @Test func moveToAndFromGeneralRegisters() throws {
    let processor = try VirtualProcessor.forTest(.power6)
    processor.machineState |= MSR.fp
    processor[gpr: 3] = 0x0123_4567_89AB_CDEF
    try processor.execute(Self.words)
    #expect(processor[vsr: 1].doubleword0 == 0x0123_4567_89AB_CDEF)
    #expect(processor[gpr: 4] == 0x0123_4567_89AB_CDEF)
  }

  @Test func power7HasThemNoMore() throws {
    let processor = try VirtualProcessor.forTest(.power7)
    processor.machineState |= MSR.fp
    try processor.execute(Self.words, count: 1)
    #expect(processor.nextInstruction == 0x700)
  }
}
