import ArgumentParser
import EngineComparison
import PowerISA
import PowerJIT
import PowerJITx86

@main
struct CompareEngines: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare-engines",
    abstract: "Runs random programs under the interpreter and the translator.",
    discussion: """
      Programs with loops, decisions and calls, on every processor, with translation of every kind, \
      in problem state at every level, in 32-bit mode, in both byte orders and changing between \
      them. A difference is printed with the smallest program that shows it, its translated code, \
      and its number.

      Exit status: 0 when both did the same, 1 when not.
      """)

  @Option(help: "Instructions to execute, at least.")
  var count: UInt64 = 1_000_000

  @Option(help: "Number of the first program.")
  var seed: UInt64 = 1

  @Option(help: "The most instructions of a program, approximately.")
  var length = 40

  @Option(help: "KiB of host code to keep; a small number makes the translator drop code often.")
  var codeMemory = 16384

  @Option(help: "Only on this processor; may be repeated.")
  var processor: [String] = []

  @Option(help: "Make half of the instructions this one; may be repeated.")
  var row: [String] = []

  @Option(help: "Only programs that begin in this mode, 32 or 64; otherwise some of either kind.")
  var bits: Int?

  @Option(help: "Do without this feature of the host, as avx2; may be repeated.")
  var without: [String] = []

  @Option(
    help: "Keep translated code in this folder, and execute every program again with it.")
  var codeCache: String?

  @Flag(help: "Interpret micro-ops in place of host code: the reference for back ends.")
  var microOps = false

  @Flag(help: "Only the first program.")
  var once = false

  @Flag(help: "Continue after a difference, and count differences.")
  var keepGoing = false

  func run() throws {
    let models = try processor.map { name in
      guard let model = ProcessorModel.named(name) else {
        throw ValidationError("--processor: there is no '\(name)'")
      }
      return model
    }
    var comparison = EngineComparison(
      processors: models.isEmpty ? ProcessorModel.all : models, codeCapacity: codeMemory << 10)
    comparison.length = length
    if microOps { comparison.backEnd = .microOps }
    comparison.keptCode = try codeCache.map { try KeptCode(folder: $0) }
    comparison.rows = InstructionRow.all.filter { row.contains($0.mnemonic) }
    if let unknown = row.first(where: { name in
      !comparison.rows.contains { $0.mnemonic == name }
    }) {
      throw ValidationError("--row: there is no '\(unknown)'")
    }
    guard [nil, 32, 64].contains(bits) else { throw ValidationError("--bits: 32 or 64") }
    comparison.is64Bit = bits.map { $0 == 64 }
    let features = TranslatedRows.hostFeatures
    if let unknown = without.first(where: { !features.contains($0) }) {
      throw ValidationError("--without: there is no '\(unknown)', but \(features)")
    }
    comparison.masked = Set(without)
    var (number, differences) = (seed, 0)
    repeat {
      if let difference = try comparison.compare(seed: number) {
        print(difference)
        differences += 1
        if !keepGoing { throw ExitCode(1) }
      }
      number += 1
    } while comparison.executed < count && !once
    for statistics in comparison.statistics.suffix(1) { print(statistics) }
    print(
      "\(comparison.executed) instructions of \(number - seed) programs: "
        + (differences == 0 ? "no difference" : "\(differences) differ"))
    if differences > 0 { throw ExitCode(1) }
  }
}
