import Foundation
import GuestMemory
import HostSupport
import PowerISA
import Testing

@testable import InstructionComparison

struct ComparisonExceptionTests {
  @Test(arguments: [
    ("add", "add", true), ("add", "addi", false), ("*", "add", true), ("f*s", "fadds", true),
    ("f*s", "fadd", false), ("st*cx.", "stwcx.", true), ("xs*sp", "xssqrtsp", true),
  ])
  func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
    #expect(ComparisonException.matches(pattern[...], name[...]) == matches)
  }

  /// A name or pattern of nothing is a mistake.
  @Test func everyPatternIsOfSomeRow() {
    for exception in ComparisonExceptions.list {
      for pattern in exception.rows {
        #expect(
          InstructionRow.all.contains {
            ComparisonException.matches(pattern[...], $0.mnemonic[...])
          }, "\(pattern), when \(exception.condition)")
      }
    }
  }

  @Test(arguments: [
    (1.0, true), (0.1, false), (Double.infinity, true), (-0.0, true), (1e39, false),
    (Double(Float.leastNonzeroMagnitude), true), (Double(Float.leastNonzeroMagnitude) / 2, false),
    (Double(Float.greatestFiniteMagnitude), true), (Double.leastNonzeroMagnitude, false),
  ])
  func singles(_ value: Double, _ isSingle: Bool) {
    #expect(ResultDifference.isSingle(value.bitPattern) == isSingle)
  }
}

struct ComparisonPlanTests {
  /// Only what POWER6 had for itself is of no processor that QEMU knows.
  @Test func everyRowIsPlanned() {
    let unplanned = zip(InstructionRow.all, ComparisonPlan.overall())
      .filter { $0.1 == nil }.map(\.0.mnemonic)
    #expect(unplanned == ["mffgpr", "mftgpr"])
  }

  @Test func rowsBeforeAndAfterALevel() throws {
    let power7 = ComparisonPlan(ComparisonEnvironment(processor: .power7, order: .big))
    #expect(!power7.parts.contains { $0.row.mnemonic == "bctar" })
    #expect(power7.parts.contains { $0.row.mnemonic == "xsadddp" && $0.part == .executed })
    let slbia = try #require(power7.parts.first { $0.row.mnemonic == "slbia" })
    #expect(slbia.part == .refused("privileged instruction"))
  }

  @Test func aNameOfNoRowIsAnError() throws {
    var comparison = QEMUComparison()
    comparison.rows = ["nonsense"]
    #expect(throws: InstructionComparisonError.self) { try comparison.check() }
  }
}

struct SequenceGeneratorTests {
  /// Every word is of its row, and nothing branches to other instructions.
  @Test(arguments: [0, 4, 8])
  func sequencesAreOfTheirRows(_ index: Int) {
    let environment = ComparisonEnvironment.all[index]
    let exceptions = ComparisonExceptions(environment)
    let generator = SequenceGenerator(environment, exceptions)
    let table = InstructionTable.table(for: environment.processor.instructions)
    var random = SplitMix64(state: 3)
    for (row, part) in ComparisonPlan(environment).parts where part.isExecuted {
      guard
        let sequence = generator.sequence(
          ComparisonTraits.all[row.id], slot: 2, state: StateLayout.address(ofState: 0), &random)
      else {
        Issue.record("no instruction of \(row.mnemonic)")
        continue
      }
      #expect(sequence.instructions.contains { table.row(of: $0) == row.id }, "\(row.mnemonic)")
      #expect(sequence.end + 4 <= StateLayout.slots + 3 * StateLayout.slotSize)
    }
  }
}
