import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// What problem state is refused is taken down when another level has it.
@Suite struct RefusedInstructionTests {
  /// mtvsrd vs0,r8: 2.07.
  static let mtvsrd: UInt32 = 0x7C08_0166

  static func guest(_ model: ProcessorModel, _ level: CompatibilityLevel?) throws -> ProblemState {
    let guest = try ProblemState(model)
    guest.processor.write(.pcr, model.effectivePCR(at: level).rawValue)
    guest.processor.compatibilityInForce = level
    return guest
  }

  @Test func theLevelRefuses() throws {
    let guest = try Self.guest(.power9, .power7)
    try guest.execute([Self.mtvsrd])
    try guest.execute([Self.mtvsrd])
    let entries = guest.processor.refused.entries
    #expect(entries.count == 1)
    let entry = try #require(entries.first)
    #expect(entry.row.mnemonic == "mtvsrd")
    #expect(entry.level == .v2_07)
    #expect(entry.levelInForce == .v2_06)
    #expect(entry.refusal == .level)
    #expect(entry.count == 2)
    #expect(entry.first.address == ProblemState.code)
    #expect(entry.first.process == 7)
    #expect(
      "\(entry)" == "process 7 executed `mtvsrd vs0,r8` at 0x30000: ISA 2.07, "
        + "the level in force is power7 (2.06) (2 times)")
  }

  @Test func theProcessorRefuses() throws {
    let guest = try Self.guest(.power7, .power7)
    try guest.execute([Self.mtvsrd])
    // pld r3,8(r7): a prefix, which this processor does not know.
    try guest.execute([0x0400_0000, 0xE467_0008], count: 1)
    #expect(guest.processor.refused.entries.map(\.refusal) == [.processor, .processor])
    #expect(guest.processor.refused.entries.map(\.first.text).last == "pld     r3,8(r7),0")
  }

  /// Privileged before 2.07: another interrupt, the same reason.
  @Test func whatWasPrivilegedIsRefusedByTheLevel() throws {
    let guest = try Self.guest(.power8, .power7)
    // lq r4,16(r3)
    try guest.execute([0xE083_0010])
    #expect(guest.processor.read(.srr1) & InterruptCause.privileged != 0)
    #expect(guest.processor.refused.entries.map(\.level) == [.v2_07])
    #expect(guest.processor.refused.entries.map(\.refusal) == [.level])
  }

  @Test func registers() throws {
    let guest = try Self.guest(.power8, .power7)
    // mtspr TAR
    try guest.execute([0x7C6F_CBA6])
    let entry = try #require(guest.processor.refused.entries.first)
    #expect(entry.register == SPR.tar.number)
    #expect(entry.refusal == .level)
    #expect(entry.level == .v2_07)
  }

  @Test func facilities() throws {
    let guest = try Self.guest(.power8, .power8)
    try guest.execute([0x7C6F_CBA6])
    #expect(guest.processor.nextInstruction == InterruptVector.facilityUnavailable.rawValue)
    let entry = try #require(guest.processor.refused.entries.first)
    #expect(entry.refusal == .facility("tar"))
    #expect("\(entry)".hasSuffix("ISA 2.07, the facility tar is switched off"))
  }

  /// An illegal word of every level, an invalid form, privileged instructions and registers, and
  /// privileged state.
  @Test func whatNoLevelGivesIsNotTakenDown() throws {
    let guest = try Self.guest(.power9, .power7)
    // 0, lfdp of an odd register, mfmsr, mfspr PVR, scv in a kernel without it
    for word: UInt32 in [0, 0xE420_0000, 0x7C60_00A6, 0x7C7F_42A6] { try guest.execute([word]) }
    guest.processor.machineState = MSR.sf | MSR.me
    // urfid, for the hypervisor's hypervisor.
    try guest.processor.execute([0x4C00_0264])
    #expect(guest.processor.refused.entries.map(\.first.text) == [])
  }

  @Test func thereIsALimit() throws {
    let guest = try Self.guest(.ppc970, nil)
    var refused = 0
    for row in InstructionRow.all
    where row.exists(at: .v3_1) && row.since > .v2_03 && !row.isPrefixed
      && row.gates.isDisjoint(with: .notInProblemState)
    {
      let word = UInt32(truncatingIfNeeded: row.value)
      guard
        InstructionTable.table(for: ProcessorModel.ppc970.instructions)
          .row(of: Instruction(word: word)) == nil
      else { continue }
      try guest.execute([word])
      refused += 1
    }
    #expect(refused > RefusedInstructions.limit)
    #expect(guest.processor.refused.entries.count == RefusedInstructions.limit)
    #expect(Int(guest.processor.refused.notKept) == refused - RefusedInstructions.limit)
  }
}
