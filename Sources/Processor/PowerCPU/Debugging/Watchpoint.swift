import PowerISA

/// A range of effective addresses whose loads or stores interrupt, as a DAWR with its DAWRX or,
/// before 2.07, the DABR with its DABRX describes it (Book III chapter 9).
struct Watchpoint: Equatable {
  /// Effective addresses of the first and the last byte.
  var first: UInt64 = 0
  var last: UInt64 = 0
  var loads = false
  var stores = false
  /// Whether it matches accesses with MSR[DR] on, and those with it off.
  var translated = false
  var untranslated = false
  var problemState = false
  var privilegedState = false

  /// A watchpoint that matches nothing.
  init() {}

  /// - Parameters:
  ///   - dawr: the address in bits 0 to 60.
  ///   - dawrx: the number of doublewords less one in bits 48 to 53; DW, DR, WT and WTI in 57 to 60,
  ///     PNH and PRO in 62 and 63.
  init(dawr: UInt64, dawrx: UInt64) {
    self.init(
      first: dawr & ~7, doublewords: (dawrx >> 10 & 0x3F) + 1, loads: dawrx & 0x20 != 0,
      stores: dawrx & 0x40 != 0, translation: dawrx & 0x10 != 0, conditions: dawrx)
  }

  /// - Parameters:
  ///   - dabr: the address of a doubleword in bits 0 to 60; BT, DW and DR in 61 to 63.
  ///   - dabrx: BTI in bit 60, PNH and PRO in 62 and 63.
  init(dabr: UInt64, dabrx: UInt64) {
    self.init(
      first: dabr & ~7, doublewords: 1, loads: dabr & 1 != 0, stores: dabr & 2 != 0,
      translation: dabr & 4 != 0, conditions: dabrx)
  }

  /// A debugger's, which matches in every state.
  init(_ watch: DataWatch) {
    first = watch.address
    last = watch.address + (watch.count - 1)
    (loads, stores) = (watch.kind != .store, watch.kind != .load)
    (translated, untranslated, problemState, privilegedState) = (true, true, true, true)
  }

  /// - Parameter conditions: the bits that DAWRX and DABRX have in the same positions.
  private init(
    first: UInt64, doublewords: UInt64, loads: Bool, stores: Bool, translation: Bool,
    conditions: UInt64
  ) {
    self.first = first
    let (last, overflow) = first.addingReportingOverflow(doublewords * 8 - 1)
    self.last = overflow ? .max : last
    self.loads = loads
    self.stores = stores
    let ignoresTranslation = conditions & 8 != 0
    translated = ignoresTranslation || translation
    untranslated = ignoresTranslation || !translation
    privilegedState = conditions & 2 != 0
    problemState = conditions & 1 != 0
  }

  /// Whether an access can match.
  var isSet: Bool { (loads || stores) && (problemState || privilegedState) }

  /// The 4 KiB pages in which an access can match.
  var pages: PageRun {
    PageRun(first: first & ~0xFFF, count: isSet ? Int(last >> 12 &- first >> 12) + 1 : 0)
  }

  /// The first byte of an access that matches.
  /// - Parameter size: bytes, which do not go beyond the end of the address space; 0 for cache
  ///   management other than `dcbz`, which never matches.
  func match(_ ea: UInt64, size: Int, _ access: StorageAccess, msr: UInt64) -> UInt64? {
    guard size > 0, access == .store ? stores : loads,
      msr & MSR.dr != 0 ? translated : untranslated,
      msr & MSR.pr != 0 ? problemState : privilegedState,
      ea <= last, ea &+ UInt64(size - 1) >= first
    else { return nil }
    return max(ea, first)
  }
}
