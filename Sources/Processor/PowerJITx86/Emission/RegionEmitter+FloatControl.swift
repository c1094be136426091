internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Moves of the FPSCR's control bits, which are never deferred.
  static let floatControls: [HostCode] = [
    HostCode([.mffscrn, .mffscrni], .isScalar) { $0.setRounding($1) }
  ]
}

// Book I 4.6.10.
extension RegionEmitter {
  /// The control bits to FRT, where the rounding mode stays as it is. The operation whose status is deferred depends
  /// on the mode: a call that changes it must find that operation in the state, and nothing may write it later.
  func setRounding(_ o: Operation) {
    materializeStatus()
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    a.emit(CAsmMov, 8, .rax, state(StateOffset.fpscr))
    if o.kind == .mffscrn {
      move(.rcx, scalar: o.vsr.b, size: 4)
    } else {
      a.move(.rcx, constant: o.instruction.bits(19, 20))
    }
    a.emit(CAsmXor, 4, .rcx, .rax)
    a.emit(CAsmTest, 4, .rcx, Int64(FPSCR.rn))
    a.jump(CAsmJne, slow)
    and(.rax, mask: FPSCR.drn | FPSCR.enables | FPSCR.ni | FPSCR.rn)
    setScalar(o.vsr.t, .rax)
    a.bind(done)
    pending.known.floatMode = false
  }
}
