internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Loads and stores of floating-point and vector-scalar registers.
  static let vectorStorage: [HostCode] = [
    HostCode(
      [
        .lfd, .lfdx, .lfiwax, .lfiwzx, .lxsdx, .lxsd, .lxsiwax, .lxsiwzx, .lxsibzx, .lxsihzx, .plfd,
        .plxsd,
      ], [.isScalar, .sparesXMM3]
    ) { $0.scalarStorage($1) },
    HostCode(
      [
        .lfs, .lfsu, .lfsx, .lfsux, .lxssp, .lxsspx, .lfdu, .lfdux, .stfd, .stfdu, .stfdx, .stfdux,
        .stfiwx, .stfs, .stfsu, .stfsx, .stfsux, .stxsdx, .stxsd, .stxsiwx, .stxssp, .stxsspx,
        .stxsibx,
        .stxsihx, .plfs, .plxssp, .pstfd, .pstfs, .pstxsd, .pstxssp,
      ], .isScalar
    ) { $0.scalarStorage($1) },
    HostCode(
      [
        .lvx, .lvxl, .stvx, .stvxl, .lxvx, .lxv, .lxvd2x, .lxvw4x, .lxvh8x, .lxvb16x, .stxvx, .stxv,
        .stxvd2x, .stxvw4x, .stxvh8x, .stxvb16x, .plxv, .pstxv,
      ], .sparesXMM3, needs: { $0.sse41 }
    ) { $0.vectorStorage($1) },
    HostCode(
      [.lxvp, .lxvpx, .plxvp, .stxvp, .stxvpx, .pstxvp], .sparesXMM3, needs: { $0.sse41 }
    ) { $0.pairStorage($1) },
    HostCode([.lxvrbx, .lxvrhx, .lxvrwx, .lxvrdx], .sparesXMM3) { $0.loadRightmost($1) },
    HostCode([.stxvrbx, .stxvrhx, .stxvrwx, .stxvrdx], .sparesXMM3) { $0.storeRightmost($1) },
    HostCode([.lxvdsx, .lxvwsx], .sparesXMM3) { $0.loadSplat($1) },
    HostCode([.lxvl, .lxvll], .sparesXMM3, needs: { $0.sse41 }) { $0.loadLength($1) },
    HostCode([.stxvl, .stxvll], .sparesXMM3, needs: { $0.sse41 }) { $0.storeLength($1) },
  ]
}

// Loads and stores of floating-point and vector-scalar registers.
extension RegionEmitter {
  func scalarStorage(_ o: Operation) {
    guard let form = o.storage else { return }
    let register = o.vsr.t
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let place = place(o, form, else: slow)
    if form.isStore, form.isSingle {
      single(register, else: slow)
      storeWord(.xmm1, place)
    } else if form.isStore {
      storeScalar(register, place, form.bytes)
    } else {
      loadScalar(form, register, place, else: slow)
    }
    if form.updates { update(o.instruction.ra, o.address) }
    a.bind(done)
    // The helper call for what is no number comes back here.
    if form.isSingle { addend = nil }
  }

  func storeScalar(_ register: Int, _ place: HostMemory, _ size: Int32) {
    if isBigEndian || size < 4 {
      move(.rdx, scalar: register, size: max(size, 4))
      if isBigEndian { swapBytes(.rdx, size) }
      a.emit(CAsmMov, size, place, .rdx)
    } else {
      a.emit(
        size == 8 ? CAsmMovq : CAsmMovd, place, scalar(register, .xmm0), size: size)
    }
  }

  private func storeWord(_ source: HostVector, _ place: HostMemory) {
    guard isBigEndian else { return a.emit(CAsmMovd, place, source, size: 4) }
    a.emit(CAsmMovd, .rdx, source, size: 4)
    a.emit(CAsmBswap, 4, .rdx)
    a.emit(CAsmMov, 4, place, .rdx)
  }

  private func loadScalar(
    _ form: StorageShape, _ register: Int, _ place: HostMemory, else slow: HostLabel
  ) {
    let size = form.bytes
    let target = scalarTarget(register)
    if size == 8, !isBigEndian {
      a.emit(CAsmMovq, target, place, size: 8)
      return setScalar(register, target)
    }
    if form.isSingle {
      if isBigEndian {
        a.emit(CAsmMov, 4, .rdx, place)
        a.emit(CAsmBswap, 4, .rdx)
        a.emit(CAsmMovd, .xmm0, .rdx, size: 4)
      } else {
        a.emit(CAsmMovd, .xmm0, place, size: 4)
      }
      // The host makes a signalling NaN quiet.
      a.emit(CAsmUcomiss, .xmm0, .xmm0)
      a.jump(CAsmJp, slow)
      setSingle(register, .xmm0)
    } else if size == 4, !form.isAlgebraic, !isBigEndian {
      a.emit(CAsmMovd, target, place, size: 4)
      setScalar(register, target)
    } else {
      loadUnsigned(.rdx, size, place)
      if form.isAlgebraic { a.extend(CAsmMovsxd, 8, .rdx, from: 4, .rdx) }
      setScalar(register, .rdx)
    }
  }

  func vectorStorage(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    if form.isStore {
      a.emit(CAsmMovups, place, ordered(form, whole(o.vsr.t, .xmm0), .xmm0))
    } else {
      let target = wholeTarget(o.vsr.t)
      if features.avx, !isBigEndian, let order = form.wordOrder {
        a.emit(CAsmVpshufd, target, place, order)
      } else {
        a.emit(CAsmMovups, target, place)
        _ = ordered(form, target, target)
      }
      setWhole(o.vsr.t, target)
    }
    a.bind(done)
  }

  /// `lxvp`, `stxvp` and the like: two registers, the one with the lower number at the end that has the most
  /// significant byte.
  func pairStorage(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    let first = o.vsr.t
    for (offset, number) in [
      (0, isBigEndian ? first : first + 1), (16, isBigEndian ? first + 1 : first),
    ] {
      let place = place.advanced(by: offset)
      if form.isStore {
        a.emit(CAsmMovups, place, ordered(form, whole(number, .xmm0), .xmm0))
      } else {
        let target = wholeTarget(number)
        a.emit(CAsmMovups, target, place)
        _ = ordered(form, target, target)
        setWhole(number, target)
      }
    }
    a.bind(done)
  }

  /// An element into the lowest bytes, with zeros above.
  func loadRightmost(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    let target = wholeTarget(o.vsr.t)
    if form.bytes == 8, !isBigEndian {
      a.emit(CAsmMovq, target, place, size: 8)
    } else {
      loadUnsigned(.rdx, form.bytes, place)
      a.emit(CAsmMovq, target, .rdx, size: 8)
    }
    setWhole(o.vsr.t, target)
    a.bind(done)
  }

  func storeRightmost(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    a.emit(CAsmMovq, .rdx, whole(o.vsr.t, .xmm0), size: 8)
    if isBigEndian { swapBytes(.rdx, form.bytes) }
    a.emit(CAsmMov, form.bytes, place, .rdx)
    a.bind(done)
  }

  /// The same doubleword or word everywhere.
  func loadSplat(_ o: Operation) {
    guard let form = o.storage else { return }
    let size = form.bytes
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    loadUnsigned(.rdx, size, place)
    a.emit(size == 8 ? CAsmMovq : CAsmMovd, .xmm0, .rdx, size: size)
    let target = wholeTarget(o.vsr.t)
    a.emit(CAsmPshufd, target, .xmm0, size == 8 ? 0x44 : 0)
    setWhole(o.vsr.t, target)
    a.bind(done)
  }

  /// Between the order of storage and the register's. Both ways are the same.
  /// - Returns: where the result is: `source`, or `target`.
  private func ordered(
    _ form: StorageShape, _ source: HostVector, _ target: HostVector
  ) -> HostVector {
    if isBigEndian || form.elementBytes == 1 {
      // The elements and the bytes within them are in the other order: so is every byte.
      apply(.shuffle, target, source, at: constant(Self.reversal))
    } else if form.elementBytes == 2 {
      apply(.shuffle, target, source, at: constant(0x0100_0302_0504_0706_0908_0B0A_0D0C_0F0E))
    } else if let order = form.wordOrder {
      a.emit(CAsmPshufd, target, source, order)
    } else {
      return source
    }
    return target
  }
}

extension StorageShape {
  /// The order of words in little-endian storage, as `pshufd` has it, if it is not the register's.
  fileprivate var wordOrder: Int64? {
    switch elementBytes {
    case 8: 0x4E
    case 4: 0x1B
    default: nil
    }
  }
}
