internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// Loads and stores of floating-point and vector-scalar registers.
extension RegionEmitter {
  /// The state's place of a vector-scalar register.
  func vsr(_ number: Int) -> HostMemory { state(StateOffset.vsr + 16 * number) }
  /// Its doubleword 0, where a floating-point register is.
  func doubleword0(_ number: Int) -> HostMemory { state(StateOffset.vsr + 16 * number + 8) }
  func doubleword1(_ number: Int) -> HostMemory { vsr(number) }

  /// Sets doubleword 0, and clears doubleword 1.
  func setScalar(_ number: Int, _ source: HostRegister) {
    a.emit(CAsmMov, 8, doubleword0(number), source)
    a.emit(CAsmMov, 8, doubleword1(number), 0)
  }

  /// What the name of a scalar access tells.
  private func scalarForm(_ o: Operation) -> (register: Int, StorageForm.Address) {
    let i = o.instruction
    switch o.kind {
    case .lfd, .lfdu, .stfd, .stfdu, .lfs, .lfsu: return (i.frt.number, .displacement(i.d))
    case .lxsd, .stxsd: return (32 + i.vrt.number, .displacement(i.ds))
    case .lxsdx, .lxsiwax, .lxsiwzx, .stxsdx, .stxsiwx: return (i.xt.number, .indexed)
    default: return (i.frt.number, .indexed)
    }
  }

  func scalarStorage(_ o: Operation) {
    let i = o.instruction
    let (register, address) = scalarForm(o)
    let isStore = o.kind.rawValue.hasPrefix("st")
    let isWord: Bool =
      switch o.kind {
      case .lfiwax, .lfiwzx, .stfiwx, .lxsiwax, .lxsiwzx, .stxsiwx, .lfs, .lfsu, .lfsx, .lfsux: true
      default: false
      }
    let size: Int32 = isWord ? 4 : 8
    effectiveAddress(address, i)
    let done = a.label()
    let slow = rareDetour(o, backTo: done)
    hostAddress(bytes: Int(size), isStore: isStore, else: slow)
    let place = HostMemory(.rcx, .rax)
    if isStore {
      a.emit(CAsmMov, size, .rdx, doubleword0(register))
      if isBigEndian { a.emit(CAsmBswap, size, .rdx) }
      a.emit(CAsmMov, size, place, .rdx)
    } else {
      a.emit(CAsmMov, size, .rdx, place)
      if isBigEndian { a.emit(CAsmBswap, size, .rdx) }
      switch o.kind {
      case .lfiwax, .lxsiwax: a.extend(CAsmMovsxd, 8, .rdx, from: 4, .rdx)
      case .lfs, .lfsu, .lfsx, .lfsux:
        a.emit(CAsmMovd, .xmm0, .rdx, size: 4)
        // The host makes a signalling NaN quiet.
        a.emit(CAsmUcomiss, .xmm0, .xmm0)
        a.jump(CAsmJp, slow)
        a.emit(CAsmCvtss2sd, .xmm0, .xmm0)
        a.emit(CAsmMovq, doubleword0(register), .xmm0, size: 8)
        a.emit(CAsmMov, 8, doubleword1(register), 0)
      default: break
      }
      switch o.kind {
      case .lfs, .lfsu, .lfsx, .lfsux: break
      default: setScalar(register, .rdx)
      }
    }
    switch o.kind {
    case .lfdu, .lfdux, .stfdu, .stfdux, .lfsu, .lfsux: set(i.ra, .rax)
    default: break
    }
    a.bind(done)
  }

  func vectorStorage(_ o: Operation) {
    let i = o.instruction
    let isStore = o.kind.rawValue.hasPrefix("st")
    var register = i.xt.number
    switch o.kind {
    case .lvx, .lvxl, .stvx, .stvxl:
      register = 32 + i.vrt.number
      effectiveAddress(.indexed, i)
      a.emit(CAsmAnd, 8, .rax, -16)
    case .lxv, .stxv:
      register = i.xtDQ.number
      effectiveAddress(.displacement(i.dq), i)
    default: effectiveAddress(.indexed, i)
    }
    let done = a.label()
    hostAddress(bytes: 16, isStore: isStore, else: rareDetour(o, backTo: done))
    let place = HostMemory(.rcx, .rax)
    if isStore {
      a.emit(CAsmMovdqu, .xmm0, vsr(register))
      orderElements(o.kind)
      a.emit(CAsmMovdqu, place, .xmm0)
    } else {
      a.emit(CAsmMovdqu, .xmm0, place)
      orderElements(o.kind)
      a.emit(CAsmMovdqu, vsr(register), .xmm0)
    }
    a.bind(done)
  }

  /// Between the order of storage and the register's, for XMM0. Both ways are the same.
  private func orderElements(_ kind: OperationKind) {
    if isBigEndian {
      // Every element and all of them are the other way round: so is each byte.
      a.move(.rdx, constant: 0x0001_0203_0405_0607)
      a.emit(CAsmMovq, .xmm1, .rdx, size: 8)
      a.move(.rdx, constant: 0x0809_0A0B_0C0D_0E0F)
      a.emit(CAsmMovq, .xmm2, .rdx, size: 8)
      a.emit(CAsmPunpcklqdq, .xmm2, .xmm1)
      a.emit(CAsmPshufb, .xmm0, .xmm2)
      return
    }
    switch kind {
    case .lxvd2x, .stxvd2x: a.emit(CAsmPshufd, .xmm0, .xmm0, 0x4E)
    case .lxvw4x, .stxvw4x: a.emit(CAsmPshufd, .xmm0, .xmm0, 0x1B)
    default: break
    }
  }
}
