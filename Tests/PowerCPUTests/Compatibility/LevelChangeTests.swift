import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// A level takes effect at once, on code that has been executed before, and in problem state only.
@Suite struct LevelChangeTests {
  /// modsd, popcntd, xxlxor, vand: 3.0, 2.06, VSX, VMX.
  private static let instructions: [UInt32] = [0x7C61_2612, 0x7C83_03F4, 0xF000_04D0, 0x1000_0404]

  private static func executes(_ processor: VirtualProcessor, problem: Bool = true) -> [Bool] {
    instructions.indices.map {
      processor.step(at: 0x2_0000 + UInt64($0) * 4, problem: problem)
      return processor.outcome == .executed
    }
  }

  /// - Parameter other: a processor of the same partition, whose memory it shares.
  private static func prepare(
    _ hardware: ProcessorModel, beside other: VirtualProcessor? = nil
  ) throws -> VirtualProcessor {
    let processor = VirtualProcessor(
      index: other == nil ? 0 : 1, hardware: hardware,
      memory: try other?.memory ?? GuestMemory(size: 16 << 20), clock: FixedClock())
    try processor.mapForProblemState()
    for (index, word) in instructions.enumerated() {
      try processor.memory.write(word, at: 0x2_0000 + UInt64(index) * 4)
    }
    return processor
  }

  /// From each value of the PCR to each: nothing of the one before is left.
  @Test func everyChange() throws {
    let processor = try Self.prepare(.power9)
    let values: [(pcr: PCR, expected: [Bool])] = [
      ([], [true, true, true, true]), (.v2_05, [false, false, false, true]),
      ([.v2_05, .v2_06], [false, false, false, true]), (.v2_06, [false, true, true, true]),
      (.v2_07, [false, true, true, true]), (.v3_0, [true, true, true, true]),
    ]
    for first in values {
      for second in values {
        for value in [first, second] {
          processor.write(.pcr, value.pcr.rawValue)
          #expect(Self.executes(processor) == value.expected, "\(first.pcr) to \(second.pcr)")
          #expect(Self.executes(processor, problem: false) == [true, true, true, true])
          #expect(processor.compatibility == value.pcr.intersection(processor.hardware.pcrMask))
        }
      }
    }
  }

  /// Two processors that have executed the same page: each has the level it was given, whatever
  /// the other decoded.
  @Test func processorsOfOnePartition() throws {
    let first = try Self.prepare(.power9)
    let second = try Self.prepare(.power9, beside: first)
    let all = [true, true, true, true]
    #expect(Self.executes(first) == all)
    #expect(Self.executes(second) == all)
    for processor in [first, second] { processor.write(.pcr, PCR.v2_07.rawValue) }
    for processor in [first, second, first] {
      #expect(Self.executes(processor) == [false, true, true, true])
      #expect(Self.executes(processor, problem: false) == all)
    }
    for processor in [first, second] { processor.write(.pcr, 0) }
    #expect(Self.executes(second) == all)
    #expect(Self.executes(first) == all)
  }

  @Test func facilityBits() throws {
    let processor = try Self.prepare(.power7)
    processor.write(.pcr, PCR.vectorScalarDisable.rawValue)
    #expect(Self.executes(processor) == [false, true, false, true])
    processor.write(.pcr, PCR.vectorDisable.rawValue)
    #expect(Self.executes(processor) == [false, true, false, false])
    // VRSAVE goes with the vectors.
    try processor.step(word("mfspr", [8, 256]), problem: true)
    #expect(processor.outcome == .illegal)
    processor.write(.pcr, 0)
    try processor.step(word("mfspr", [8, 256]), problem: true)
    #expect(processor.outcome == .executed)
  }

  /// Bits a processor does not implement do nothing, and are not part of what is in effect.
  @Test func unimplementedBits() throws {
    let processor = try Self.prepare(.power9)
    processor.write(.pcr, (PCR.vectorDisable.union(.v3_1)).rawValue)
    #expect(Self.executes(processor) == [true, true, true, true])
    #expect(processor.compatibility == [])
  }

  /// A program that runs on is refused the next instruction that its new level lacks.
  @Test func programThatIsRunning() throws {
    let processor = try Self.prepare(.power9)
    // modsd again and again.
    try processor.memory.write(0x7C61_2612 as UInt32, at: 0x2_1000)
    try processor.memory.write(0x4BFF_FFFC as UInt32, at: 0x2_1004)
    processor.enterState(problem: true)
    processor.nextInstruction = 0x2_1000
    _ = processor.run(instructions: 101)
    #expect(processor.nextInstruction == 0x2_1004)
    processor.write(.pcr, PCR.v2_07.rawValue)
    _ = processor.run(instructions: 2)
    #expect(processor.outcome == .illegal)
    #expect(processor.read(.srr0) == 0x2_1000)
    #expect(processor.read(.srr1) & MSR.pr != 0)
  }

  /// The level survives the start of a processor, not its reset.
  @Test func startAndReset() throws {
    let processor = try Self.prepare(.power9)
    processor.write(.pcr, PCR.v2_06.rawValue)
    #expect(!Self.executes(processor)[0])
    processor.prepareToStart()
    try processor.mapForProblemState()
    #expect(processor.compatibility == .v2_06)
    #expect(processor.problemStateInstructions.level == .v2_06)
    #expect(!Self.executes(processor)[0])
    processor.reset()
    try processor.mapForProblemState()
    #expect(processor.compatibility == [])
    #expect(Self.executes(processor) == [true, true, true, true])
  }

  @Test func olderProcessorsLackFacilities() throws {
    #expect(try Self.executes(Self.prepare(.power5Plus)) == [false, false, false, false])
    #expect(try Self.executes(Self.prepare(.ppc970)) == [false, false, false, true])
    #expect(try Self.executes(Self.prepare(.power6)) == [false, false, false, true])
  }
}
