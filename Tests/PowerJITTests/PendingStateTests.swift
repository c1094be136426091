import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// What translated code leaves unwritten as long as nothing can look.
@Suite("State that translated code defers")
struct PendingStateTests {
  @Test("CFAR and the condition register are there at every place where a budget ends")
  func loopState() throws {
    // addi r3,r3,1; cmpi cr1,r3,7; blt cr1 to the first; addi r3,0,0; b to the first.
    let guest = try Translated([
      ("addi", [3, 3, 1]), ("cmpi", [1, 1, 3, 7]), ("bc", [12, 4, -8]), ("addi", [3, 0, 0]),
      ("b", [-16]),
    ])
    // The same by hand.
    var (r3, field, cfar, place) = (UInt64(0), UInt64(0), UInt64(0), 0)
    for count in 1...300 {
      switch place {
      case 0: (r3, place) = (r3 + 1, 1)
      case 1: (field, place) = (r3 < 7 ? 8 : r3 > 7 ? 4 : 2, 2)
      case 2: (cfar, place) = field == 8 ? (Translated.code + 8, 0) : (cfar, 3)
      case 3: (r3, place) = (0, 4)
      default: (cfar, place) = (Translated.code + 16, 0)
      }
      // One by one at first, then in pieces that end everywhere.
      guard count <= 20 || count % 7 == 0 else { continue }
      _ = guest.cpu.run(instructions: count <= 20 ? 1 : count == 21 ? 1 : 7)
      #expect(guest.cpu[gpr: 3] == r3)
      #expect(UInt64(guest.cpu.conditionRegister >> 24 & 15) == field)
      #expect(guest.cpu.read(.cfar) == cfar)
      #expect(guest.cpu.nextInstruction == Translated.code + 4 * UInt64(place))
    }
  }

  @Test("a conditional call that is not taken has counted too")
  func countedCall() throws {
    // bdzl two on: the call counts down and is taken when CTR is 0; b to the first.
    let guest = try Translated([("bc", [18, 0, 8]), ("b", [-4]), ("b", [-8])])
    try guest.write(0x4240_0009, at: Translated.code)
    guest.cpu.write(.ctr, 1000)
    _ = guest.cpu.run(instructions: 2 * 300)
    #expect(guest.cpu.read(.ctr) == 700)
  }

  @Test("a selection that replaces what was compared still has the comparison")
  func selection() throws {
    // addi r3,r3,-1; cmpi cr0,r3,0; isel r3,r5,r3,lt; cmpi cr0,r6,0; b to the first.
    let guest = try Translated([
      ("addi", [3, 3, -1]), ("cmpi", [0, 1, 3, 0]), ("isel", [3, 5, 3, 0]), ("cmpi", [0, 1, 6, 0]),
      ("b", [-16]),
    ])
    guest.cpu[gpr: 5] = 10
    for count in 1...300 as ClosedRange<UInt64> {
      _ = guest.cpu.run(instructions: 5)
      #expect(guest.cpu[gpr: 3] == 10 - (count - 1) % 11)
    }
  }

  /// Rounds of AES, of whose result the host may have the bytes in the other order.
  @Test(
    "results of rounds are there for a move of doubleword 0, and for an interrupt",
    arguments: [[("mfvsrd", [3, 33]), ("b", [-28])], [("tw", [31, 0, 0])]])
  func rounds(end: [(String, [Int64])]) throws {
    let lines: [(String, [Int64])] =
      [
        ("addi", [20, 20, 77]), ("mtvsrdd", [34, 20, 21]), ("mtvsrdd", [35, 21, 20]),
        ("mtvsrdd", [37, 22, 20]), ("vcipher", [1, 2, 3]), ("vcipher", [4, 5, 3]),
      ] + end
    let (guest, reference) = (try Translated(lines), try Translated(lines))
    reference.cpu.translator = nil
    // mfsrr0 r27; addi r27,r27,-24; mtsrr0 r27; rfid: from the trap to the first.
    let handler: [UInt64] = [0x7F7A_02A6, 0x3B7B_FFE8, 0x7F7A_03A6, 0x4C00_0024]
    for side in [guest, reference] {
      for (index, word) in handler.enumerated() {
        try side.write(word, at: 0x700 + 4 * UInt64(index))
      }
      side.cpu.machineState |= MSR.fp | MSR.vec | MSR.vsx
      for register in 20..<23 {
        side.cpu[gpr: register] = 0x9E37_79B9_7F4A_7C15 &* UInt64(register)
      }
    }
    for count in 1...200 as ClosedRange<Int64> {
      for cpu in [guest.cpu, reference.cpu] { _ = cpu.run(instructions: count % 23 + 1) }
      #expect(guest.cpu.nextInstruction == reference.cpu.nextInstruction)
      #expect(guest.cpu[gpr: 3] == reference.cpu[gpr: 3])
      for number in 33..<38 { #expect(guest.cpu[vsr: number] == reference.cpu[vsr: number]) }
    }
    #expect(guest.translator.statistics.regions > 0)
  }

  @Test("carries are there at every place where a budget ends", arguments: 0..<4)
  func carries(variant: Int) throws {
    // r20 and r21 are random numbers; most sums replace one of their operands.
    var lines: [(String, [Int64])] = [
      ("mulld", [20, 20, 22]), ("addi", [20, 20, 12345]), ("rldicl", [21, 20, 32, 0]),
      ("add", [3, 3, 20]), ("add", [4, 4, 21]), ("addc", [3, 3, 4]), ("addc", [4, 3, 4]),
      ("adde", [5, 3, 4]), ("adde", [5, 5, 4]), ("subfc", [3, 3, 4]), ("subfe", [6, 6, 6]),
      ("cmpl", [0, 1, 3, 4]), ("bc", [12, 0, 8]), ("add", [5, 5, 20]), ("subfc", [4, 3, 4]),
      ("add", [7, 7, 21]), ("subfc", [8, 7, 4]), ("subfe", [8, 8, 7]), ("addic", [7, 7, -3]),
      ("addic.", [9, 7, 77]), ("addze", [9, 9]), ("subfic", [10, 10, 5]), ("addme", [10, 10]),
      ("subfic", [11, 10, -5]), ("subfc", [12, 12, 12]), ("addc", [12, 5, 5]),
      ("subfze", [13, 12]), ("subfme", [14, 13]), ("sradi", [15, 13, 7]), ("addc", [15, 15, 20]),
    ]
    // Some are followed by what loses what they were made of.
    lines.rotate(by: 6 * variant)
    lines.append(("b", [Int64(-4 * lines.count)]))
    let (guest, reference) = (try Translated(lines), try Translated(lines))
    reference.cpu.translator = nil
    for cpu in [guest.cpu, reference.cpu] {
      cpu[gpr: 20] = 0x1234_5678_9ABC_DEF0
      cpu[gpr: 22] = 6_364_136_223_846_793_005
    }
    for count in 1...900 as ClosedRange<Int64> {
      for cpu in [guest.cpu, reference.cpu] { _ = cpu.run(instructions: count % 41 + 1) }
      #expect(guest.cpu.read(.xer) == reference.cpu.read(.xer))
      for register in 3...22 { #expect(guest.cpu[gpr: register] == reference.cpu[gpr: register]) }
    }
    #expect(guest.translator.statistics.regions > 0)
  }
}

extension Array {
  fileprivate mutating func rotate(by count: Int) { self = Array(self[count...] + self[..<count]) }
}
