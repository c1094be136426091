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
  func notYet(_ mnemonic: String, _ instruction: UInt64) {
    let address = state.pointee.cia
    let text = InstructionTable.table(for: .v3_1)
      .text(of: Instruction(rawValue: instruction), at: address)
    owner.logOnce(
      "\(mnemonic) is not implemented: \(text) at 0x\(String(address, radix: 16))", key: mnemonic)
    illegal()
  }
}
