import PowerISA

/// A cached data translation of one 4 KiB effective page.
struct DataTranslation {
  /// Effective page when loads are allowed, else ``ProcessorState/noPage``.
  var readTag = ProcessorState.noPage
  /// Effective page when stores are allowed, the change bit is set and the page has no mark.
  var writeTag = ProcessorState.noPage
  /// Host address minus effective address, modulo 2^64.
  var addend: UInt64 = 0
  /// Real page address.
  var real = ProcessorState.noPage

  /// Effective page.
  var page: UInt64 { min(readTag, writeTag) }
}

/// A cached fetch translation of one 4 KiB effective page.
struct FetchTranslation {
  var tag = ProcessorState.noPage
  var page: UnsafeMutablePointer<DecodedEntry>?
}

/// What a cached translation depends on besides the page table itself.
struct TranslationContext: Equatable {
  /// The MSR bits that matter: PR, IR, DR, LE.
  var msr: UInt64
  /// In problem state.
  var pid: UInt64
  var amr: UInt64
  var iamr: UInt64

  /// For places in a table.
  var hash: Int {
    let bits = msr ^ msr >> 13 ^ pid &* 0x9E37_79B9 ^ amr >> 60 ^ iamr >> 59
    return Int(truncatingIfNeeded: bits ^ bits >> 6)
  }
}

/// An entry of a ``TranslationBank``.
extension UnsafeMutablePointer<DataTranslation> {
  /// The entry where what another page displaces goes. The halves of a bank are aligned to a pair.
  var beside: Self {
    let bit = UInt(MemoryLayout<DataTranslation>.stride)
    return Self(bitPattern: UInt(bitPattern: self) ^ bit).unsafelyUnwrapped
  }

  /// Fills the entry. The translation it had goes beside, unless what is there has its own place there.
  func fill(_ translation: DataTranslation) {
    let (old, other) = (pointee.page, beside.pointee.page)
    let isFree = other == ProcessorState.noPage || (old ^ other) >> 12 & 1 == 0
    if isFree, old != ProcessorState.noPage, old != translation.page { beside.pointee = pointee }
    pointee = translation
  }

  /// Empties the entry if it is an effective page's.
  func forget(_ page: UInt64) {
    if pointee.readTag == page || pointee.writeTag == page { pointee = DataTranslation() }
  }

  /// Takes back what the entry had before, if that allows an access to a page.
  func recall(_ page: UInt64, _ access: StorageAccess) -> Bool {
    let former = beside.pointee
    guard (access == .store ? former.writeTag : former.readTag) == page else { return false }
    beside.pointee = pointee
    pointee = former
    return true
  }
}

/// The cached translations of one context. A bank is reused when its context comes back, so that
/// system calls and key changes cost no refill.
///
/// Loads and stores have entries of their own, the stores' after the loads', so that the two sides
/// of a copy never push each other out. After both come the ranges of translated code.
struct TranslationBank {
  static let dataCount = 1024
  static let fetchCount = 256

  var context: TranslationContext?
  /// Whether any effective address, or one of quadrant 0, has been translated since they were
  /// forgotten.
  private(set) var isEmpty = true
  private var holdsQuadrant0 = false
  /// Value of the processor's bank clock when the bank was last entered.
  var lastUse: UInt64 = 0
  let data: UnsafeMutablePointer<DataTranslation>
  let fetch: UnsafeMutablePointer<FetchTranslation>
  let ranges: StorageRanges

  init() {
    let entryBytes = 2 * Self.dataCount * MemoryLayout<DataTranslation>.stride
    let all = UnsafeMutableRawPointer.allocate(
      byteCount: entryBytes + StorageRanges.byteCount, alignment: 64)
    data = all.bindMemory(to: DataTranslation.self, capacity: 2 * Self.dataCount)
    data.initialize(repeating: DataTranslation(), count: 2 * Self.dataCount)
    ranges = StorageRanges(at: all + entryBytes)
    fetch = .allocate(capacity: Self.fetchCount)
    fetch.initialize(repeating: FetchTranslation(), count: Self.fetchCount)
  }

  func deallocate() {
    UnsafeMutableRawPointer(data).deallocate()
    fetch.deallocate()
  }

  mutating func invalidate() {
    guard !isEmpty else { return }
    (isEmpty, holdsQuadrant0) = (true, false)
    data.update(repeating: DataTranslation(), count: 2 * Self.dataCount)
    ranges.clear()
    fetch.update(repeating: FetchTranslation(), count: Self.fetchCount)
  }

  /// Forgets what maps the effective pages.
  func invalidate(_ pages: PageRun) {
    guard !isEmpty else { return }
    ranges.clear()
    for page in pages {
      let loads = data + Self.place(ofPage: page, isStore: false)
      let stores = loads + Self.dataCount
      loads.forget(page)
      loads.beside.forget(page)
      stores.forget(page)
      stores.beside.forget(page)
      let place = fetch + (Int(truncatingIfNeeded: page >> 12) & (Self.fetchCount - 1))
      if place.pointee.tag == page { place.pointee = FetchTranslation() }
    }
  }

  /// What spreads pages over places: those that are powers of two apart are used together often.
  static let spread: UInt32 = 0x9E377
  /// Bits of a page times ``spread`` below its place.
  static let spreadShift = 32 - dataCount.trailingZeroBitCount

  /// The index of the entry where an effective page has its place.
  @inline(__always)
  static func place(ofPage page: UInt64, isStore: Bool) -> Int {
    let index = Int((UInt32(truncatingIfNeeded: page) &* spread) >> UInt32(spreadShift))
    return isStore ? index + dataCount : index
  }

  /// Must be called when an effective address has been translated.
  mutating func noteFilled(_ ea: UInt64) {
    isEmpty = false
    if ea >> 62 == 0 { holdsQuadrant0 = true }
  }

  var isPrivileged: Bool { context.map { $0.msr & MSR.pr == 0 } ?? false }

  /// Whether it may hold what a process has for itself.
  /// - Parameter current: whether it is the processor's current one.
  func mayHold(process: UInt64, isCurrent: Bool) -> Bool {
    isPrivileged ? isCurrent : context?.pid == process
  }

  /// Forgets what maps effective addresses of quadrant 0, which each process has for itself.
  mutating func invalidateQuadrant0() {
    guard holdsQuadrant0 else { return }
    holdsQuadrant0 = false
    ranges.clear()
    for index in 0..<2 * Self.dataCount
    where min(data[index].readTag, data[index].writeTag) >> 62 == 0 {
      data[index] = DataTranslation()
    }
    for index in 0..<Self.fetchCount where fetch[index].tag >> 62 == 0 {
      fetch[index] = FetchTranslation()
    }
  }

  /// Forgets what leads to a page of decoded code.
  func forgetFetches(from page: UnsafeMutablePointer<DecodedEntry>) {
    for index in 0..<Self.fetchCount where fetch[index].page == page {
      fetch[index] = FetchTranslation()
    }
  }

  /// Makes every store take the slow path, once at least.
  func forbidWrites() {
    ranges.clear()
    for index in Self.dataCount..<2 * Self.dataCount {
      data[index].writeTag = ProcessorState.noPage
    }
  }

  /// Makes every store to the real page take the slow path.
  func forbidWrites(real: UInt64) {
    ranges.clear()
    for index in Self.dataCount..<2 * Self.dataCount where data[index].real == real {
      data[index].writeTag = ProcessorState.noPage
    }
  }
}
