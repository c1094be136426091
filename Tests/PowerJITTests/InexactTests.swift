import PowerArithmetic
import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// FPSCR[XX] where it is clear before: the host notices what is inexact, and nothing else.
@Suite("Inexact results")
struct InexactTests {
  private typealias Lines = [(String, [Int64])]

  /// f2 is 1, f3 is 3, f4 is no single, f5 is a single that is denormal, and f6 is beyond singles. f13
  /// and f14 have fractions and are out of range for words and for unsigned integers.
  private static let middles: [Lines] = [
    [],
    // Exact, and then not.
    [("fadd", [1, 1, 2]), ("fdiv", [7, 2, 3])],
    // What is stored is no result.
    [("stfs", [4, 0x2000, 20])], [("stfs", [5, 0x2000, 20])], [("stfs", [6, 0x2000, 20])],
    [("xscvdpspn", [9, 4])],
    // Rounded to single, to an integer, and compared.
    [("frsp", [7, 4])], [("fctidz", [7, 4])], [("fctidz", [7, 3])], [("fcmpu", [0, 1, 4])],
    [("fctiwz", [7, 13])], [("fctiwuz", [7, 13])], [("fctiduz", [7, 14])], [("fctiwuz", [7, 14])],
    [("xscvdpsxws", [9, 13])], [("xscvdpuxds", [9, 14])], [("xscvdpuxws", [9, 14])],
    [("fctid", [7, 4])], [("fctiw", [7, 13])], [("fctidu", [7, 14])], [("fctiwu", [7, 14])],
    [("fctidu", [7, 15])], [("fctiwu", [7, 13])],
    // In a vector, and with what the host leaves to the semantics function.
    [("xvdivdp", [10, 2, 3])], [("xvadddp", [10, 2, 3])], [("fdiv", [7, 6, 5])],
    [("fmul", [7, 5, 5]), ("fadd", [8, 2, 2])], [("fsqrt", [7, 3])],
    // In between something that always is.
    [("fdiv", [7, 2, 3]), ("vrefp", [34, 35]), ("fadd", [1, 1, 2])],
    [("fadd", [1, 1, 2]), ("vrefp", [34, 35]), ("fadd", [1, 1, 2])],
    // After XX has been set, FX clear.
    [("mtfsb1", [6]), ("mtfsb0", [0]), ("fdiv", [7, 2, 3])],
  ]

  @Test(arguments: middles.indices, [false, true])
  func `XX and FX are those of the semantics functions`(row: Int, clears: Bool) throws {
    // With mtfsb0 they begin clear each time; without they stay once they are set.
    let start: Lines = clears ? [("mtfsb0", [6]), ("mtfsb0", [0])] : []
    let lines: Lines =
      start + [("fadd", [1, 1, 2]), ("fmul", [8, 2, 3])] + Self.middles[row]
      + [("fadd", [1, 1, 2]), ("addi", [21, 21, 1]), ("mffs", [12])]
    let all = lines + [("b", [Int64(-4 * lines.count)])]
    let (guest, reference) = (try Translated(all), try Translated(all))
    reference.cpu.translator = nil
    for cpu in [guest.cpu, reference.cpu] {
      cpu.machineState |= MSR.fp | MSR.vec | MSR.vsx
      for (number, value) in [
        (1, 1), (2, 1), (3, 3), (4, 0.1), (5, 0x1p-140), (6, 0x1p200), (13, 0x1p40 + 0.5),
        (14, -1.5), (15, -0.25),
      ] as [(Int, Double)] {
        cpu[vsr: number] = Vector(value.bitPattern, value.bitPattern)
      }
    }
    for count in 1...120 as ClosedRange<Int64> {
      for cpu in [guest.cpu, reference.cpu] { _ = cpu.run(instructions: count % 17 + 1) }
      #expect(guest.cpu.nextInstruction == reference.cpu.nextInstruction)
      #expect(guest.cpu.floatingPointStatus == reference.cpu.floatingPointStatus)
      for number in [1, 7, 8, 9, 10, 12] {
        #expect(guest.cpu[vsr: number] == reference.cpu[vsr: number])
      }
    }
    #expect(guest.translator.statistics.regions > 0)
  }

  /// The status of an addition is that of its own rounding mode, although the next instruction changes the mode.
  @Test func `a new rounding mode does not change the status of what came before`() throws {
    var results: [UInt64] = []
    for isTranslated in [true, false] {
      let guest = try Translated([
        ("fadds", [24, 30, 23]), ("mffscrn", [4, 3]), ("mffs", [5]), ("b", [-12]),
      ])
      if !isTranslated { guest.cpu.translator = nil }
      guest.cpu.machineState |= MSR.fp
      guest.cpu[vsr: 30] = Vector(1.0.bitPattern, 0)
      guest.cpu[vsr: 23] = Vector((0x1.8p-24).bitPattern, 0)
      guest.cpu[vsr: 3] = Vector(3, 0)
      for _ in 0..<10 {
        guest.cpu.floatingPointStatus = FPSCR.xx | FPSCR.fx
        guest.cpu.nextInstruction = Translated.code
        _ = guest.cpu.run(instructions: 4)
      }
      results.append(guest.cpu[vsr: 5].doubleword0)
      #expect(!isTranslated || guest.translator.statistics.regions > 0)
    }
    #expect(results[0] == results[1])
    #expect(results[1] & FPSCR.fr != 0)
  }

  /// A program whose results are all exact runs as host code.
  @Test func `exact arithmetic is not left to the interpreter`() throws {
    let guest = try Translated([
      ("fadd", [1, 1, 2]), ("fsub", [3, 1, 2]), ("fmul", [4, 3, 2]), ("b", [-12]),
    ])
    guest.cpu.machineState |= MSR.fp
    guest.cpu[vsr: 2] = Vector(1.0.bitPattern, 0)
    _ = guest.cpu.run(instructions: 4000)
    #expect(guest.cpu[vsr: 1].doubleword0 == 1000.0.bitPattern)
    #expect(guest.translator.statistics.entries < 100)
  }
}
