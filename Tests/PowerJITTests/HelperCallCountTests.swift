import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT

@Suite("Counts of helper calls")
struct HelperCallCountTests {
  @Test("by row, special-purpose register and state")
  func rows() throws {
    // mfspr r3,287 (PVR); mfspr r4,268 (TB); b to the first. A few blocks are interpreted first.
    let guest = try Translated([("mfspr", [3, 287]), ("mfspr", [4, 268]), ("b", [-8])])
    _ = guest.cpu.run(instructions: 300)
    let before = guest.translator.helperCallsTaken
    let interpreted = guest.translator.statistics.interpreted
    _ = guest.cpu.run(instructions: 3000)
    #expect(guest.translator.statistics.interpreted - interpreted < 10)
    for name in ["mfspr 287", "mfspr 268"] {
      let counts = [before, guest.translator.helperCallsTaken].map { counts in
        counts.filter { $0.instruction == name && $0.reason == .call && !$0.isProblemState }
      }
      try #require(counts.allSatisfy { $0.count == 1 })
      #expect((990...1000).contains(counts[1][0].count - counts[0][0].count))
    }
  }

  @Test("stay when the code is dropped")
  func droppedCode() throws {
    let arena = try #require(HelperCallArena(capacity: 16, segments: 2))
    let call = HelperCall(
      handler: 0, effectiveAddress: 0, word: 0x7C00_0000, remainingCount: 0, takenCount: 3,
      reason: .exit, isProblemState: true)
    _ = arena.add(call)
    arena.begin(segment: 1)
    _ = arena.add(call)
    arena.begin(segment: 0)
    _ = arena.add(call)
    #expect(arena.taken() == [call.origin: 9])
  }

  @Test("of any number of different instructions take bounded memory")
  func manyInstructions() throws {
    let arena = try #require(HelperCallArena(capacity: 4096, segments: 2))
    for round in 0..<40 as Range<UInt64> {
      for word in 0..<2048 as Range<UInt64> {
        _ = arena.add(
          HelperCall(
            handler: 0, effectiveAddress: 0, word: round << 11 | word, remainingCount: 0,
            takenCount: 1))
      }
      arena.begin(segment: Int(round + 1) & 1)
    }
    let taken = arena.taken()
    #expect(
      (HelperCallArena.formerLimit...HelperCallArena.formerLimit + 4096).contains(taken.count))
    #expect(taken.values.allSatisfy { $0 == 1 })
  }
}
