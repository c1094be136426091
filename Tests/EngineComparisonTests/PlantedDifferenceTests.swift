import PowerCPU
import PowerISA
import Testing

@testable import EngineComparison

/// The comparison finds a difference that was planted, and leaves out what has nothing to do with it.
@Suite struct PlantedDifferenceTests {
  /// A program of a number, of which an first instruction is `darn r3,1`.
  private static func program(_ seed: UInt64) -> RandomProgram {
    var program = RandomProgram(seed: seed, processor: .power10, length: 40)
    program.words[0] = Assembly.word(.darn, 3, 1)
    return program
  }

  /// The instructions of a report's program, by mnemonic.
  private static func instructions(_ report: String) -> [String] {
    let lines = report.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { $0.hasPrefix("seed ") }),
      let last = lines[first...].firstIndex(of: "runs:")
    else { return [] }
    return lines[(first + 1)..<last].map { line in
      line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    }
  }

  /// Another source of random numbers on the translator's side: only `darn` can show it. These
  /// programs have it; problem state below version 3.0 does not.
  @Test(arguments: [1, 2] as [UInt64]) func isFoundAndMadeSmall(seed: UInt64) throws {
    var comparison = EngineComparison(processors: [.power10])
    comparison.prepareTranslator = { $0.randomSource = { 1 } }
    let report = try #require(try comparison.compare(Self.program(seed), seed: seed))
    #expect(Self.instructions(report) == ["darn"], "\(report)")
    #expect(report.contains("r3: interpreter 0x"), "\(report)")
    #expect(report.contains("seed \(seed), length 40: power10"), "\(report)")
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func isNotFoundWhereNoneIs(seed: UInt64) throws {
    var comparison = EngineComparison(processors: [.power10])
    let report = try comparison.compare(Self.program(seed), seed: seed)
    #expect(report == nil, "\(report ?? "")")
    #expect(comparison.executed > 0)
  }

  /// The same number makes the same program on the same processor.
  @Test func programsFollowFromTheirNumber() {
    let (first, second) = (Self.program(7), Self.program(7))
    #expect(first.words == second.words && first.gpr == second.gpr && first.vsr == second.vsr)
    #expect(first.words != Self.program(8).words)
  }

  /// A difference in a saved state alone is named by its field.
  @Test func savedStatesDifferByField() throws {
    let interpreter = try EngineSide(.power9, codeCapacity: nil)
    // Registers that are zero are not in the state.
    interpreter.cpu.write(.sprg1, 0x5678)
    let before = try interpreter.savedState()
    #expect(SavedDifference.list(before, before).count == 1)
    interpreter.cpu.write(.sprg1, 0x1234)
    let list = SavedDifference.list(before, try interpreter.savedState())
    #expect(list.count == 1, "\(list)")
    for text in ["SPRG1", "5678, translator", "1234"] {
      #expect(list.first?.contains(text) == true, "\(list)")
    }
  }
}
