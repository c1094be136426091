import EngineComparison
import PowerISA
import PowerJIT
import Testing

@Suite("Random programs under both engines")
struct RandomProgramTests {
  @Test(
    "do the same on every processor", arguments: ProcessorModel.all, [nil, false] as [Bool?])
  func differences(_ processor: ProcessorModel, is64Bit: Bool?) throws {
    var comparison = EngineComparison(processors: [processor])
    comparison.is64Bit = is64Bit
    for seed in 1...12 as ClosedRange<UInt64> {
      let difference = try comparison.compare(seed: seed)
      #expect(difference == nil, "\(difference ?? "")")
    }
    #expect(try #require(comparison.statistics.first).regions > 0)
  }

  @Test("do the same as interpreted micro-ops", arguments: ProcessorModel.all)
  func microOps(_ processor: ProcessorModel) throws {
    var comparison = EngineComparison(processors: [processor])
    comparison.backEnd = .microOps
    for seed in 1...12 as ClosedRange<UInt64> {
      let difference = try comparison.compare(seed: seed)
      #expect(difference == nil, "\(difference ?? "")")
    }
    #expect(try #require(comparison.statistics.first).regions > 0)
  }
}
