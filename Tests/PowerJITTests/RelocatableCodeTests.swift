import GuestMemory
import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// Code of problem state, which processes have at different effective addresses.
@Suite("Code at several addresses")
struct RelocatableCodeTests {
  /// The code's page at the effective addresses 0x1_0000 and `second`, by radix translation with pages of 64 KiB.
  private func guest(_ lines: [(String, [Int64])], second: UInt64) throws -> Translated {
    let guest = try Translated(lines, memorySize: 8 << 20)
    try guest.memory.write(0x4000_0000_0000_00AD | 0x10_0000 as UInt64, at: 0x2_0000)
    try guest.memory.write(0x8000_0000_0000_0009 | 0x12_0000 as UInt64, at: 0x10_0000)
    try guest.memory.write(0x8000_0000_0000_0009 | 0x12_1000 as UInt64, at: 0x12_0000)
    try guest.memory.write(0x8000_0000_0000_0005 | 0x12_2000 as UInt64, at: 0x12_1000)
    for page in [Translated.code, second] {
      try guest.memory.write(
        0xC000_0000_0000_0187 | Translated.code & ~0xFFFF, at: 0x12_2000 + 8 * (page >> 16))
    }
    guest.cpu.setProcessTable(ProcessTable(base: 0x2_0000, size: 0x1000, isRadix: true))
    guest.cpu.machineState = MSR.sf | MSR.dr | MSR.ir | MSR.me | MSR.pr
    return guest
  }

  @Test("code is translated once, and has the addresses of where it runs")
  func shared() throws {
    let second: UInt64 = 0x9_0000
    // addpcis r3,0; bl the addi; b to the first; addi r5,r5,1; mflr r4; bdnz the next; blr; stw r10,12(r9).
    let guest = try guest(
      [
        ("addpcis", [3, 0]), ("b", [8]), ("b", [-8]), ("addi", [5, 5, 1]), ("mfspr", [4, 8]),
        ("bc", [16, 0, 4]), ("bclr", [20, 0, 0]), ("stw", [10, 12, 9]),
      ], second: second)
    // The branch sets LR.
    try guest.write(0x4800_0009, at: Translated.code + 4)
    for start in [Translated.code, second] {
      let before = guest.translator.statistics.regions
      guest.cpu.nextInstruction = start
      guest.cpu[gpr: 5] = 0
      _ = guest.cpu.run(instructions: 7 * 2000)
      #expect(guest.cpu[gpr: 3] == start + 4)
      #expect(guest.cpu[gpr: 4] == start + 8)
      #expect(guest.cpu[gpr: 5] == 2000)
      #expect(guest.cpu.nextInstruction & ~0xFFF == start)
      #expect((guest.translator.statistics.regions > before) == (start != second))
    }
    // Written over, it is gone at both.
    guest.cpu[gpr: 9] = second
    guest.cpu[gpr: 10] = 0x38A5_0002
    guest.cpu.nextInstruction = second + 4 * 7
    _ = guest.cpu.run(instructions: 1)
    for start in [second, Translated.code] {
      guest.cpu.nextInstruction = start
      guest.cpu[gpr: 5] = 0
      _ = guest.cpu.run(instructions: 7 * 2000)
      #expect(guest.cpu[gpr: 5] == 4000)
    }
  }
}
