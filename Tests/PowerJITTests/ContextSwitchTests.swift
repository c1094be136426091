import GuestMemory
import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// System calls, returns from them, and changes of process in translated code.
@Suite("Changes of context")
struct ContextSwitchTests {
  /// A page of each of the processes 1 and 2, both at 0x1_0000, by radix translation with pages of 64 KiB.
  private static let pages: [UInt64] = [Translated.code, 0x5_0000]
  /// `sc` in real mode.
  private static let handler: UInt64 = 0xC00

  /// sc; addi rN,rN,1; b to the first, where N is 3 in process 1 and 6 in process 2.
  private func guest(handler: [UInt64]) throws -> Translated {
    let guest = try Translated([], memorySize: 8 << 20)
    for (index, word) in handler.enumerated() {
      try guest.write(word, at: Self.handler + 4 * UInt64(index))
    }
    for (process, real) in [(1, Self.pages[0]), (2, Self.pages[1])] as [(UInt64, UInt64)] {
      let tables = 0x10_0000 * process
      try guest.memory.write(0x4000_0000_0000_00AD | tables, at: 0x2_0000 + 16 * process)
      try guest.memory.write(0x8000_0000_0000_0009 | (tables + 0x2_0000), at: tables)
      try guest.memory.write(0x8000_0000_0000_0009 | (tables + 0x2_1000), at: tables + 0x2_0000)
      try guest.memory.write(0x8000_0000_0000_0005 | (tables + 0x2_2000), at: tables + 0x2_1000)
      try map(real, of: process, guest)
      let number: UInt64 = process == 1 ? 3 : 6
      for (index, word) in [0x4400_0002, 0x3800_0001 | number << 21 | number << 16, 0x4BFF_FFF8]
        .enumerated()
      {
        try guest.write(word, at: real + 4 * UInt64(index))
      }
    }
    guest.cpu.setProcessTable(ProcessTable(base: 0x2_0000, size: 0x1000, isRadix: true))
    guest.cpu.write(.pid, 1)
    guest.cpu.machineState = MSR.sf | MSR.dr | MSR.ir | MSR.me | MSR.pr
    return guest
  }

  private func map(_ real: UInt64, of process: UInt64, _ guest: Translated) throws {
    try guest.memory.write(
      0xC000_0000_0000_0187 | real, at: 0x10_0000 * process + 0x2_2000 + 8 * (Translated.code >> 16)
    )
  }

  /// mfspr r5,48; xori r5,r5,3; mtspr 48,r5; rfid.
  private static let otherProcess: [UInt64] = [0x7CB0_0AA6, 0x68A5_0003, 0x7CB0_0BA6, 0x4C00_0024]

  @Test("a system call and the return stay in translated code, and end at any instruction")
  func systemCalls() throws {
    // addi r4,r4,1; rfid.
    let guest = try guest(handler: [0x3884_0001, 0x4C00_0024])
    _ = guest.cpu.run(instructions: 5 * 500)
    let entries = guest.translator.statistics.entries
    _ = guest.cpu.run(instructions: 5 * 4000)
    #expect(guest.translator.statistics.entries - entries < 10)
    #expect(guest.cpu[gpr: 3] == 4500)
    var executed: UInt64 = 5 * 4500
    for count in 1...60 as ClosedRange<Int64> {
      _ = guest.cpu.run(instructions: count)
      executed += UInt64(count)
      #expect(guest.cpu.instructionCount == executed)
      #expect(guest.cpu[gpr: 4] == (executed + 3) / 5)
      #expect(guest.cpu[gpr: 3] == (executed + 1) / 5)
    }
  }

  @Test("each process continues in its own code")
  func processes() throws {
    let guest = try guest(handler: Self.otherProcess)
    _ = guest.cpu.run(instructions: 7 * 600)
    let entries = guest.translator.statistics.entries
    _ = guest.cpu.run(instructions: 7 * 4000)
    #expect(guest.translator.statistics.entries - entries < 10)
    #expect(guest.cpu[gpr: 3] == 2300)
    #expect(guest.cpu[gpr: 6] == 2300)
  }

  @Test("a process's code is looked up again when its page has moved")
  func movedPage() throws {
    let guest = try guest(handler: Self.otherProcess)
    _ = guest.cpu.run(instructions: 7 * 600)
    let other: UInt64 = 0x6_0000
    // sc; addi r6,r6,100; b to the first.
    for (index, word) in [0x4400_0002, 0x38C6_0064, 0x4BFF_FFF8].enumerated()
      as EnumeratedSequence<[UInt64]>
    {
      try guest.write(word, at: other + 4 * UInt64(index))
    }
    try map(other, of: 2, guest)
    // The whole process.
    guest.cpu.invalidateTranslations(TranslationInvalidation(operand: 1 << 10, process: 2))
    _ = guest.cpu.run(instructions: 7 * 600)
    #expect(guest.cpu[gpr: 3] == 600)
    #expect(guest.cpu[gpr: 6] == 300 + 30000)
    // One page, by an instruction: tlbie of process 2, before the rest.
    try map(Self.pages[1], of: 2, guest)
    // lis r8,1; li r7,2; sldi r7,r7,32; ori r8,r8,0xA0; tlbie r8,r7,0,1,1.
    let invalidation: [UInt64] = [
      0x3D00_0001, 0x38E0_0002, 0x78E7_07C6, 0x6108_00A0, 0x7CE3_4264,
    ]
    for (index, word) in (invalidation + Self.otherProcess).enumerated() {
      try guest.write(word, at: Self.handler + 4 * UInt64(index))
    }
    _ = guest.cpu.run(instructions: 12 * 600)
    #expect(guest.cpu[gpr: 3] == 900)
    #expect(guest.cpu[gpr: 6] == 600 + 30000)
  }

  @Test("an interrupt that waits is taken at the return from a system call")
  func pendingInterrupt() throws {
    // addi r4,r4,1; rfid; at 0x500: addi r7,r7,1; mfspr r8,27 with MSR[EE] off; mtspr 27,r8; rfid.
    let guest = try guest(handler: [0x3884_0001, 0x4C00_0024])
    _ = guest.cpu.run(instructions: 5 * 500)
    try guest.write(0x38E7_0001, at: 0x500)
    try guest.write(0x4C00_0024, at: 0x504)
    guest.cpu.setExternalInterrupt(true)
    // At once; then at each return, before the next instruction.
    _ = guest.cpu.run(instructions: 2 * 50)
    #expect(guest.cpu[gpr: 7] == 50)
    #expect(guest.cpu[gpr: 3] == 500)
    guest.cpu.setExternalInterrupt(false)
    _ = guest.cpu.run(instructions: 2 + 5 * 100)
    #expect(guest.cpu[gpr: 3] == 600)
  }

  @Test("isync and moves of registers call no semantics function")
  func ordinaryRows() throws {
    // isync; mfspr of FSCR, CFAR, IAMR, BESCR and AMR; b to the first.
    let numbers: [Int64] = [153, 28, 61, 806, 29]
    let guest = try Translated(
      [("isync", [])] + numbers.map { ("mfspr", [$0 & 31, $0]) } + [("b", [-24])])
    guest.cpu.write(.fscr, ~0)
    _ = guest.cpu.run(instructions: 7 * 100)
    let before = guest.translator.helperCallsTaken.reduce(0) { $0 + $1.count }
    _ = guest.cpu.run(instructions: 7 * 1000)
    #expect(guest.translator.helperCallsTaken.reduce(0) { $0 + $1.count } == before)
    #expect(guest.cpu[gpr: 153 & 31] == guest.cpu.read(.fscr))
    #expect(guest.cpu[gpr: 28] == Translated.code + 24)
  }
}
