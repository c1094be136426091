import ArgumentParser
import EngineComparison
import PowerISA
import PowerJIT

@main
struct CompareEngines: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare-engines",
    abstract: "Runs random programs under the interpreter and the translator.",
    discussion: "Exit status: 0 when both did the same, 1 when not.")

  @Option(help: "Instructions to execute, at least.")
  var count: UInt64 = 1_000_000

  @Option(help: "Number of the first program.")
  var seed: UInt64 = 1

  @Option(help: "Instructions of a program, at most.")
  var length = 40

  @Option(help: "KiB of host code to keep; with few of them code is often thrown away.")
  var codeMemory = 16384

  @Flag(help: "Only the first program, on every processor.")
  var once = false

  func run() throws {
    var sides: [EngineComparison] = []
    for processor in [ProcessorModel.power7, .power8, .power9, .power10] {
      for littleEndian in [false, true] {
        var side = try EngineComparison(
          processor, littleEndian: littleEndian, codeCapacity: codeMemory << 10)
        side.length = length
        sides.append(side)
      }
    }
    var number = seed
    var executed: UInt64 = 0
    while executed < count {
      for index in sides.indices {
        if let difference = try sides[index].compare(seed: number) {
          print(difference)
          throw ExitCode(1)
        }
      }
      executed = sides.reduce(0) { $0 + $1.executed }
      number += 1
      if once { break }
    }
    if let statistics = sides.last?.statistics { print(statistics) }
    print(
      "\(executed) instructions of \((number - seed) * UInt64(sides.count)) programs: no difference"
    )
  }
}
