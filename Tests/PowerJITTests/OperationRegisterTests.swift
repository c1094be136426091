import PowerISA
import Testing

@testable import PowerJIT

@Suite("Registers of operations")
struct OperationRegisterTests {
  private struct Expectation: CustomTestStringConvertible {
    let instruction: InstructionID
    let values: [Int64]
    /// General registers, and vector-scalar registers from 64 on.
    let uses: [Int]
    let changes: [Int]

    init(
      _ instruction: InstructionID, _ values: Int64..., uses: [Int], changes: [Int]
    ) {
      (self.instruction, self.values) = (instruction, values)
      (self.uses, self.changes) = (uses, changes)
    }

    var testDescription: String { "\(instruction) \(values)" }
  }

  private static let expectations = [
    Expectation(.lq, 6, 16, 3, uses: [3, 6, 7], changes: [6, 7]),
    Expectation(.stq, 6, 16, 3, uses: [3, 6, 7], changes: []),
    Expectation(.lmw, 29, 0, 3, uses: [3, 29, 30, 31], changes: [29, 30, 31]),
    Expectation(.stmw, 30, 0, 3, uses: [3, 30, 31], changes: []),
    Expectation(.lswi, 31, 3, 9, uses: [0, 1, 3, 31], changes: [0, 1, 31]),
    Expectation(.stswi, 5, 3, 32, uses: [3] + (5...12), changes: []),
    Expectation(.lwat, 31, 3, 16, uses: [0, 1, 3, 31], changes: [31]),
    Expectation(.stwat, 8, 3, 0, uses: [3, 8], changes: []),
    Expectation(.lfdp, 8, 16, 3, uses: [3, 72, 73], changes: [72, 73]),
    // The length is in the register, and not its number.
    Expectation(.lxvl, 63, 3, 9, uses: [3, 9, 127], changes: [127]),
    Expectation(.stxvl, 62, 3, 0, uses: [0, 3, 126], changes: []),
    Expectation(.lxvp, 62, 16, 3, uses: [3, 126, 127], changes: [126, 127]),
    Expectation(.xxsetaccz, 7, uses: Array(92...95), changes: Array(92...95)),
    Expectation(
      .xvf64gerpp, 1, 32, 34, uses: [68, 69, 70, 71, 96, 97, 98], changes: [68, 69, 70, 71]),
    Expectation(
      .xvf32gerpp, 1, 32, 34, uses: [68, 69, 70, 71, 96, 98], changes: [68, 69, 70, 71]),
  ]

  @Test(arguments: expectations)
  private func `are those that operands name, with those after them`(
    expectation: Expectation
  ) throws {
    let guest = try Translated([])
    let row = try #require(
      InstructionRow.all.last { $0.instructionID == expectation.instruction })
    let i = zip(row.operands, expectation.values).reduce(Instruction(rawValue: row.value)) {
      $1.0.replacing(in: $0, with: $1.1) ?? $0
    }
    let operation = Operation(
      row: row.id, of: guest.translator.backEnd.rows, instruction: i, page: 0, word: 0, handler: 0,
      features: guest.translator.backEnd.features, msr: MSR.fp | MSR.vec | MSR.vsx,
      permits: { _, _ in true })
    #expect(operation.uses.members.map(\.number) == expectation.uses.sorted())
    #expect(operation.changes.members.map(\.number) == expectation.changes.sorted())
  }
}
