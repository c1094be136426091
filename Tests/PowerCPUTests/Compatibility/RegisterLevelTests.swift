import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Every special-purpose register number on every processor at every level, read and written in
/// problem state.
@Suite struct RegisterLevelTests {
  /// A register of problem state: its numbers, when it may be read and when it may be written
  /// there. Copied from the tables of the books (2.03 to 3.1B, Book III, mtspr and mfspr), not from
  /// the code's.
  struct Row: Sendable {
    var numbers: ClosedRange<Int>
    var read: ISALevel?
    var write: ISALevel?
    var until: ISALevel?

    init(
      _ numbers: ClosedRange<Int>, read: ISALevel?, write: ISALevel?, until: ISALevel? = nil
    ) {
      self.numbers = numbers
      self.read = read
      self.write = write
      self.until = until
    }

    init(_ number: Int, read: ISALevel?, write: ISALevel?, until: ISALevel? = nil) {
      self.init(number...number, read: read, write: write, until: until)
    }

    func permits(at isa: ISALevel, writing: Bool) -> Bool {
      guard let since = writing ? write : read, until.map({ isa < $0 }) ?? true else {
        return false
      }
      return since <= isa
    }
  }

  static let problemState: [Row] = [
    // XER, DSCR, LR and CTR, AMR.
    Row(1, read: .v2_00, write: .v2_00), Row(3, read: .v2_07, write: .v2_07),
    Row(8...9, read: .v2_00, write: .v2_00), Row(13, read: .v2_06, write: .v2_06),
    // CTRL, SPRG3, TB and TBU.
    Row(136, read: .v2_00, write: nil), Row(259, read: .v2_00, write: nil),
    Row(268...269, read: .v2_00, write: nil),
    // HDEXCR, DEXCR.
    Row(455, read: .v3_1, write: nil), Row(812, read: .v3_1, write: nil),
    // SIER2, SIER3, MMCR3; SIER, MMCR2, MMCRA, PMC1 to 6; PMC7 and 8; MMCR0, SIAR, SDAR, MMCR1.
    Row(736...738, read: .v3_1, write: nil), Row(768, read: .v2_07, write: nil),
    Row(769, read: .v2_07, write: .v2_07), Row(770...776, read: .v2_00, write: .v2_07),
    Row(777...778, read: .v2_00, write: nil, until: .v2_02),
    Row(779, read: .v2_00, write: .v2_07), Row(780...782, read: .v2_00, write: nil),
    // Event-based branches; reserved no-operations; TAR; PPR and PPR32.
    Row(800...806, read: .v2_07, write: .v2_07), Row(808...811, read: .v2_07, write: .v2_07),
    Row(815, read: .v2_07, write: .v2_07), Row(896, read: .v2_03, write: .v2_03),
    Row(898, read: .v2_07, write: .v2_07),
    // TRACE of POWER9.
    Row(1006, read: nil, write: .v3_0),
  ]
  private static let vrsave = 256
  static let transactions = 128...131

  private static func expected(
    _ number: Int, _ kind: LeveledProcessor, writing: Bool
  ) -> StepOutcome {
    let exists =
      number == vrsave
      ? !kind.absent.contains(.vector)
      : problemState.contains {
        $0.numbers.contains(number) && $0.permits(at: kind.isa, writing: writing)
      }
    if exists { return .executed }
    if transactions.contains(number), kind.isa == .v2_07 || kind.isa == .v3_0 {
      return .facilityUnavailable(5)
    }
    return number & 0x10 != 0 ? .privileged : .illegal
  }

  static func word(_ number: Int, writing: Bool) -> UInt32 {
    let halves = UInt32(number & 31) << 16 | UInt32(number >> 5) << 11
    return (writing ? 0x7D00_03A6 : 0x7D00_02A6) | halves
  }

  /// Writes a move of each number, and enables what can be.
  static func prepare(_ kind: LeveledProcessor) throws -> VirtualProcessor {
    let processor = try kind.make()
    processor.enableFacilities()
    // Full access to the performance monitor.
    processor.write(.mmcr0, MMCR0.fc | 2 << MMCR0.pmccShift)
    for number in 0..<1024 {
      try processor.memory.write(word(number, writing: false), at: 0x1_0000 + UInt64(number) * 8)
      try processor.memory.write(word(number, writing: true), at: 0x1_0004 + UInt64(number) * 8)
    }
    return processor
  }

  static let untouched: UInt64 = 0x5A5A_0000_1234_5678

  @Test(arguments: LeveledProcessor.all)
  func problemState(_ kind: LeveledProcessor) throws {
    let processor = try Self.prepare(kind)
    processor.hasNoStack()
    for number in 0..<1024 {
      processor[gpr: 8] = Self.untouched
      let address = 0x1_0000 + UInt64(number) * 8
      processor.step(at: address, problem: true)
      #expect(processor.outcome == Self.expected(number, kind, writing: false), "mfspr \(number)")
      if processor.outcome != .executed { #expect(processor[gpr: 8] == Self.untouched) }
      processor[gpr: 8] = 0
      // Writing must not take away the access of the next.
      if number == SPR.Number.mmcr0Problem { processor[gpr: 8] = MMCR0.fc }
      processor.step(at: address + 4, problem: true)
      #expect(processor.outcome == Self.expected(number, kind, writing: true), "mtspr \(number)")
    }
  }
}
