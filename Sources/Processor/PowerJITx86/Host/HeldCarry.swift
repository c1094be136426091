internal import CAsmJit
internal import PowerJIT

/// A carry that only the host's carry flag has. It is stored when an instruction is going to change the flag, or
/// where code may be left or joined; not if it is replaced before.
struct HeldCarry {
  let place: HostMemory
  /// Whether the flag is the carry's complement, as the host's borrow is.
  let isInverted: Bool
}

extension CAsmInstruction {
  /// Whether it is one of those that leave the host's flags alone, and that follow sums.
  var keepsFlags: Bool {
    Self.keepingFlags[Int(rawValue) & (Self.keepingFlags.count - 1)]
  }

  private static let keepingFlags: InlineArray<1024, Bool> = {
    precondition(Int(CAsmInstructionCount.rawValue) <= 1024)
    var table = InlineArray<1024, Bool>(repeating: false)
    for instruction in [
      CAsmMov, CAsmMovzx, CAsmMovsx, CAsmMovsxd, CAsmLea, CAsmBswap, CAsmNot, CAsmRorx, CAsmPdep,
      CAsmPext,
      CAsmSeta, CAsmSetae, CAsmSetb, CAsmSetbe, CAsmSete, CAsmSetg, CAsmSetge, CAsmSetl, CAsmSetle,
      CAsmSetne,
      CAsmCmova, CAsmCmovae, CAsmCmovb, CAsmCmovbe, CAsmCmove, CAsmCmovg, CAsmCmovge, CAsmCmovl,
      CAsmCmovle,
      CAsmCmovne,
    ] { table[Int(instruction.rawValue)] = true }
    return table
  }()
}
