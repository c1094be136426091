internal import CAsmJit
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 3.3.9: high halves of products with an addend.
  static let multiplyAdds: [HostCode] = [
    HostCode([.maddhd, .maddhdu], .noSideExit) { $0.multiplyAddHigh($1.kind, $1.instruction) }
  ]
}

// Book I 3.3.9: what is not lowered to micro-ops.
extension RegionEmitter {
  /// `maddhd`, `maddhdu`: the high half of a product and an addend.
  func multiplyAddHigh(_ kind: InstructionID, _ i: Instruction) {
    load(.rax, i.ra)
    a.emit(kind == .maddhd ? CAsmImul : CAsmMul, 8, value(i.rb, .rcx))
    // The high half of the sum, to which a negative addend adds all ones.
    load(.rcx, i.registerC)
    a.emit(CAsmAdd, 8, .rax, .rcx)
    a.emit(CAsmAdc, 8, .rdx, 0)
    if kind == .maddhd {
      a.emit(CAsmSar, 8, .rcx, 63)
      a.emit(CAsmAdd, 8, .rdx, .rcx)
    }
    set(i.rt, .rdx)
  }

  /// RT, and CR0 if Rc.
  func finish(_ i: Instruction, _ result: HostRegister) {
    set(i.rt, result)
    record(i, i.rt)
  }
}
