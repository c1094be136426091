internal import HostSupport
public import PowerISA

/// The place and time at which problem state reached an instruction.
public struct InstructionOccurrence: Sendable, Equatable {
  /// Effective address.
  public var address: UInt64
  /// The instruction word, or both words of a prefixed one.
  public var instruction: Instruction
  /// The instruction's number on its processor, counted from 1.
  public var ordinal: UInt64
  /// The processor's number.
  public var processor: Int
  /// The process ID (PID), when the guest uses radix translation and so sets it.
  public var process: UInt64?
  /// The program's name, if ``VirtualProcessor/programName`` finds it.
  public var program: String?
  /// The instruction in assembly language.
  public var text: String
  /// The ``codeBlock`` bytes of storage that begin at a multiple of that and contain the
  /// instruction; empty where they could not be read.
  public var code: [UInt8] = []

  /// Bytes of ``code``.
  public static let codeBlock = 256
}

extension VirtualProcessor {
  /// Describes the instruction at CIA.
  func occurrence(of instruction: Instruction, _ row: InstructionRow?) -> InstructionOccurrence {
    let isRadix = processTable?.isRadix == true
    return InstructionOccurrence(
      address: state.pointee.cia, instruction: instruction, ordinal: instructionCount,
      processor: index,
      process: isRadix && state.pointee.pid != 0 ? state.pointee.pid : nil,
      program: programName?(self),
      text: row?.text(of: instruction, at: state.pointee.cia) ?? Self.data(instruction),
      code: code(around: state.pointee.cia))
  }

  /// A word that is not an instruction.
  private static func data(_ instruction: Instruction) -> String {
    let word = instruction.isPrefixed ? instruction.prefix : instruction.word
    return ".long " + word.hexadecimal()
  }
}
