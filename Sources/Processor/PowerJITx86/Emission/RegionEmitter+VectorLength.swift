internal import CAsmJit
internal import PowerISA
internal import PowerJIT

// Loads and stores of as many bytes as a register says in its high byte, at most sixteen (Book I
// 7.6.3). Where sixteen bytes are in a cached page, host instructions do them.
extension RegionEmitter {
  /// `lxvl`, `lxvll`
  func loadLength(_ o: Operation) {
    let done = a.label()
    effectiveAddress(.displacement(0), o.instruction)
    hostAddress(bytes: 16, isStore: false, else: rareHelperCall(o, backTo: done))
    let target = wholeTarget(o.vsr.t)
    length(o)
    a.emit(CAsmMovd, .xmm1, .rdx, size: 4)
    a.emit(CAsmPxor, .xmm0, .xmm0)
    a.emit(CAsmPshufb, .xmm1, .xmm0)
    apply(.minimumBytes, .xmm1, .xmm1, at: constant(bytes: 16))
    // All ones where the byte's number is below that.
    apply(
      .greaterBytes, .xmm1, .xmm1, at: constant(0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100))
    a.emit(CAsmMovups, .xmm0, HostMemory(.rcx, .rax))
    apply(.and, target, .xmm0, .xmm1)
    if isBigEndian || o.kind == .lxvll {
      apply(.shuffle, target, target, at: constant(Self.reversal))
    }
    setWhole(o.vsr.t, target)
    a.bind(done)
  }

  /// `stxvl`, `stxvll`.
  func storeLength(_ o: Operation) {
    let (done, part) = (a.label(), a.label())
    effectiveAddress(.displacement(0), o.instruction)
    hostAddress(bytes: 16, isStore: true, else: rareHelperCall(o, backTo: done))
    let source = whole(o.vsr.t, .xmm0)
    if isBigEndian || o.kind == .stxvll {
      apply(.shuffle, .xmm0, source, at: constant(Self.reversal))
    } else {
      copy(.xmm0, source)
    }
    length(o)
    a.emit(CAsmCmp, 4, .rdx, 16)
    a.jump(CAsmJb, part)
    a.emit(CAsmMovups, HostMemory(.rcx, .rax), .xmm0)
    a.bind(done)
    emitLater { [self] in
      a.bind(part)
      a.emit(CAsmAdd, 8, .rcx, .rax)
      for size in [8, 4, 2, 1] as [Int32] {
        let next = a.label()
        a.emit(CAsmTest, 4, .rdx, Int64(size))
        a.jump(CAsmJe, next)
        a.emit(CAsmMovq, .rax, .xmm0, size: 8)
        a.emit(CAsmMov, size, HostMemory(.rcx, 0), .rax)
        a.emit(CAsmAdd, 8, .rcx, Int64(size))
        a.emit(CAsmPsrldq, .xmm0, Int64(size))
        a.bind(next)
      }
      a.jump(CAsmJmp, done)
    }
  }

  /// RB's high byte into RDX.
  private func length(_ o: Operation) {
    load(.rdx, o.instruction.rb)
    a.emit(CAsmShr, 8, .rdx, 56)
  }
}
