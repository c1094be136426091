import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// A rejection in problem state is recorded when another level has the instruction.
@Suite struct RejectedInstructionTests {
  /// mtvsrd vs0,r8: 2.07.
  static let mtvsrd: UInt32 = 0x7C08_0166

  static func guest(_ model: ProcessorModel, _ level: CompatibilityLevel?) throws -> ProblemState {
    let guest = try ProblemState(model)
    guest.processor.write(.pcr, model.effectivePCR(at: level).rawValue)
    guest.processor.activeCompatibilityLevel = level
    return guest
  }

  @Test func theLevelRefuses() throws {
    let guest = try Self.guest(.power9, .power7)
    try guest.execute([Self.mtvsrd])
    try guest.execute([Self.mtvsrd])
    let entries = guest.processor.rejectedInstructions.entries
    #expect(entries.count == 1)
    let entry = try #require(entries.first)
    #expect(entry.name == "mtvsrd")
    #expect(entry.level == .v2_07)
    #expect(entry.activeLevel == .v2_06)
    #expect(entry.refusal == .level)
    #expect(entry.count == 2)
    #expect(entry.first.address == ProblemState.code)
    #expect(entry.first.process == 7)
    #expect(
      "\(entry)" == "process 7 executed `mtvsrd vs0,r8` at 0x30000: ISA 2.07, "
        + "the active level is power7 (2.06) (2 times)")
  }

  @Test func theProcessorRefuses() throws {
    let guest = try Self.guest(.power7, .power7)
    try guest.execute([Self.mtvsrd])
    // pld r3,8(r7): a prefix, which this processor does not know.
    try guest.execute([0x0400_0000, 0xE467_0008], count: 1)
    #expect(
      guest.processor.rejectedInstructions.entries.map(\.refusal) == [.processor, .processor])
    #expect(
      guest.processor.rejectedInstructions.entries.map(\.first.text).last == "pld     r3,8(r7),0")
  }

  /// Privileged before 2.07: another interrupt, the same reason.
  @Test func whatWasPrivilegedIsRefusedByTheLevel() throws {
    let guest = try Self.guest(.power8, .power7)
    // lq r4,16(r3)
    try guest.execute([0xE083_0010])
    #expect(guest.processor.read(.srr1) & InterruptCause.privileged != 0)
    #expect(guest.processor.rejectedInstructions.entries.map(\.level) == [.v2_07])
    #expect(guest.processor.rejectedInstructions.entries.map(\.refusal) == [.level])
  }

  @Test func registers() throws {
    let guest = try Self.guest(.power8, .power7)
    // mtspr TAR
    try guest.execute([0x7C6F_CBA6])
    let entry = try #require(guest.processor.rejectedInstructions.entries.first)
    #expect(entry.register == SPR.tar.number)
    #expect(entry.refusal == .level)
    #expect(entry.level == .v2_07)
  }

  @Test func facilities() throws {
    let guest = try Self.guest(.power8, .power8)
    try guest.execute([0x7C6F_CBA6])
    #expect(guest.processor.nextInstruction == InterruptVector.facilityUnavailable.rawValue)
    let entry = try #require(guest.processor.rejectedInstructions.entries.first)
    #expect(entry.refusal == .facility("tar"))
    #expect("\(entry)".hasSuffix("ISA 2.07, the facility tar is switched off"))
  }

  /// An illegal word of every level, an invalid form, privileged instructions and registers: taken
  /// down as what no level has. Privileged state is not.
  @Test func whatNoLevelHas() throws {
    let guest = try Self.guest(.power9, .power7)
    // 0, lfdp of an odd register, which is no word of its row, mfmsr, mfspr PVR, 1
    for word: UInt32 in [0, 0xE420_0000, 0x7C60_00A6, 0x7C7F_42A6, 1] {
      try guest.execute([word])
    }
    guest.processor.machineState = MSR.sf | MSR.me
    // urfid, for the hypervisor's hypervisor.
    try guest.processor.execute([0x4C00_0264])
    let entries = guest.processor.rejectedInstructions.entries
    #expect(entries.map(\.name) == [".long 0x0", "mfmsr", "mfspr PVR"])
    #expect(entries.map(\.count) == [3, 1, 1])
    #expect(entries.allSatisfy { $0.refusal == .everyLevel && $0.level == nil && $0.counts })
    #expect(entries.allSatisfy { $0.earliest == nil })
    #expect(
      "\(entries[2])"
        == "process 7 executed `mfspr r3,287` at 0x30000: rejected at every level")
    #expect(entries[2].need == "no level has it: process 7 executed `mfspr PVR`")
  }

  /// `tbegin.` went with 3.1, so that a POWER10 has it at no level of its own.
  @Test func whatWentWithAnOlderProcessorCounts() throws {
    let guest = try Self.guest(.power10, nil)
    // tbegin.
    try guest.execute([0x7C00_051D])
    let entry = try #require(guest.processor.rejectedInstructions.entries.first)
    #expect(entry.refusal == .processor && entry.counts)
    #expect(entry.earliest == .power8)
    #expect(entry.need == "needs power8: process 7 executed `tbegin.` (ISA 2.07)")
  }

  /// The kernel emulates what is privileged, or switches a facility on, and returns; after a signal
  /// it returns elsewhere, or with another stack.
  @Test func whatTheKernelResolvesDoesNotCount() throws {
    let guest = try Self.guest(.power8, .power8)
    func returns(to address: UInt64, stack: UInt64 = 0x9000) throws {
      guest.processor.machineState = MSR.sf | MSR.me
      guest.processor[gpr: 1] = stack
      guest.processor.write(.srr0, address)
      guest.processor.write(.srr1, ProblemState.machineState)
      // rfid
      try guest.processor.execute([0x4C00_0024], at: 0x5_0000, count: 1)
      #expect(guest.processor.nextInstruction == address)
    }
    guest.processor[gpr: 1] = 0x9000
    for word: UInt32 in [0x7C7F_42A6, 0x7C6F_CBA6, 0x7C08_0166] {
      // mfspr PVR is emulated, TAR switched on, mtvsrd of another level emulated
      try guest.execute([word])
      let isRetried = word == 0x7C6F_CBA6
      try returns(to: ProblemState.code + (isRetried ? 0 : 4))
    }
    #expect(guest.processor.rejectedInstructions.entries.map(\.resolved) == [1, 1])
    #expect(guest.processor.rejectedInstructions.counting.isEmpty)
    // A read is emulated, and the facility stays off.
    try guest.execute([0x7C6F_CBA6])
    try returns(to: ProblemState.code + 4)
    #expect(guest.processor.rejectedInstructions.entries.map(\.resolved) == [1, 2])
    #expect(guest.processor.rejectedInstructions.counting.isEmpty)
    // Handlers of signals, and another thread at the same place.
    for (word, stack) in [(0x7C7F_42A6, 0x9000), (0x7C6F_CBA6, 0xA000)] as [(UInt32, UInt64)] {
      guest.processor[gpr: 1] = stack
      try guest.execute([word])
      let isRetried = word == 0x7C6F_CBA6
      try returns(to: 0x1_2340, stack: stack - 0x1000)
      if !isRetried { try returns(to: ProblemState.code, stack: stack) }
      try returns(to: ProblemState.code + (isRetried ? 0 : 4), stack: stack - 0x2000)
    }
    #expect(
      guest.processor.rejectedInstructions.counting.map(\.name) == ["mfspr PVR", "mtspr TAR"])
    #expect(
      guest.processor.rejectedInstructions.counting.last?.need
        == "no level is known to suffice: process 7 "
        + "executed `mtspr TAR` (ISA 2.07), the facility tar is off, 3 times")
  }

  /// A kernel without support for the registers ends the program; one that switches them on for a
  /// program that needs them has them for all, also for one that ends before it resumes.
  @Test(
    arguments: [
      (0xFC22_182A, MSR.fp, "floating-point", "fadd"), (0x1022_180A, MSR.vec, "vector", "vaddfp"),
      (0xF022_1900, MSR.vsx, "VSX", "xsadddp"),
    ] as [(UInt32, UInt64, String, String)])
  func registersThatTheKernelKeepsOff(
    _ row: (word: UInt32, bit: UInt64, facility: String, name: String)
  ) throws {
    let guest = try Self.guest(.power8, .power8)
    let without = ProblemState.machineState & ~row.bit
    func execute(_ state: UInt64) throws {
      guest.processor.write(.srr0, ProblemState.code)
      guest.processor.write(.srr1, state)
      // rfid
      try guest.processor.execute([0x4C00_0024], at: 0x5_0000, count: 1)
      try guest.processor.execute([row.word], at: ProblemState.code, count: 1)
    }
    try execute(without)
    let entry = try #require(guest.processor.rejectedInstructions.counting.first)
    #expect(entry.name == row.name && entry.refusal == .facility(row.facility))
    #expect(entry.need.hasPrefix("no level is known to suffice: process 7 executed"))
    // A handler of a signal, which uses them too.
    guest.processor.machineState = MSR.sf | MSR.me
    try execute(without)
    #expect(guest.processor.rejectedInstructions.counting.map(\.count) == [2])
    guest.processor.machineState = MSR.sf | MSR.me
    try execute(without | row.bit)
    #expect(guest.processor.rejectedInstructions.counting.isEmpty)
    guest.processor.machineState = MSR.sf | MSR.me
    try execute(without)
    #expect(guest.processor.rejectedInstructions.counting.isEmpty)
  }

  /// Emulation by this guest's kernel does not make a level sufficient for another's.
  @Test func whatTheLevelLacksAlwaysCounts() throws {
    let guest = try Self.guest(.power9, .power7)
    try guest.execute([Self.mtvsrd])
    guest.processor.write(.srr0, ProblemState.code + 4)
    guest.processor.write(.srr1, ProblemState.machineState)
    try guest.processor.execute([0x4C00_0024], at: 0x5_0000, count: 1)
    let entry = try #require(guest.processor.rejectedInstructions.counting.first)
    #expect(!entry.isThere(at: .power7) && !entry.isThere(at: .power7Plus))
    #expect(entry.isThere(at: .power8) && entry.isThere(at: .power10))
    #expect(entry.need == "needs power8: process 7 executed `mtvsrd` (ISA 2.07)")
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
    #expect(refused > RejectedInstructions.limit)
    #expect(guest.processor.rejectedInstructions.entries.count == RejectedInstructions.limit)
    #expect(
      Int(guest.processor.rejectedInstructions.beyondLimit) == refused - RejectedInstructions.limit)
  }
}
