internal import CAsmJit
internal import PowerCPU

/// Looks up the page of a load, or of a group of loads, that has no range, because there are more of
/// them than ranges.
enum PageLookup {
  private typealias Entries = DataTranslationLayout

  /// Emits a function. RAX is the effective address. The host's Z flag tells whether all bytes are in a
  /// page at hand; then RCX is what must be added to the address. RDX changes, and no other register.
  static func emit(_ a: HostAssembler, bytes: Int) {
    // The page of the last byte, so that an access which crosses into the next does not match.
    a.emit(CAsmLea, 8, .rcx, HostMemory(.rax, bytes - 1))
    a.emit(CAsmMov, 4, .rdx, .rax)
    find(a, .rdx) { a.emit(CAsmRet) }
  }

  /// Emits a function for groups. RAX is the effective address of the first byte, RCX the number of
  /// bytes less one, RDX the number of the range as its distance from the first. The result is the same,
  /// and the range's addend, for those that come after the first; the range becomes empty. RAX and
  /// RDX change, and no other register.
  static func emitForGroups(_ a: HostAssembler) {
    a.emit(CAsmAdd, 8, .rcx, .rax)
    find(a, .rax) {
      let missing = a.label()
      a.jump(CAsmJne, missing)
      a.emit(CAsmMov, 8, RangeLookup.range(StorageRangeLayout.addend), .rcx)
      a.emit(CAsmMov, 8, RangeLookup.range(StorageRangeLayout.limit), 0)
      a.bind(missing)
      a.emit(CAsmRet)
    }
  }

  /// Looks for the page of the address in RCX among the entries for the page of that in a register.
  private static func find(_ a: HostAssembler, _ index: HostRegister, then end: () -> Void) {
    func entry(_ part: Int) -> HostMemory { HostMemory(.rbp, index, part - HostMemory.bankOrigin) }
    func compare(else label: HostLabel?) {
      a.emit(CAsmCmp, 8, .rcx, entry(Entries.readTag))
      if let label { a.jump(CAsmJne, label) }
      a.emit(CAsmMov, 8, .rcx, entry(Entries.addend))
      end()
    }
    spread(a, index)
    a.emit(CAsmAnd, 8, .rcx, -4096)
    let beside = a.label()
    compare(else: beside)
    a.bind(beside)
    a.emit(CAsmXor, 4, index, Int64(Entries.stride))
    compare(else: nil)
  }

  /// Makes of an address in a register, of which the low 32 bits count, where its page has its entry, in
  /// bytes.
  static func spread(_ a: HostAssembler, _ address: HostRegister) {
    let shift = Entries.stride.trailingZeroBitCount
    a.emit(CAsmAnd, 4, address, -4096)
    a.emit(CAsmImul, 4, address, address, Int64(Entries.spread))
    a.emit(CAsmShr, 4, address, Int64(Entries.spreadShift - shift))
    a.emit(CAsmAnd, 4, address, Int64((Entries.count - 1) << shift))
  }
}
