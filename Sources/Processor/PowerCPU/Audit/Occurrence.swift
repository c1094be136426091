public import PowerISA

/// Where and when problem state came to an instruction.
public struct Occurrence: Sendable, Equatable {
  /// Effective address.
  public var address: UInt64
  public var instruction: Instruction
  /// Which instruction of its processor it was, counted from 1.
  public var ordinal: UInt64
  /// The processor's number.
  public var processor: Int
  /// The process, when the guest translates by radix trees and so tells the processor (PID).
  public var process: UInt64?
  /// The program, where ``VirtualProcessor/programName`` finds it.
  public var program: String?
  /// The instruction in assembler.
  public var text: String
}

extension VirtualProcessor {
  /// What is to be said of the instruction at CIA.
  func occurrence(of instruction: Instruction, _ row: InstructionRow?) -> Occurrence {
    let isRadix = processTable?.isRadix == true
    return Occurrence(
      address: state.pointee.cia, instruction: instruction, ordinal: instructionCount,
      processor: index,
      process: isRadix && state.pointee.pid != 0 ? state.pointee.pid : nil,
      program: programName?(self),
      text: row?.text(of: instruction, at: state.pointee.cia) ?? Self.data(instruction))
  }

  /// A word that is no instruction.
  private static func data(_ instruction: Instruction) -> String {
    let word = instruction.isPrefixed ? instruction.prefix : instruction.word
    return ".long 0x" + String(word, radix: 16)
  }
}
