internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Bytes of vectors that are taken out and put in, by number from the left.
  static let vectorExtracts: [HostCode] = [
    bytes(1, extract: [.vextractub], indexed: [.vextublx, .vextubrx], insert: [.vinsertb]),
    bytes(2, extract: [.vextractuh], indexed: [.vextuhlx, .vextuhrx], insert: [.vinserth]),
    bytes(
      4, extract: [.vextractuw, .xxextractuw], indexed: [.vextuwlx, .vextuwrx],
      insert: [.vinsertw, .xxinsertw, .vinsw]),
    bytes(8, extract: [.vextractd], indexed: [], insert: [.vinsertd, .vinsd]),
  ].flatMap { $0 }

  private static func bytes(
    _ size: Int, extract: [InstructionID], indexed: [InstructionID], insert: [InstructionID]
  ) -> [HostCode] {
    // What is beyond the vector is undefined, and the semantics function's.
    let fits = { @Sendable (i: Instruction) in Int(i.uim_11 & 15) + size <= 16 }
    return [
      HostCode(extract, [.noSideExit, .sparesXMM3], where: fits) { $0.extractElement($1, size) },
      HostCode(indexed, .sparesXMM3) { $0.extractIndexed($1, size) },
      HostCode(insert, [.noSideExit, .sparesXMM3], needs: { $0.sse41 }, where: fits) {
        $0.insertElement($1, size)
      },
    ]
  }
}

// Book I 6.8.6, 6.8.7 and 7.6.3: elements at any byte.
extension RegionEmitter {
  /// The element as an unsigned number in doubleword 0.
  func extractElement(_ o: Operation, _ size: Int) {
    // The host numbers bytes from the right.
    let low = 16 - Int(o.instruction.uim_11 & 15) - size
    if assignment[vsr: o.vsr.b] == nil {
      note(.usesWholeVectors)
      let place = vsr(o.vsr.b).advanced(by: low)
      if size < 4 {
        a.extend(CAsmMovzx, 4, .rax, from: Int32(size), place)
      } else {
        a.emit(CAsmMov, Int32(size), .rax, place)
      }
    } else {
      a.emit(CAsmMovaps, .xmm0, whole(o.vsr.b, .xmm0))
      if low > 0 { a.emit(CAsmPsrldq, .xmm0, Int64(low)) }
      a.emit(size == 8 ? CAsmMovq : CAsmMovd, .rax, .xmm0, size: size == 8 ? 8 : 4)
      if size < 4 { a.extend(CAsmMovzx, 4, .rax, from: Int32(size), .rax) }
    }
    setScalar(o.vsr.t, .rax)
  }

  /// The same at the byte that RA says, from the left or the right, into RT.
  func extractIndexed(_ o: Operation, _ size: Int) {
    let i = o.instruction
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    // The state's place is the register's: what it has may be old, never another's.
    if assignment[vsr: o.vsr.b] != nil {
      a.emit(CAsmMovups, vsr(o.vsr.b), whole(o.vsr.b, .xmm0))
    } else {
      note(.usesWholeVectors)
    }
    load(.rcx, i.ra, size: 4)
    a.emit(CAsmAnd, 4, .rcx, 15)
    if [.vextublx, .vextuhlx, .vextuwlx].contains(o.kind) {
      a.emit(CAsmSub, 4, .rcx, Int64(16 - size))
      a.emit(CAsmNeg, 4, .rcx)
      a.jump(CAsmJs, slow)
    } else {
      a.emit(CAsmCmp, 4, .rcx, Int64(16 - size))
      a.jump(CAsmJa, slow)
    }
    let base = vsr(o.vsr.b)
    let place = HostMemory(.rbx, .rcx, Int(base.raw.displacement))
    let t = target(i.rt)
    if size < 4 {
      a.extend(CAsmMovzx, 4, t, from: Int32(size), place)
    } else {
      a.emit(CAsmMov, 4, t, place)
    }
    set(i.rt, t)
    a.bind(done)
  }

  /// Replaces the bytes of an element by the lowest of B's doubleword 0, or of a general register.
  func insertElement(_ o: Operation, _ size: Int) {
    let (i, r) = (o.instruction, o.vsr)
    let low = 16 - Int(i.uim_11 & 15) - size
    let first: Int
    var source = HostVector.xmm0
    if o.kind == .vinsw || o.kind == .vinsd {
      a.emit(CAsmMovq, .xmm0, value(i.rb, .rax), size: 8)
      first = 0
    } else {
      source = whole(r.b, .xmm0)
      first = 8
    }
    var (control, kept) = (~0 as UInt128, ~0 as UInt128)
    for byte in 0..<size {
      let shift = UInt128(8 * (low + byte))
      control = control & ~(0xFF << shift) | UInt128(first + byte) << shift
      kept &= ~(0xFF << shift)
    }
    apply(.shuffle, .xmm0, source, at: constant(control))
    let target = wholeTarget(r.t, .xmm1)
    apply(.and, target, whole(r.t, .xmm1), at: constant(kept))
    apply(.or, target, target, .xmm0)
    setWhole(r.t, target)
  }
}
