import EngineComparison
import PowerISA
import PowerJIT
import Testing

@Suite("Random programs under both engines")
struct RandomProgramTests {
  @Test(
    "do the same on every processor, in both byte orders",
    arguments: [ProcessorModel.power7, .power8, .power9, .power10], [false, true])
  func differences(_ processor: ProcessorModel, _ littleEndian: Bool) throws {
    var comparison = try EngineComparison(processor, littleEndian: littleEndian)
    for seed in 1...12 as ClosedRange<UInt64> {
      let difference = try comparison.compare(seed: seed)
      #expect(difference == nil, "\(difference ?? "")")
    }
    #expect(try #require(comparison.statistics).regions > 0)
  }
}
