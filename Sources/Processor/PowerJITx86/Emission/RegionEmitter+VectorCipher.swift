internal import CAsmJit
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 6.11.
  static let ciphers: [HostCode] = [
    HostCode(
      [.vcipher, .vcipherlast, .vncipher, .vncipherlast, .vsbox], .noSideExit,
      needs: { $0.sse41 && $0.aes }
    ) { $0.cipher($1) },
    HostCode(
      [.vshasigmaw], [.noSideExit, .sparesXMM3], needs: { $0.sse41 },
      where: { $0.six == 0 || $0.six == 15 }
    ) { $0.sigma($1) },
    HostCode(
      [.vshasigmad], [.noSideExit, .sparesXMM3], needs: { $0.sse41 },
      where: { $0.six & 8 == ($0.six & 2) << 2 }
    ) { $0.sigma($1) },
  ]
}

// Ciphers (Book I 6.11).
extension RegionEmitter {
  /// Makes XMM3 a register the other way round, as `reversed` has it.
  func reverse(_ number: Int) {
    apply(.shuffle, .xmm3, whole(number, .xmm0), at: constant(Self.reversal))
  }

  /// Gives a register the value that so far only XMM3 has.
  func materialize(_ reversed: Reversed?) {
    guard let reversed, reversed.isDeferred else { return }
    emitUnnoted {
      let target = wholeTarget(reversed.number)
      apply(.shuffle, target, .xmm3, at: constant(Self.reversal))
      setWhole(reversed.number, target)
    }
  }

  func materializeReversed() {
    materialize(reversed)
    reversed?.isDeferred = false
  }

  /// At the end of a block, for the next.
  func keepReversed() {
    materializeReversed()
    pending.known.reversed = reversed?.number
  }

  /// Before an instruction that may read the register that XMM3 has, or change either.
  func prepareReversed(for o: Operation) {
    guard let number = reversed?.number else { return }
    let register = GuestRegister(vsr: number)
    if !o.isHelperCall, o.kind == .vcipher || o.kind == .vcipherlast {
      // XMM3 is going to be the target's.
      if o.vsr.b == number || o.vsr.t != number && !isOverwritten(number) { materializeReversed() }
    } else if o.endsBlock, !o.leaves {
      keepReversed()
    } else if o.codeKind == .call || o.endsBlock
      || o.vsr.isAny && !o.promises.contains(.sparesXMM3)
    {
      materializeReversed()
      reversed = nil
    } else if o.code === HostCode.copiesVector, o.vsr.a == number {
      // Later code mostly uses the copy.
      materializeReversed()
      reversed = Reversed(number: o.vsr.t, isDeferred: false)
    } else {
      if o.uses.contains(register) { materializeReversed() }
      if o.changes.contains(register) { reversed = nil }
    }
  }

  /// Whether a register gets another value, before anything may look at the one it has.
  private func isOverwritten(_ number: Int) -> Bool {
    for o in following {
      if !o.keepsDeferredState { return false }
      guard o.uses.contains(GuestRegister(vsr: number)) else { continue }
      return o.vsr.t == number && ![o.vsr.a, o.vsr.b, o.vsr.c].contains(number)
        && !o.deferrable.contains(.readsTarget)
    }
    return false
  }

  /// A round of AES. The host has the bytes of the state the other way round.
  func cipher(_ o: Operation) {
    let reversal = constant(Self.reversal)
    if features.avx, o.kind == .vcipher || o.kind == .vcipherlast {
      // The next round may begin with what this one ends with.
      if reversed?.number != o.vsr.a { reverse(o.vsr.a) }
      apply(.shuffle, .xmm1, whole(o.vsr.b, .xmm1), at: reversal)
      a.emit(o.kind == .vcipher ? CAsmVaesenc : CAsmVaesenclast, .xmm3, .xmm3, .xmm1)
      reversed = Reversed(number: o.vsr.t, isDeferred: true)
      return
    }
    let target = wholeTarget(o.vsr.t)
    apply(.shuffle, .xmm0, whole(o.vsr.a, .xmm0), at: reversal)
    switch o.kind {
    case .vncipher:
      // The key goes in before the columns are mixed.
      apply(.shuffle, .xmm1, whole(o.vsr.b, .xmm1), at: reversal)
      a.emit(CAsmAesdeclast, .xmm0, .xmm1)
      a.emit(CAsmAesimc, .xmm0, .xmm0)
      apply(.shuffle, target, .xmm0, at: reversal)
    case .vsbox:
      // The host moves rows as well: not if they have been moved back before.
      apply(.shuffle, .xmm0, .xmm0, at: constant(0x0306_090C_0F02_0508_0B0E_0104_070A_0D00))
      a.emit(CAsmPxor, .xmm1, .xmm1)
      a.emit(CAsmAesenclast, .xmm0, .xmm1)
      apply(.shuffle, target, .xmm0, at: reversal)
    default:
      a.emit(CAsmPxor, .xmm1, .xmm1)
      let round =
        switch o.kind {
        case .vcipher: CAsmAesenc
        case .vcipherlast: CAsmAesenclast
        default: CAsmAesdeclast
        }
      a.emit(round, .xmm0, .xmm1)
      apply(.shuffle, .xmm0, .xmm0, at: reversal)
      apply(.xor, target, .xmm0, whole(o.vsr.b, .xmm1))
    }
    setWhole(o.vsr.t, target)
  }

  /// `vshasigmaw`, `vshasigmad` of the same function in all elements.
  func sigma(_ o: Operation) {
    let i = o.instruction
    let isWord = o.kind == .vshasigmaw
    let isSecond = i.bits(20 - (isWord ? 0 : 3), 20 - (isWord ? 0 : 3)) != 0
    // Rotations, and the last is a shift for the small functions.
    let counts: [Int64] =
      switch (isWord, i.bits(16, 16) != 0, isSecond) {
      case (true, false, false): [7, 18, 3]
      case (true, false, true): [17, 19, 10]
      case (true, true, false): [2, 13, 22]
      case (true, true, true): [6, 11, 25]
      case (false, false, false): [1, 8, 7]
      case (false, false, true): [19, 61, 6]
      case (false, true, false): [28, 34, 39]
      case (false, true, true): [14, 18, 41]
      }
    let width: Int64 = isWord ? 32 : 64
    let (left, right): (HostShift, HostShift) =
      isWord ? (.leftWords, .rightWords) : (.leftDoublewords, .rightDoublewords)
    let source = whole(o.vsr.a, .xmm0)
    var parts = counts.map { (right, $0) }
    for (index, count) in counts.enumerated() where index < 2 || i.bits(16, 16) != 0 {
      parts.append((left, width - count))
    }
    let target = wholeTarget(o.vsr.t)
    // In pairs, if there is a register for it, so that the sums wait less for each other.
    let (step, other): (Int, HostVector) = source == .xmm0 ? (1, .xmm2) : (2, .xmm0)
    for index in stride(from: 0, to: parts.count, by: step) {
      let sum = index == 0 ? HostVector.xmm1 : other
      shift(parts[index].0, sum, source, parts[index].1)
      if step == 2, index + 1 < parts.count {
        shift(parts[index + 1].0, .xmm2, source, parts[index + 1].1)
        apply(.xor, sum, sum, .xmm2)
      }
      if index > 0 { apply(.xor, index + step < parts.count ? .xmm1 : target, .xmm1, sum) }
    }
    setWhole(o.vsr.t, target)
  }
}
