import PowerISA

extension VirtualProcessor {
  /// The handler of an instruction in the current context.
  func handler(for instruction: Instruction) -> InstructionHandler {
    guard let row = code.table.row(of: instruction) else {
      return { Processor($0).undefined(Instruction(rawValue: $1)) }
    }
    if ProgramPriority(instruction) != nil {
      return { Semantics.setPriority(Processor($0), Instruction(rawValue: $1)) }
    }
    return Dispatch.handlers[row]
  }
}
