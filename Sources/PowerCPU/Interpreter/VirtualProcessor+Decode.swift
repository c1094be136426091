import PowerISA

extension VirtualProcessor {
  /// The handler of an instruction for a level.
  func handler(for instruction: Instruction, level: ISALevel) -> InstructionHandler {
    guard let row = InstructionTable.table(for: level).row(of: instruction) else {
      return { state, _ in Processor(state).illegal() }
    }
    return Dispatch.handlers[row]
  }
}

extension Processor {
  /// An instruction of a row without semantics: illegal, and reported once by name.
  func notYet(_ row: Int, _ instruction: UInt64) {
    let row = InstructionRow.all[row]
    let text = row.text(of: Instruction(rawValue: instruction), at: state.pointee.cia)
    owner.logOnce(
      "\(row.mnemonic) is not implemented: \(text) at 0x\(String(state.pointee.cia, radix: 16))",
      key: row.mnemonic)
    illegal()
  }
}
