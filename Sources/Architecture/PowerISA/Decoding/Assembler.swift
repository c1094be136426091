extension InstructionRow {
  /// The instruction with the given operand values, in the order of the syntax.
  /// - Returns: nil when there are too few or many, or one does not fit.
  public func instruction(_ values: [Int64], suffixBits: UInt64 = 0) -> Instruction? {
    guard values.count == operands.count else { return nil }
    var raw = value | suffixBits
    for (operand, value) in zip(operands, values) {
      guard let bits = operand.bits(for: value) else { return nil }
      raw |= bits
    }
    return Instruction(rawValue: isPrefixed ? raw : raw & 0xFFFF_FFFF)
  }

  /// An instruction of this row with random operands; reserved bits are zero.
  public func randomInstruction(using generator: inout some RandomNumberGenerator) -> Instruction {
    let free = ~(mask | reserved)
    return Instruction(rawValue: value | generator.next() & free)
  }
}

extension Instruction {
  /// The instruction of a spelling (`add`, `addo.`) with operand values in the syntax's order.
  /// - Returns: nil when no row at the level has that spelling and takes those values.
  public init?(_ spelling: String, _ values: Int64..., level: ISALevel = .v3_1) {
    for row in InstructionRow.all where row.exists(at: level) {
      guard let bits = row.suffixBits(spelling: spelling[...]),
        let instruction = row.instruction(values, suffixBits: bits)
      else { continue }
      self = instruction
      return
    }
    return nil
  }
}
