extension InstructionTable {
  /// Assembler text of an instruction at an address, as GNU objdump prints without aliases.
  ///
  /// An instruction that does not exist reads `.long 0x…`.
  public func text(of instruction: Instruction, at address: UInt64 = 0) -> String {
    guard let id = row(of: instruction) else {
      return ".long 0x"
        + String(instruction.isPrefixed ? instruction.prefix : instruction.word, radix: 16)
    }
    return InstructionRow.all[id].text(of: instruction, at: address)
  }
}

extension InstructionRow {
  /// Assembler text of an instruction of this row at an address.
  public func text(of instruction: Instruction, at address: UInt64 = 0) -> String {
    let name = mnemonic(of: instruction)
    guard !operands.isEmpty else { return name }
    var text = name + String(repeating: " ", count: max(8 - name.count, 1))
    var isInParentheses = false
    for (index, operand) in operands.enumerated() {
      let isAfterDisplacement = index > 0 && operands[index - 1].kind == .displacement
      if isAfterDisplacement {
        text += "("
        isInParentheses = true
      } else if index > 0 {
        text += ","
      }
      text += operand.text(of: instruction, of: self, at: address)
      if isInParentheses {
        text += ")"
        isInParentheses = false
      }
    }
    return text
  }
}

extension InstructionOperand {
  private static let conditions = ["lt", "gt", "eq", "so"]

  fileprivate func text(
    of instruction: Instruction, of row: InstructionRow, at address: UInt64
  ) -> String {
    let value = value(in: instruction)
    switch kind {
    case .gpr: return "r\(value)"
    case .gprOrZero: return value == 0 ? "0" : "r\(value)"
    case .fpr: return "f\(value)"
    case .vr: return "v\(value)"
    case .vsr: return "vs\(value)"
    case .accumulator: return "a\(value)"
    case .crField: return "cr\(value)"
    case .crBit:
      let condition = Self.conditions[Int(value & 3)]
      return value < 4 ? condition : "4*cr\(value >> 2)+\(condition)"
    case .unsigned, .signed, .displacement, .byteCount, .spr: return "\(value)"
    case .target:
      let isAbsolute = row.absoluteBit.map { instruction.rawValue & $0 != 0 } ?? false
      let target = UInt64(bitPattern: value)
      // Absolute addresses read as in 32-bit mode.
      return "0x" + String(isAbsolute ? target & 0xFFFF_FFFF : address &+ target, radix: 16)
    }
  }
}
