internal import CAsmJit
internal import PowerCPU
internal import PowerJIT

/// Looks up the page of a load, or of a group of loads, that has no slot because there are more
/// loads than slots.
enum PageLookup {
  private typealias Entries = DataTranslationLayout

  /// Emits a function. RAX is the effective address. The host's Z flag is set if all bytes are in a
  /// cached page; then RCX is the distance from effective to host address. RDX changes, and no
  /// other register.
  static func emit(_ a: HostAssembler, bytes: Int) {
    // The page of the last byte, so that an access across the page's end does not match.
    a.emit(CAsmLea, 8, .rcx, HostMemory(.rax, bytes - 1))
    a.emit(CAsmMov, 4, .rdx, .rax)
    find(a, .rdx) { a.emit(CAsmRet) }
  }

  /// Emits a function for groups. RAX is the effective address of the first byte, RCX the number of
  /// bytes less one, RDX the offset of the slot from the first. The result is the same, and the
  /// slot's addend for the later accesses; the slot becomes empty. RAX and RDX change, and no other
  /// register.
  static func emitForGroups(_ a: HostAssembler) {
    a.emit(CAsmAdd, 8, .rcx, .rax)
    find(a, .rax) {
      let missing = a.label()
      a.jump(CAsmJne, missing)
      a.emit(CAsmMov, 8, AccessCacheLookup.slot(AccessCacheLayout.addend), .rcx)
      a.emit(CAsmMov, 8, AccessCacheLookup.slot(AccessCacheLayout.limit), 0)
      a.bind(missing)
      a.emit(CAsmRet)
    }
  }

  /// Looks for the page of the address in RCX in both ways of the entry for the page in a register.
  private static func find(_ a: HostAssembler, _ index: HostRegister, then end: () -> Void) {
    spread(a, index)
    a.emit(CAsmAnd, 8, .rcx, -4096)
    let secondWay = a.label()
    match(a, index, isStore: false, else: secondWay)
    end()
    a.bind(secondWay)
    a.emit(CAsmXor, 4, index, Int64(Entries.stride))
    match(a, index, isStore: false, else: nil)
    end()
  }

  /// Compares the page in RCX with that of the entry whose offset is in a register: the host's Z flag is set if
  /// they are equal, and then RCX is the distance from effective to host address.
  static func match(
    _ a: HostAssembler, _ index: HostRegister, isStore: Bool, else label: HostLabel?
  ) {
    func entry(_ part: Int) -> HostMemory {
      HostMemory(.rbp, index, (isStore ? Entries.stores : 0) + part - HostMemory.tlbOrigin)
    }
    a.emit(CAsmCmp, 8, .rcx, entry(isStore ? Entries.writeTag : Entries.readTag))
    if let label { a.jump(CAsmJne, label) }
    a.emit(CAsmMov, 8, .rcx, entry(Entries.addend))
  }

  /// Replaces an address in a register, of which the low 32 bits count, by its page's entry offset
  /// in bytes.
  static func spread(_ a: HostAssembler, _ address: HostRegister) {
    let shift = Entries.stride.trailingZeroBitCount
    a.emit(CAsmAnd, 4, address, -4096)
    a.emit(CAsmImul, 4, address, address, Int64(Entries.spread))
    a.emit(CAsmShr, 4, address, Int64(Entries.spreadShift - shift))
    a.emit(CAsmAnd, 4, address, Int64((Entries.count - 1) << shift))
  }
}
