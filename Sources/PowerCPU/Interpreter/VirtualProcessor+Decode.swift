import PowerISA

extension VirtualProcessor {
  /// The handler of an instruction in the current context.
  func handler(for instruction: Instruction) -> InstructionHandler {
    guard let row = code.table.row(of: instruction) else {
      return { state, _ in Processor(state).illegal() }
    }
    if ProgramPriority(instruction) != nil {
      return { Semantics.setPriority(Processor($0), Instruction(rawValue: $1)) }
    }
    return Dispatch.handlers[row]
  }
}

extension Processor {
  /// An instruction of a row without semantics: illegal, and reported once by name.
  func notYet(_ mnemonic: String, _ instruction: UInt64) {
    let address = state.pointee.cia
    let text = InstructionTable.table(for: owner.hardware.instructions)
      .text(of: Instruction(rawValue: instruction), at: address)
    owner.logOnce(
      "\(mnemonic) is not implemented: \(text) at 0x\(String(address, radix: 16))", key: mnemonic)
    illegal()
  }
}
