import PowerISA
import Testing

@testable import PowerCPU

@Suite struct TrapTests {
  /// TO bits: less, greater, equal, logically less, logically greater.
  @Test(
    arguments: [
      (-1, 1, 0b10001), (1, -1, 0b01010), (5, 5, 0b00100), (1, 2, 0b10010), (2, 1, 0b01001),
    ] as [(Int64, Int64, Int64)])
  func conditions(a: Int64, b: Int64, holds: Int64) throws {
    for to in 0..<32 as Range<Int64> {
      for spelling in ["tw", "td"] {
        let processor = try VirtualProcessor.forTest(memory: 1 << 20)
        processor[gpr: 4] = UInt64(bitPattern: a)
        processor[gpr: 5] = UInt64(bitPattern: b)
        try processor.execute([word(spelling, [to, 4, 5])])
        let traps = to & holds != 0
        #expect(processor.nextInstruction == (traps ? 0x700 : 0x1_0004))
        guard traps else { continue }
        #expect(processor.read(.srr0) == 0x1_0000)
        #expect(processor.read(.srr1) & InterruptCause.trap != 0)
      }
    }
  }

  @Test func wordsIgnoreTheHighHalf() throws {
    let processor = try VirtualProcessor.forTest(memory: 1 << 20)
    processor[gpr: 4] = 0x1234_0000_0005
    try processor.execute([word("twi", [4, 4, 5])])
    #expect(processor.nextInstruction == 0x700)
    try processor.execute([word("tdi", [4, 4, 5])])
    #expect(processor.nextInstruction == 0x1_0004)
  }
}
