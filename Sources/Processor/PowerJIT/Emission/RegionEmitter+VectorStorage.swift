internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Loads and stores of floating-point and vector-scalar registers.
extension RegionEmitter {
  func scalarStorage(_ o: Operation) {
    guard let form = o.storage else { return }
    let register = o.vsr.t
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let place = place(o, form, else: slow)
    if form.isStore, o.kind.isSingleStorage {
      single(register, else: slow)
      storeWord(.xmm1, place)
    } else if form.isStore {
      storeScalar(register, place, form.bytes)
    } else {
      loadScalar(o.kind, register, place, form.bytes, else: slow)
    }
    if form.updates { update(o.instruction.ra, form.address(o.instruction)) }
    a.bind(done)
    // The helper call for what is no number comes back here.
    if o.kind.isSingleStorage { addend = nil }
  }

  private func storeScalar(_ register: Int, _ place: HostMemory, _ size: Int32) {
    if isBigEndian {
      move(.rdx, scalar: register, size: size)
      a.emit(CAsmBswap, size, .rdx)
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
    _ kind: OperationKind, _ register: Int, _ place: HostMemory, _ size: Int32,
    else slow: HostLabel
  ) {
    let target = scalarTarget(register)
    if size == 8, !isBigEndian {
      a.emit(CAsmMovq, target, place, size: 8)
      return setScalar(register, target)
    }
    switch kind {
    case _ where kind.isSingleStorage:
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
      a.emit(CAsmCvtss2sd, .xmm0, .xmm0)
      setScalar(register, .xmm0)
    case .lfiwzx where !isBigEndian, .lxsiwzx where !isBigEndian:
      a.emit(CAsmMovd, target, place, size: 4)
      setScalar(register, target)
    default:
      a.emit(CAsmMov, size, .rdx, place)
      if isBigEndian { a.emit(CAsmBswap, size, .rdx) }
      if kind == .lfiwax || kind == .lxsiwax { a.extend(CAsmMovsxd, 8, .rdx, from: 4, .rdx) }
      setScalar(register, .rdx)
    }
  }

  func vectorStorage(_ o: Operation) {
    guard let form = o.storage else { return }
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    if form.isStore {
      a.emit(CAsmMovups, place, ordered(o.kind, whole(o.vsr.t, .xmm0), .xmm0))
    } else {
      let target = wholeTarget(o.vsr.t)
      if features.avx, !isBigEndian, let order = o.kind.wordOrder {
        a.emit(CAsmVpshufd, target, place, order)
      } else {
        a.emit(CAsmMovups, target, place)
        _ = ordered(o.kind, target, target)
      }
      setWhole(o.vsr.t, target)
    }
    a.bind(done)
  }

  /// The same doubleword or word everywhere.
  func loadSplat(_ o: Operation) {
    guard let form = o.storage else { return }
    let size = form.bytes
    let done = a.label()
    let place = place(o, form, else: rareHelperCall(o, backTo: done))
    a.emit(CAsmMov, size, .rdx, place)
    if isBigEndian { a.emit(CAsmBswap, size, .rdx) }
    a.emit(size == 8 ? CAsmMovq : CAsmMovd, .xmm0, .rdx, size: size)
    let target = wholeTarget(o.vsr.t)
    a.emit(CAsmPshufd, target, .xmm0, size == 8 ? 0x44 : 0)
    setWhole(o.vsr.t, target)
    a.bind(done)
  }

  /// Between the order of storage and the register's. Both ways are the same.
  /// - Returns: where the result is: `source`, or `target`.
  private func ordered(
    _ kind: OperationKind, _ source: HostVector, _ target: HostVector
  ) -> HostVector {
    switch kind {
    // Every element and all of them are the other way round: so is each byte.
    case _ where isBigEndian, .lxvb16x, .stxvb16x:
      apply(.shuffle, target, source, at: constant(Self.reversal))
    case .lxvh8x, .stxvh8x:
      apply(.shuffle, target, source, at: constant(0x0100_0302_0504_0706_0908_0B0A_0D0C_0F0E))
    default:
      guard let order = kind.wordOrder else { return source }
      a.emit(CAsmPshufd, target, source, order)
    }
    return target
  }
}

extension OperationKind {
  /// The order of words in little-endian storage, as `pshufd` has it, if it is not the register's.
  fileprivate var wordOrder: Int64? {
    switch self {
    case .lxvd2x, .stxvd2x: 0x4E
    case .lxvw4x, .stxvw4x: 0x1B
    default: nil
    }
  }

  /// Whether it converts between a word of storage and a single in double format.
  var isSingleStorage: Bool {
    switch self {
    case .lfs, .lfsu, .lfsx, .lfsux, .lxssp, .lxsspx, .stfs, .stfsu, .stfsx, .stfsux, .stxssp,
      .stxsspx:
      true
    default: false
    }
  }
}
