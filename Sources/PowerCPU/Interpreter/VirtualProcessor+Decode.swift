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
