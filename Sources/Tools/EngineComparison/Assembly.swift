internal import PowerISA

/// Instruction words by instruction and operands.
enum Assembly {
  private static let rows = Dictionary(
    grouping: InstructionRow.all.filter { !$0.isPrefixed }, by: \.instructionID)

  /// - Parameter values: of the operands in the order of the syntax; those left out are zero.
  static func word(_ instruction: InstructionID, _ values: Int64...) -> UInt32 {
    word(instruction, values)
  }

  static func word(_ instruction: InstructionID, _ values: [Int64]) -> UInt32 {
    for row in rows[instruction] ?? [] where values.count <= row.operands.count {
      let padding = [Int64](repeating: 0, count: row.operands.count - values.count)
      if let instruction = row.instruction(values + padding) {
        return UInt32(truncatingIfNeeded: instruction.rawValue)
      }
    }
    preconditionFailure("no \(instruction) takes \(values)")
  }
}
