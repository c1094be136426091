import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// Code that is translated while nothing is traced or watched, and is then.
@Suite("Traced and watched code")
struct TracedCodeTests {
  private static let (trace, dataStorage) = (0xD00, 0x300) as (UInt64, UInt64)

  /// A loop of four instructions that stores a counter, and handlers that count in r28 and r29: that of
  /// the trace interrupt returns, that of data storage interrupts continues after the instruction.
  private static func guest() throws -> Translated {
    let guest = try Translated(
      [("addi", [3, 3, 1]), ("std", [3, 0, 4]), ("ld", [5, 8, 4]), ("b", [-12])])
    let handlers: [(UInt64, [UInt64])] = [
      (trace, [0x3B9C_0001, 0x4C00_0024]),
      (dataStorage, [0x3BBD_0001, 0x7F7A_02A6, 0x3B7B_0004, 0x7F7A_03A6, 0x4C00_0024]),
    ]
    for (vector, words) in handlers {
      for (index, word) in words.enumerated() {
        try guest.write(word, at: vector + UInt64(index) * 4)
      }
    }
    guest.cpu[gpr: 4] = 0x2_0000
    _ = guest.cpu.run(instructions: 4000)
    #expect(guest.cpu[gpr: 3] == 1000)
    #expect(guest.translator.statistics.regions > 0)
    return guest
  }

  @Test("every instruction of a loop is traced while SE is set, and none later")
  func steps() throws {
    let guest = try Self.guest()
    guest.cpu.machineState |= MSR.se
    // One and two of its handler.
    _ = guest.cpu.run(instructions: 3 * 400)
    #expect(guest.cpu[gpr: 28] == 400 && guest.cpu[gpr: 3] == 1100)
    guest.cpu.machineState &= ~MSR.se
    _ = guest.cpu.run(instructions: 400)
    #expect(guest.cpu[gpr: 28] == 400 && guest.cpu[gpr: 3] == 1200)
  }

  @Test("only its branch is traced while BE is set")
  func branches() throws {
    let guest = try Self.guest()
    guest.cpu.machineState |= MSR.be
    _ = guest.cpu.run(instructions: 6 * 100)
    #expect(guest.cpu[gpr: 28] == 100 && guest.cpu[gpr: 3] == 1100)
  }

  @Test("the instruction that CIABR has is traced")
  func breakpoint() throws {
    let guest = try Self.guest()
    guest.cpu.write(.ciabr, Translated.code + 8 | 2)
    _ = guest.cpu.run(instructions: 6 * 100)
    #expect(guest.cpu[gpr: 28] == 100 && guest.cpu[gpr: 3] == 1100)
    guest.cpu.write(.ciabr, 0)
    _ = guest.cpu.run(instructions: 400)
    #expect(guest.cpu[gpr: 28] == 100 && guest.cpu[gpr: 3] == 1200)
  }

  @Test("accesses are found although their page was in use")
  func watches() throws {
    let guest = try Self.guest()
    guest.cpu.write(.dawr0, 0x2_0008)
    guest.cpu.write(.dawrx0, 0x20 | 8 | 2)
    // Four, and the handler's.
    _ = guest.cpu.run(instructions: 9 * 100)
    #expect(guest.cpu[gpr: 29] == 100)
    guest.cpu.write(.dawrx0, 0)
    _ = guest.cpu.run(instructions: 400)
    #expect(guest.cpu[gpr: 29] == 100)
  }
}
