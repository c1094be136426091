internal import CAsmJit
internal import PowerCPU

/// Looks up the page of a load that has no range, because there are more such loads than ranges.
enum PageLookup {
  private typealias Entries = DataTranslationLayout

  /// Emits a function. RAX is the effective address. The host's Z flag tells whether all bytes are in a
  /// page at hand; then RCX is what must be added to the address. RDX changes, and no other register.
  static func emit(_ a: HostAssembler, bytes: Int) {
    func entry(_ part: Int) -> HostMemory { HostMemory(.rbp, .rdx, part - HostMemory.bankOrigin) }
    let shift = Entries.stride.trailingZeroBitCount
    // The page of the last byte, so that an access which crosses into the next does not match.
    a.emit(CAsmLea, 8, .rcx, HostMemory(.rax, bytes - 1))
    a.emit(CAsmMov, 4, .rdx, .rax)
    a.emit(CAsmShr, 4, .rdx, Int64(12 - shift))
    a.emit(CAsmAnd, 4, .rdx, Int64((Entries.count - 1) << shift))
    a.emit(CAsmAnd, 8, .rcx, -4096)
    a.emit(CAsmCmp, 8, .rcx, entry(Entries.readTag))
    a.emit(CAsmMov, 8, .rcx, entry(Entries.addend))
    a.emit(CAsmRet)
  }
}
