import ArgumentParser
import Foundation
import GuestMemory
import InstructionComparison
import PowerISA

#if TRANSLATOR
  import PowerJIT
  import PowerJITx86
#endif

@main
struct CompareISA: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare-isa",
    abstract: "Compares the interpreter with QEMU's user mode on random instructions.",
    discussion: """
      Every row of the instruction table that user mode can execute is executed with random and \
      special operands by both, and all registers, flags, the storage around the operand, where \
      it went and the signal it raised are compared. A disagreement on a row whose recorded \
      vectors replay is a finding about QEMU. Exit status: 0 when all was equal but for the \
      reviewed exceptions and findings about QEMU; 1 when not, or with --strict when there are \
      findings; 2 when QEMU or a compiler is missing or does not work.
      """)

  enum Order: String, ExpressibleByArgument, CaseIterable { case big, little, all }

  @Option(
    help: ArgumentHelp(
      "Executions in total, each state that an instruction is executed on being one.",
      discussion:
        "Rounded up to whole rounds: every row on \(QEMUComparison.statesPerRow) states in every "
        + "environment."))
  var count = 1

  @Option(parsing: .upToNextOption, help: "Only rows of these names.")
  var rows: [String] = []

  @Option(help: "A processor by name, or all.")
  var processor = "all"

  @Option(help: "The byte order: big, little or all.")
  var endian = Order.all

  @Option(help: "The seed of the random numbers.")
  var seed: UInt64 = 1

  @Option(help: "The first round, to repeat it.")
  var round = 0

  @Option(help: "Number of the host's processors to use.")
  var jobs: Int?

  @Option(help: "Write the result to a file, as JSON.")
  var json: String?

  @Option(help: "This package's folder.")
  var package = "."

  @Flag(help: "Findings about QEMU, and environments that it does not run, are failures too.")
  var strict = false

  @Flag(help: "Print the reviewed exceptions and stop.")
  var listExceptions = false

  @Flag(help: "Print the tests of each row and stop.")
  var coverage = false

  @Flag(help: "Record the vectors in Tests/Vectors again.")
  var record = false

  func validate() throws {
    guard count >= 0, round >= 0, jobs ?? 1 > 0 else {
      throw ValidationError("--count, --round and --jobs are not negative")
    }
  }

  private var folder: URL { URL(filePath: package) }
  private var vectors: URL { folder.appending(path: "Tests/Vectors") }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    if listExceptions {
      for exception in ComparisonExceptions.list { print(exception.text) }
      return
    }
    if coverage { return try printCoverage() }
    if let reason = RunnerProgram.unavailable {
      print("Left out: the comparison with QEMU; \(reason)")
      throw ExitCode(2)
    }
    guard !QEMUPeer.current.banner.isEmpty else {
      print("Left out: the comparison with QEMU; it does not answer --version")
      throw ExitCode(2)
    }
    let program: RunnerProgram
    do {
      program = try RunnerProgram(package: folder)
    } catch InstructionComparisonError.peer(let reason) {
      print("Left out: the comparison with QEMU; \(reason)")
      throw ExitCode(2)
    }
    if record { return try recordVectors(program) }
    let comparison = try comparison()
    let outcome = try comparison.run(program)
    let judge = DisagreementJudge(try VectorFiles.read(vectors))
    let summary = Summary(
      outcome, comparison, findings: try judge.findings(in: outcome.disagreements))
    summary.print()
    if let json { try Data(summary.json.utf8).write(to: URL(filePath: json)) }
    if summary.hasFailed(strict: strict) { throw ExitCode(1) }
  }

  private func comparison() throws -> QEMUComparison {
    var comparison = QEMUComparison()
    comparison.count = count
    comparison.rows = Set(rows)
    comparison.seed = seed
    comparison.firstRound = round
    if let jobs { comparison.jobs = jobs }
    comparison.environments = ComparisonEnvironment.all.filter {
      (processor == "all" || $0.processor.name == processor)
        && (endian == .all || $0.order == (endian == .big ? .big : .little))
    }
    guard !comparison.environments.isEmpty else {
      let names = ComparisonEnvironment.processors.map(\.name).joined(separator: ", ")
      throw ValidationError("no \(endian.rawValue)-endian '\(processor)'; there are \(names), all")
    }
    return comparison
  }

  private func recordVectors(_ program: RunnerProgram) throws {
    let recorder = VectorRecorder(program, seed: seed)
    var chapters: [(name: String, vectors: [TestVector])] = []
    for row in InstructionRow.all {
      if chapters.last?.name != row.chapter.rawValue { chapters.append((row.chapter.rawValue, [])) }
      chapters[chapters.count - 1].vectors += try recorder.vectors(row)
    }
    for chapter in chapters {
      try VectorFiles.write(chapter.vectors, chapter: chapter.name, to: vectors)
    }
    print("\(chapters.reduce(0) { $0 + $1.vectors.count }) vectors in \(vectors.path)")
  }

  private func printCoverage() throws {
    let audits = folder.appending(path: ".cache/isa-audit")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: audits.path)) ?? []
    let report = try CoverageReport(
      vectors: VectorFiles.read(vectors),
      audits: names.filter { $0.hasSuffix(".json") }.sorted().map { audits.appending(path: $0) },
      translation: Self.translation)
    print(report.text, terminator: "")
  }

  /// How the translator executes each row; nil in a build without it.
  private static var translation: [CoverageReport.Translation]? {
    #if TRANSLATOR
      InstructionRow.all.map { row in
        switch TranslatedRows.kind(of: row.id) {
        case .hostCode: .hostCode
        case .call: .call
        case .exit: .exit
        }
      }
    #else
      nil
    #endif
  }
}
