import GuestMemory
import PowerArithmetic
import PowerISA

@testable import PowerCPU

/// Executes single instructions in our interpreter, in privileged state without translation.
struct Interpreted {
  private let memory: GuestMemory
  private let cpu: VirtualProcessor

  init(_ model: ProcessorModel = .power10) throws {
    cpu = try VirtualProcessor.forTest(model, memory: 1 << 20)
    memory = cpu.memory
  }

  func run(
    _ instruction: Instruction, _ state: MachineState, _ order: Endianness
  ) throws -> MachineState {
    cpu.reset()
    let address = MachineState.instructionAddress
    if instruction.isPrefixed {
      try memory.write(instruction.prefix, at: address, order)
      try memory.write(instruction.word, at: address + 4, order)
    } else {
      try memory.write(instruction.word, at: address, order)
    }
    try memory.write(state.storage, at: MachineState.storageAddress)
    let s = cpu.state
    for n in 0..<32 { s.pointee.gpr[n] = state.gpr[n] }
    for n in 0..<64 { s.pointee.vsr[n] = state.vsr[n] }
    s.pointee.fpscr = state.fpscr
    s.pointee.cr = UInt32(truncatingIfNeeded: state.cr)
    s.pointee.xer = state.xer
    s.pointee.vscr = UInt32(truncatingIfNeeded: state.vscr)
    s.pointee.lr = state.lr
    s.pointee.fscr = ~0
    cpu.machineState =
      MSR.sf | MSR.fp | MSR.vec | MSR.vsx | MSR.fe0 | MSR.fe1 | MSR.ri
      | (order == .little ? MSR.le : 0)
    cpu.nextInstruction = address
    _ = cpu.run(instructions: 1)
    var result = MachineState()
    for n in 0..<32 { result.gpr[n] = s.pointee.gpr[n] }
    for n in 0..<64 { result.vsr[n] = s.pointee.vsr[n] }
    result.fpscr = s.pointee.fpscr
    result.cr = UInt64(s.pointee.cr)
    result.xer = s.pointee.xer
    result.vscr = UInt64(s.pointee.vscr)
    result.lr = s.pointee.lr
    result.storage = try memory.read(256, at: MachineState.storageAddress)
    result.signal = signal(s.pointee.nia, s.pointee.srr1)
    return result
  }

  /// What Linux makes of the interrupt whose vector is the next instruction.
  private func signal(_ nia: UInt64, _ srr1: UInt64) -> UInt64 {
    switch nia {
    case 0x300, 0x380, 0x400: 11
    case 0x200, 0x600: 7
    case 0x700: srr1 & 1 << 20 != 0 ? 8 : srr1 & 1 << 17 != 0 ? 5 : 4
    case 0x800, 0xF20, 0xF40, 0xF60: 4
    default: 0
    }
  }
}
