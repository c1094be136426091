internal import GuestMemory
internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import PowerCPU
internal import PowerISA

extension PowerMachine {
  /// Describes the cause of a processor's loop of interrupts.
  /// - Returns: the loop in a sentence.
  func reportInterruptLoop(of slot: ProcessorSlot) -> String {
    let (origin, handler) = (slot.engine.interruptLoop.origin, slot.engine.interruptLoop.handler)
    let number = slot.processor.server
    let registers =
      "LR \(origin.linkRegister.hexadecimal()), MSR \(origin.machineState.hexadecimal())"
    let level = slot.engine.activeCompatibilityLevel.map { "level \($0)" } ?? "no level"
    log(
      "processor \(number) took a \(origin.vector.name) interrupt at SRR0 "
        + "\(place(origin.address)): \(instruction(of: origin, on: slot)), \(registers), \(level) "
        + "on \(description.processor.name)")
    return "processor \(number) loops at its \(handler.vector.name) interrupt handler "
      + "\(place(handler.address)): \(instruction(of: handler, on: slot))"
  }

  /// The word at a fault with its mnemonic, and the version that introduced it where the processor
  /// or its problem state lacks it.
  private func instruction(of fault: InterruptLoop.Origin, on slot: ProcessorSlot) -> String {
    // Without AIL, translation is off in a handler: addresses that were translated cannot be read.
    let isReal = fault.machineState & MSR.ir == 0
    let address = isReal ? fault.address & (1 << 60 - 1) : fault.address
    let order: Endianness = fault.machineState & MSR.le != 0 ? .little : .big
    guard isReal, let word = try? memory.read(UInt32.self, at: address, order) else {
      return "no readable word"
    }
    let instruction: Instruction
    if word >> 26 == 1, let suffix = try? memory.read(UInt32.self, at: address &+ 4, order) {
      instruction = Instruction(prefix: word, suffix: suffix)
    } else {
      instruction = Instruction(word: word)
    }
    let text = "word " + word.hexadecimal(digits: 8)
    let newest = InstructionTable.table(for: .v3_1)
    guard let id = newest.row(of: instruction) else { return "\(text), no instruction" }
    let row = InstructionRow.all[id]
    let assembler = row.extendedText(of: instruction, at: fault.address).onlySingleBlanks
    let processor = description.processor
    let table = InstructionTable.table(for: processor.instructions)
    let lack =
      table.row(of: instruction) == nil
      ? " (ISA \(row.since); \(processor.name) has \(processor.isa))" : ""
    return "\(text) `\(assembler)`\(lack)"
  }
}
