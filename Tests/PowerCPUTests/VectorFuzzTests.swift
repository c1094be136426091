import GuestMemory
import HostSupport
import PowerArithmetic
import PowerISA
import Testing

/// Vector, matrix and decimal instructions on anything: no operand may end the host process.
struct VectorFuzzTests {
  @Test(
    arguments: [
      .vectorArithmetic, .vectorLogical, .vectorPermute, .vectorSpecial, .vectorLoadStore,
      .vsxLoadStore, .vsxPermute, .matrixMultiply, .decimalFloatingPoint,
    ] as [InstructionChapter])
  func anyOperands(_ chapter: InstructionChapter) throws {
    let interpreted = try Interpreted()
    var random = SplitMix64(state: 7)
    var finished = 0
    for row in InstructionRow.all where row.chapter == chapter && row.exists(at: .v3_1) {
      for _ in 0..<40 {
        let instruction = row.randomInstruction(using: &random)
        var state = MachineState()
        // Every enable, rounding mode and sticky bit.
        state.fpscr = random.next() & FPSCR.implemented
        for n in 0..<32 { state.gpr[n] = random.next() }
        let isExtreme = random.next() & 1 != 0
        for n in 0..<64 {
          state.vsr[n] = isExtreme ? extreme(&random) : Vector(random.next(), random.next())
        }
        _ = try interpreted.run(instruction, state, .little)
        finished += 1
      }
    }
    #expect(finished > 0)
  }

  /// Bits that make exponents, counts and digits extreme.
  private func extreme(_ random: inout SplitMix64) -> Vector {
    let patterns: [UInt64] = [
      0, ~0, 1 << 63, 0x7FF0 << 48, 0x7800 << 48, 0x77FC_FF3F_CFF3_FCFF, 0x6000 << 48,
      0x9999_9999_9999_9999, 0x9999_9999_9999_999C, 0xFFFF_FFFF_FFFF_FF80, 1, 0x8000_0000,
    ]
    func pick() -> UInt64 { patterns[Int(random.next() % UInt64(patterns.count))] }
    return Vector(pick(), pick())
  }
}
