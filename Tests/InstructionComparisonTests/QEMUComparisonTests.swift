import Foundation
import GuestMemory
import HostSupport
import PowerISA
import Testing

@testable import InstructionComparison

struct ComparisonExceptionTests {
  /// An exception of no row is a mistake.
  @Test func everyExceptionIsOfSomeRow() {
    for exception in ComparisonExceptions.list {
      #expect(
        InstructionRow.all.contains { exception.rows.contains($0) },
        "\(exception.rows.names), when \(exception.condition)")
    }
  }

  @Test func selections() throws {
    func selected(_ selection: RowSelection) -> Set<InstructionID> {
      Set(InstructionRow.all.filter { selection.contains($0) }.map(\.instructionID))
    }
    #expect(selected([.add, .sc]) == [.add, .sc])
    #expect(selected(.chapters(.decimalFloatingPoint) + [.add]).count == 55)
    #expect(selected(.reservations).count == 10)
    #expect(selected(.binaryFloatingPoint).isSuperset(of: [.fadd, .xsaddqp, .xvadddp, .xvf64ger]))
    #expect(selected(.binaryFloatingPoint).isDisjoint(with: [.mffs, .lfd, .dadd, .lxvd2x]))
    #expect((RowSelection.every + [.stwcx_]).names == ["every row", "stwcx."])
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
    #expect(slbia.part == .rejected("privileged instruction"))
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
