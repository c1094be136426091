import PowerISA

extension VirtualProcessor {
  /// The handler of an instruction for a level.
  func handler(for instruction: Instruction, level: ISALevel) -> InstructionHandler {
    { state, _ in Processor(state).illegal() }
  }
}
