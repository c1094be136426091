import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// What translated code leaves unwritten as long as nothing can look.
@Suite("What translated code owes the state")
struct PendingStateTests {
  @Test("CFAR and the condition register are there wherever a budget ends")
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
}
