import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Every special-purpose register number on every processor, read and written in privileged state of
/// a partition: presence, width, which of its bits stay, and what is read-only.
@Suite struct PrivilegedRegisterTests {
  enum Access { case both, read, write }

  /// Registers alike. From the tables of the books (2.01 to 3.1B, Book III, mtspr and mfspr) and, for
  /// what the books leave to the chips, their user's manuals; not from the code's.
  struct Row: Sendable {
    var numbers: ClosedRange<Int>
    var access: Access
    var bits: Int
    var since: ISALevel
    /// The level that has it no more.
    var until: ISALevel?
    /// The bits that are 1 after all were written as 1; nil where that is not the same everywhere.
    var keeps: UInt64?

    init(
      _ numbers: ClosedRange<Int>, _ access: Access, _ bits: Int = 64, since: ISALevel = .v2_00,
      until: ISALevel? = nil, keeps: UInt64? = nil
    ) {
      self.numbers = numbers
      self.access = access
      self.bits = bits
      self.since = since
      self.until = until
      self.keeps = keeps
    }

    init(
      _ number: Int, _ access: Access, _ bits: Int = 64, since: ISALevel = .v2_00,
      until: ISALevel? = nil, keeps: UInt64? = nil
    ) {
      self.init(number...number, access, bits, since: since, until: until, keeps: keeps)
    }

    func exists(at isa: ISALevel) -> Bool { since <= isa && until.map { isa < $0 } ?? true }
  }

  private static let all = UInt64.max
  private static let word: UInt64 = 0xFFFF_FFFF

  static let rows: [Row] = [
    // XER; DSCR; LR and CTR; AMR by its problem-state number; DSCR.
    Row(1, .both, until: .v3_0, keeps: 0xE000_007F),
    Row(1, .both, since: .v3_0, keeps: 0xE00C_007F),
    Row(3, .both, since: .v2_07, keeps: all), Row(8...9, .both, keeps: all),
    Row(13, .both, since: .v2_06, keeps: all), Row(17, .both, since: .v2_05, keeps: all),
    // DSISR; DAR; DEC; SDR1; SRR0 and SRR1; CFAR.
    Row(18, .both, 32, keeps: word), Row(19, .both, keeps: all), Row(22, .both, 32),
    Row(25, .read, until: .v2_06), Row(26...27, .both, keeps: all),
    Row(28, .both, since: .v2_05, keeps: all),
    // ACCR, then AMR; ACOP; PID; IAMR.
    Row(29, .both, until: .v2_05, keeps: 3), Row(29, .both, since: .v2_05, keeps: all),
    Row(31, .both, since: .v2_06, until: .v3_0, keeps: all),
    Row(48, .both, 32, since: .v2_06, keeps: word), Row(61, .both, since: .v2_07, keeps: all),
    // CTRL; TIDR; FSCR; UAMOR; PSPB; DPDES.
    Row(136, .read, 32), Row(152, .write, 32),
    Row(144, .both, since: .v3_0, until: .v3_1, keeps: all),
    Row(153, .both, since: .v2_07, until: .v3_0, keeps: 0xFF << 56 | 0x184),
    Row(153, .both, since: .v3_0, until: .v3_1, keeps: 0xFF << 56 | 0x1184),
    Row(153, .both, since: .v3_1, keeps: 0xFF << 56 | 0x3184),
    Row(157, .both, since: .v2_06, keeps: all), Row(159, .both, 32, since: .v2_07, keeps: word),
    Row(176, .read, since: .v2_07),
    // VRSAVE; SPRG3; TB and TBU; SPRG0 to SPRG3; CIR; PVR; SPURR and PURR.
    Row(256, .both, 32, keeps: word), Row(259, .read), Row(268, .read), Row(269, .read, 32),
    Row(272...275, .both, keeps: all), Row(283, .read, 32, since: .v2_07, until: .v3_1),
    Row(287, .read, 32), Row(308, .read, since: .v2_05), Row(309, .read, since: .v2_02),
    // TIR; HDEXCR; HASHKEYR.
    Row(446, .read, since: .v2_07), Row(455, .read, 32, since: .v3_1),
    Row(468, .both, since: .v3_1, keeps: all),
    // Performance monitor: SIER2, SIER3, MMCR3 by both numbers.
    Row(736...738, .read, since: .v3_1), Row(752...754, .both, since: .v3_1),
    // SIER; MMCR2; MMCRA; PMC1 to PMC6, to PMC8 on the 970; MMCR0; SIAR, SDAR, MMCR1.
    Row(768, .read, since: .v2_07), Row(769, .both, since: .v2_07),
    Row(770, .read, until: .v2_07), Row(770, .both, since: .v2_07),
    Row(771...776, .read, 32, until: .v2_07), Row(771...776, .both, 32, since: .v2_07, keeps: word),
    Row(777...778, .read, 32, until: .v2_02), Row(779, .read, until: .v2_07),
    Row(779, .both, since: .v2_07), Row(780...782, .read),
    Row(784...785, .both, since: .v2_07), Row(786, .both), Row(787...792, .both, 32, keeps: word),
    Row(793...794, .both, 32, until: .v2_02, keeps: word), Row(795...798, .both),
    // BESCRS, BESCRSU, BESCRR, BESCRRU; EBBHR, EBBRR; BESCR.
    Row(800, .both, since: .v2_07), Row(801, .both, 32, since: .v2_07),
    Row(802, .both, since: .v2_07), Row(803, .both, 32, since: .v2_07),
    Row(804...805, .both, since: .v2_07, keeps: ~3), Row(806, .both, since: .v2_07),
    // DEXCR; TAR; PSSCR; DEXCR; IC and VTB.
    Row(812, .read, 32, since: .v3_1), Row(815, .both, since: .v2_07, keeps: all),
    Row(823, .both, since: .v3_0, keeps: all), Row(828, .both, since: .v3_1, keeps: all),
    Row(848...849, .read, since: .v2_07),
    // TRIG1 and TRIG2; TACR, TCSCR, CSIGR; SPMC1, SPMC2, MMCRS; WORT.
    Row(881...882, .write, since: .v3_0), Row(888...890, .both, since: .v2_07, until: .v3_0),
    Row(892...894, .both, since: .v2_07, until: .v3_0), Row(895, .both, since: .v2_07, keeps: all),
    // PPR and PPR32; TRACE; PIR.
    Row(896, .both, since: .v2_03), Row(898, .both, 32, since: .v2_07),
    Row(1006, .write, since: .v3_0), Row(1023, .read, 32),
  ]

  private static func row(_ number: Int, of hardware: ProcessorModel) -> Row? {
    if number == 256, hardware.facilities.vector == 0 { return nil }
    return rows.first { $0.numbers.contains(number) && $0.exists(at: hardware.isa) }
  }

  /// What is not there, or the hypervisor's, or read-only is a no-operation, but for the numbers that
  /// POWER had.
  @Test(arguments: ProcessorModel.all.map { LeveledProcessor(hardware: $0) })
  func everyNumber(_ kind: LeveledProcessor) throws {
    let processor = try RegisterLevelTests.prepare(kind)
    let untouched = RegisterLevelTests.untouched
    func move(_ number: Int, _ value: UInt64, writing: Bool) -> UInt64 {
      processor[gpr: 8] = value
      processor.step(at: 0x1_0000 + UInt64(number) * 8 + (writing ? 4 : 0), problem: false)
      return processor[gpr: 8]
    }
    for number in 0..<1024 {
      let row = Self.row(number, of: kind.hardware)
      let isTransactional =
        RegisterLevelTests.transactions.contains(number)
        && (kind.isa == .v2_07 || kind.isa == .v3_0)
      let before = move(number, untouched, writing: false)
      let readOutcome: StepOutcome =
        [0, 4, 5, 6].contains(number)
        ? .illegal : isTransactional ? .facilityUnavailable(5) : .executed
      #expect(processor.outcome == readOutcome, "mfspr \(number)")
      let isRead = row.map { $0.access != .write } ?? false
      #expect((before != untouched) == isRead, "mfspr \(number)")

      _ = move(number, .max, writing: true)
      let writeOutcome: StepOutcome =
        number == 0 ? .illegal : isTransactional ? .facilityUnavailable(5) : .executed
      #expect(processor.outcome == writeOutcome, "mtspr \(number)")
      // What mfspr gives now, without a fetch that IAMR may forbid.
      let after = processor.read(number: number)
      processor.write(.amr, 0)
      processor.write(.iamr, 0)
      guard let row, isRead else { continue }
      if row.bits == 32 { #expect((before | after) >> 32 == 0, "width of \(number)") }
      if let keeps = row.keeps { #expect(after == keeps, "bits of \(number)") }
      // IC counts instructions.
      if row.access == .read, number != 848 { #expect(after == before, "\(number) is read-only") }
    }
  }

  /// The registers of the code's own table that a partition can reach are those above, no more.
  @Test func everyRowIsListed() {
    for register in SPR.all where register.read != .hypervisor || register.write != .hypervisor {
      #expect(
        Self.rows.contains { $0.numbers.contains(register.number) }
          || RegisterLevelTests.transactions.contains(register.number)
          || [register.read, register.write].allSatisfy { $0 == nil || $0 == .hypervisor },
        "\(register.name)")
    }
  }

  /// TIR and DPDES are of the thread among those of its core.
  @Test func threadOfItsCore() throws {
    let processor = try VirtualProcessor.forTest(.power9)
    processor.threadOfCore = 3
    #expect(processor.read(.tir) == 3)
    #expect(processor.read(.dpdes) == 0)
    processor.receiveDoorbell()
    #expect(processor.read(.dpdes) == 8)
    processor.write(.dpdes, 0xF7)
    #expect(processor.read(.dpdes) == 0)
  }

  /// Of the hash table a partition of an old processor learns the size.
  @Test func sizeOfTheHashTable() throws {
    let processor = try LeveledProcessor(hardware: .power6).make()
    #expect(processor.read(.sdr1) == 0)
    processor.hashPageTable = HashPageTable(sizeLog2: 20)
    #expect(processor.read(.sdr1) == 2)
  }
}
