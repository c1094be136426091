internal import CAsmJit
internal import PowerISA

// Book I 3.3.13: what is not lowered to micro-ops.
extension RegionEmitter {
  /// `pdepd`, `pextd`: by the mask in RB.
  func moveBits(_ kind: InstructionID, _ i: Instruction) {
    a.emit(
      kind == .pdepd ? CAsmPdep : CAsmPext, 8, .rax, value(i.rs, .rax), value(i.rb, .rcx))
    set(i.ra, .rax)
  }
}
