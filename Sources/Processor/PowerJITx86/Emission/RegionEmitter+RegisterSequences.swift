internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Loads and stores of two or more general or floating-point registers.
  static let registerSequences: [HostCode] = [
    // A base that is the even register is an invalid form.
    HostCode([.lq, .plq], where: { $0.rt != $0.ra }) { $0.loadQuadword($1) },
    HostCode([.stq, .pstq]) { $0.storeQuadword($1) },
    HostCode([.lfdp, .lfdpx, .stfdp, .stfdpx], .isScalar) { $0.floatPairStorage($1) },
    HostCode([.lmw]) { $0.loadWords($1, $1.wordsToLast, .displacement($1.instruction.d)) },
    HostCode([.stmw]) { $0.storeWords($1, $1.wordsToLast, .displacement($1.instruction.d)) },
    HostCode([.lswi], where: { !$0.loadsBase }) {
      $0.loadWords($1, $1.instruction.byteCount, .displacement(0))
    },
    HostCode([.stswi]) { $0.storeWords($1, $1.instruction.byteCount, .displacement(0)) },
  ]
}

extension Instruction {
  /// NB, in which 0 stands for 32.
  fileprivate var byteCount: Int { nb == 0 ? 32 : Int(nb) }

  /// Whether RA is one of the registers that `lswi` loads.
  fileprivate var loadsBase: Bool {
    (ra.number + 32 - rt.number) % 32 < (byteCount + 3) / 4
  }
}

extension Operation {
  /// Bytes of `lmw` and `stmw`.
  fileprivate var wordsToLast: Int { 4 * (32 - instruction.rt.number) }
}

// Book I 3.3.4.1, 3.3.7, 3.3.8 and 4.6.2.
extension RegionEmitter {
  /// The registers of `lq` and the like, that at the lower address first: the even one has the more significant
  /// doubleword, but with a prefix always the lower address.
  private func pair(_ o: Operation) -> [GPR] {
    let even = o.instruction.rt
    return isBigEndian || o.instruction.isPrefixed ? [even, even.next] : [even.next, even]
  }

  func loadQuadword(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    let pair = pair(o)
    // The address may be made of RAX and of one of the registers.
    loadUnsigned(.rdx, 8, place)
    loadUnsigned(.rax, 8, place.advanced(by: 8))
    set(pair[0], .rdx)
    set(pair[1], .rax)
    a.bind(done)
  }

  func storeQuadword(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    for (offset, register) in zip([0, 8], pair(o)) {
      store(8, place.advanced(by: offset), register, swaps: isBigEndian)
    }
    a.bind(done)
  }

  func floatPairStorage(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    for (offset, index) in [(isBigEndian ? 0 : 8, 0), (isBigEndian ? 8 : 0, 1)] {
      let (place, register) = (place.advanced(by: offset), o.vsr.t + index)
      if form.isStore {
        storeScalar(register, place, 8)
      } else {
        loadUnsigned(.rdx, 8, place)
        setScalar(register, .rdx)
      }
    }
    a.bind(done)
  }

  // MARK: words; storage that is not big-endian raises an interrupt

  /// `lmw`, `lswi`: words of zero-extended bytes, the last filled up with zeros.
  func loadWords(_ o: Operation, _ bytes: Int, _ address: StorageAddress) {
    guard isBigEndian else { return helperCall(o) }
    let done = a.label()
    bytesAddress(o, bytes, address, isStore: false, else: rareHelperCall(o, backTo: done))
    var register = o.instruction.rt
    for offset in stride(from: 0, to: bytes, by: 4) {
      let rest = Int32(min(4, bytes - offset))
      let place = HostMemory(.rcx, offset)
      let target = target(register, .rdx)
      if rest == 3 {
        loadUnsigned(.rdx, 2, place)
        loadUnsigned(.rax, 1, place.advanced(by: 2))
        a.emit(CAsmShl, 4, .rdx, 8)
        a.emit(CAsmOr, 4, .rdx, .rax)
        a.emit(CAsmShl, 4, .rdx, 8)
        set(register, .rdx)
      } else {
        loadUnsigned(target, rest, place)
        if rest < 4 { a.emit(CAsmShl, 4, target, Int64(8 * (4 - rest))) }
        set(register, target)
      }
      register = register.next
    }
    a.bind(done)
  }

  /// `stmw`, `stswi`.
  func storeWords(_ o: Operation, _ bytes: Int, _ address: StorageAddress) {
    guard isBigEndian else { return helperCall(o) }
    let done = a.label()
    bytesAddress(o, bytes, address, isStore: true, else: rareHelperCall(o, backTo: done))
    var register = o.instruction.rs
    for offset in stride(from: 0, to: bytes, by: 4) {
      let place = HostMemory(.rcx, offset)
      if bytes - offset >= 4 {
        store(4, place, register, swaps: true)
      } else {
        load(.rdx, register, size: 4)
        for byte in 0..<bytes - offset {
          a.emit(CAsmRol, 4, .rdx, 8)
          a.emit(CAsmMov, 1, place.advanced(by: byte), .rdx)
        }
      }
      register = register.next
    }
    a.bind(done)
  }

  /// The host address of bytes of one page, into RCX; of words, that are aligned.
  private func bytesAddress(
    _ o: Operation, _ bytes: Int, _ address: StorageAddress, isStore: Bool, else slow: HostLabel
  ) {
    effectiveAddress(address, o.instruction)
    if o.kind == .lmw || o.kind == .stmw {
      a.emit(CAsmTest, 4, .rax, 3)
      a.jump(CAsmJne, slow)
    }
    a.emit(CAsmMov, 4, .rcx, .rax)
    a.emit(CAsmAnd, 4, .rcx, 0xFFF)
    a.emit(CAsmCmp, 4, .rcx, Int64(0x1000 - bytes))
    a.jump(CAsmJa, slow)
    hostAddress(bytes: 1, isStore: isStore, else: slow)
    a.emit(CAsmAdd, 8, .rcx, .rax)
  }
}
