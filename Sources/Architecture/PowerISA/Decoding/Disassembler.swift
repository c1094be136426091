/// How instructions are written.
public enum AssemblerStyle: Sendable {
  /// As GNU objdump does with `-M raw`: every row by its own mnemonic, with all its operands.
  case rows
  /// As GNU objdump does without: `mr`, `blr`, `li`, with optional operands left out.
  case extended
}

extension InstructionTable {
  /// Assembler text of an instruction at an address, as GNU objdump prints it.
  ///
  /// An instruction that does not exist reads `.long 0x…`.
  public func text(
    of instruction: Instruction, at address: UInt64 = 0, style: AssemblerStyle = .rows
  ) -> String {
    guard let id = row(of: instruction) else {
      return ".long 0x"
        + String(instruction.isPrefixed ? instruction.prefix : instruction.word, radix: 16)
    }
    let row = InstructionRow.all[id]
    return style == .rows
      ? row.text(of: instruction, at: address) : row.extendedText(of: instruction, at: address)
  }
}

extension InstructionRow {
  /// Assembler text of an instruction of this row at an address.
  public func text(of instruction: Instruction, at address: UInt64 = 0) -> String {
    Self.line(
      mnemonic(of: instruction), operandText(instruction, operands.count, address))
  }

  /// A mnemonic and operands in two columns.
  private static func line(_ name: String, _ operands: String) -> String {
    if operands.isEmpty { return name }
    return name + String(repeating: " ", count: max(8 - name.count, 1)) + operands
  }

  /// The first operands, a register after a displacement in parentheses.
  private func operandText(_ instruction: Instruction, _ count: Int, _ address: UInt64) -> String {
    var text = ""
    for (index, operand) in operands.prefix(count).enumerated() {
      let isAfterDisplacement = index > 0 && operands[index - 1].kind == .displacement
      if index > 0 { text += isAfterDisplacement ? "(" : "," }
      text += operand.text(of: instruction, of: self, at: address)
      if isAfterDisplacement { text += ")" }
    }
    return text
  }

  // MARK: extended mnemonics

  /// Assembler text with the extended mnemonic that the word has, if any.
  public func extendedText(of instruction: Instruction, at address: UInt64 = 0) -> String {
    let values = operands.map { $0.value(in: instruction) }
    let suffix = mnemonic(of: instruction).dropFirst(mnemonic.count)
    switch instructionID {
    case .bc, .bclr, .bcctr, .bctar:
      return branchText(instruction, values, suffix, address)
    case .mfspr:
      guard let (name, index) = ExtendedMnemonic.move(values[1], isWrite: false) else { break }
      return Self.line(name, "r\(values[0])" + (index.map { ",\($0)" } ?? ""))
    case .mtspr:
      guard let (name, index) = ExtendedMnemonic.move(values[0], isWrite: true) else { break }
      return Self.line(name, (index.map { "\($0)," } ?? "") + "r\(values[1])")
    default: break
    }
    if let extended = ExtendedMnemonic.byRow[id].first(where: { $0.applies(to: values) }) {
      let parts = extended.parts.compactMap { text(of: $0, instruction, values, address) }
      return Self.line(extended.name + suffix, parts.joined(separator: ","))
    }
    if let text = relativeText(instruction, values) { return text }
    return Self.line(
      mnemonic(of: instruction),
      operandText(instruction, operands.count - omitted(values), address))
  }

  private func text(
    of part: ExtendedMnemonic.Part, _ instruction: Instruction, _ values: [Int64], _ address: UInt64
  ) -> String? {
    switch part {
    case .operand(let index): operands[index].text(of: instruction, of: self, at: address)
    case .unlessZero(let index):
      values[index] == 0 ? nil : operands[index].text(of: instruction, of: self, at: address)
    case .difference(let number, let index): "\(number - values[index])"
    case .floatingPoint(let index): "f\(values[index] & 31)"
    case .vector(let index): "v\(values[index] & 31)"
    case .number(let number): "\(number)"
    }
  }

  private func branchText(
    _ instruction: Instruction, _ values: [Int64], _ suffix: Substring, _ address: UInt64
  ) -> String {
    let branch = BranchMnemonic(
      row: self, options: values[0], bit: values[1], suffix: suffix)
    let isRelative = instructionID == .bc
    let hasHint = !isRelative && values[2] != 0
    var parts: [String] = []
    switch branch.operands {
    case .none: break
    // A BH after it keeps a field of 0.
    case .field: if values[1] > 3 || hasHint { parts.append("cr\(values[1] >> 2)") }
    case .bit: parts.append(operands[1].text(of: instruction, of: self, at: address))
    case .optionsAndBit:
      parts = operands.prefix(2).map { $0.text(of: instruction, of: self, at: address) }
    }
    if isRelative || hasHint {
      parts.append(operands[2].text(of: instruction, of: self, at: address))
    }
    return Self.line(branch.name, parts.joined(separator: ","))
  }

  /// A prefixed access relative to the instruction, which names no register.
  private func relativeText(_ instruction: Instruction, _ values: [Int64]) -> String? {
    guard isPrefixed, operands.count == 4, operands[1].kind == .displacement, values[3] == 1,
      values[2] == 0
    else { return nil }
    return Self.line(
      mnemonic, operands[0].text(of: instruction, of: self, at: 0) + ",\(values[1])")
  }

  /// How many optional operands at the end are zero.
  private func omitted(_ values: [Int64]) -> Int {
    values.suffix(optionalCount).reversed().prefix { $0 == 0 }.count
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
