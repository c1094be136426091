import GuestMemory
import HostSupport
import PowerISA
import Testing

@testable import PowerCPU

/// What the rows say of their instructions, against what the semantics functions do.
///
/// Of every row random instructions are executed on random registers and storage. What they do not
/// declare as read is then changed, which must change nothing; what they declare must be seen to
/// matter, and to change, at least once.
@Suite struct InstructionFactsTests {
  private static let chapters = InstructionRow.all.reduce(into: [InstructionChapter]()) {
    if $0.last != $1.chapter { $0.append($1.chapter) }
  }

  @Test(arguments: chapters)
  func rowsSayWhatTheirSemanticsDo(_ chapter: InstructionChapter) throws {
    var problems: [String] = []
    var count = 0
    // One for each model, because making one costs more than a row's trials.
    var trials: [String: InstructionTrial] = [:]
    for row in InstructionRow.all where row.chapter == chapter {
      guard Self.isExecuted(row) else { continue }
      guard let model = Self.models.first(where: { Self.exists(row, in: $0) }) else {
        problems.append("\(row.mnemonic): no processor has it")
        continue
      }
      let trial = try trials[model.name] ?? InstructionTrial(model)
      trials[model.name] = trial
      let judge = try FactJudge(row, trial, InstructionTable.table(for: model.instructions))
      try judge.execute(trials: 24)
      problems += judge.problems.map { "\(row.mnemonic): \($0)" }
      count += 1
    }
    #expect(count > 0 || chapter == .transactionalMemory)
    #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
  }

  /// Hypervisor instructions are illegal in a partition; no processor has transactions, coprocessors
  /// or, before 3.1, anything to paste to.
  private static func isExecuted(_ row: InstructionRow) -> Bool {
    row.gates.isDisjoint(with: [.hypervisor, .transactionalMemory])
      && row.instructionID != .icswx && !(row.instructionID == .paste_ && row.until != nil)
  }

  private static let models: [ProcessorModel] = [
    .power10, .power9, .power8, .power7, .power6, .power5Plus, .ppc970,
  ]

  private static func exists(_ row: InstructionRow, in model: ProcessorModel) -> Bool {
    let subset = model.instructions
    return row.exists(at: subset.level) && row.gates.isDisjoint(with: subset.absent)
  }
}
