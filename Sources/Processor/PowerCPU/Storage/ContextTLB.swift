import PowerISA

/// A cached data translation of one 4 KiB effective page.
struct DataTranslation {
  /// Effective page when loads are allowed, else ``ProcessorState/noPage``.
  var readTag = ProcessorState.noPage
  /// Effective page when stores are allowed, the change bit is set and the page has no tag.
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

/// The state that a cached translation depends on, besides the page table.
struct TranslationContext: Equatable {
  /// The MSR bits that translation depends on: SF, PR, IR, DR, LE. In 32-bit mode a TLB has no page beyond
  /// 4 GiB, so that no access continues there.
  var msr: UInt64
  /// Zero in privileged state.
  var pid: UInt64
  var amr: UInt64
  var iamr: UInt64

  /// A hash to select places in tables.
  var hash: Int {
    let bits = msr ^ msr >> 13 ^ pid &* 0x9E37_79B9 ^ amr >> 60 ^ iamr >> 59
    return Int(truncatingIfNeeded: bits ^ bits >> 6)
  }
}

/// An entry of a ``ContextTLB``.
extension UnsafeMutablePointer<DataTranslation> {
  /// The second way of the entry. The halves of a TLB are aligned to a pair.
  var secondWay: Self {
    let bit = UInt(MemoryLayout<DataTranslation>.stride)
    return Self(bitPattern: UInt(bitPattern: self) ^ bit).unsafelyUnwrapped
  }

  /// Fills the entry. A displaced translation moves to the second way, unless that entry has its
  /// first way there.
  func fill(_ translation: DataTranslation) {
    let (old, other) = (pointee.page, secondWay.pointee.page)
    let isFree = other == ProcessorState.noPage || (old ^ other) >> 12 & 1 == 0
    if isFree, old != ProcessorState.noPage, old != translation.page { secondWay.pointee = pointee }
    pointee = translation
  }

  /// Empties the entry if it belongs to an effective page.
  func forget(_ page: UInt64) {
    if pointee.readTag == page || pointee.writeTag == page { pointee = DataTranslation() }
  }

  /// Moves a translation back from the second way, if it allows an access to a page.
  func recall(_ page: UInt64, _ access: StorageAccess) -> Bool {
    let former = secondWay.pointee
    guard (access == .store ? former.writeTag : former.readTag) == page else { return false }
    secondWay.pointee = pointee
    pointee = former
    return true
  }
}

/// The cached translations of one context. A TLB is used again when its context returns, so that
/// system calls and key changes cost no refill.
///
/// Loads and stores have separate entries, the stores' after the loads', so that source and
/// destination of a copy never displace each other. The slots of translated code follow both.
struct ContextTLB {
  static let dataCount = 4096
  static let fetchCount = 256

  var context: TranslationContext?
  /// Whether any effective address has been translated since the last invalidation.
  private(set) var isEmpty = true
  /// The pages of quadrant 0 that have been translated since the last invalidation of these: a process usually runs
  /// for such a short time that there are few.
  private let quadrant0: UnsafeMutablePointer<UInt64>
  /// Their number; more than ``quadrant0Limit`` when they are not all known.
  private var quadrant0Count = 0
  private static let quadrant0Limit = 128
  /// Value of the processor's TLB clock when the TLB was last entered.
  let lastUse: UnsafeMutablePointer<UInt64>
  let data: UnsafeMutablePointer<DataTranslation>
  let fetch: UnsafeMutablePointer<FetchTranslation>
  let accessCache: AccessCache

  init() {
    let entryBytes = 2 * Self.dataCount * MemoryLayout<DataTranslation>.stride
    let all = UnsafeMutableRawPointer.allocate(
      byteCount: entryBytes + AccessCache.byteCount, alignment: 64)
    data = all.bindMemory(to: DataTranslation.self, capacity: 2 * Self.dataCount)
    data.initialize(repeating: DataTranslation(), count: 2 * Self.dataCount)
    accessCache = AccessCache(at: all + entryBytes)
    quadrant0 = .allocate(capacity: Self.quadrant0Limit)
    quadrant0.initialize(repeating: 0, count: Self.quadrant0Limit)
    lastUse = .allocate(capacity: 1)
    lastUse.initialize(to: 0)
    fetch = .allocate(capacity: Self.fetchCount)
    fetch.initialize(repeating: FetchTranslation(), count: Self.fetchCount)
  }

  func deallocate() {
    UnsafeMutableRawPointer(data).deallocate()
    quadrant0.deallocate()
    lastUse.deallocate()
    fetch.deallocate()
  }

  mutating func invalidate() {
    guard !isEmpty else { return }
    (isEmpty, quadrant0Count) = (true, 0)
    data.update(repeating: DataTranslation(), count: 2 * Self.dataCount)
    accessCache.clear()
    fetch.update(repeating: FetchTranslation(), count: Self.fetchCount)
  }

  /// Invalidates the translations of effective pages.
  func invalidate(_ pages: PageRun) {
    guard !isEmpty else { return }
    accessCache.clear()
    for page in pages { forget(page) }
  }

  private func forget(_ page: UInt64) {
    let loads = data + Self.place(ofPage: page, isStore: false)
    let stores = loads + Self.dataCount
    loads.forget(page)
    loads.secondWay.forget(page)
    stores.forget(page)
    stores.secondWay.forget(page)
    let place = fetch + (Int(truncatingIfNeeded: page >> 12) & (Self.fetchCount - 1))
    if place.pointee.tag == page { place.pointee = FetchTranslation() }
  }

  /// Multiplier that distributes pages over the entries: pages at distances of powers of two are
  /// used together often.
  static let spread: UInt32 = 0x9E377
  /// Number of bits of a page times ``spread`` below the index.
  static let spreadShift = 32 - dataCount.trailingZeroBitCount

  /// The index of the entry of an effective page.
  @inline(__always)
  static func place(ofPage page: UInt64, isStore: Bool) -> Int {
    let index = Int((UInt32(truncatingIfNeeded: page) &* spread) >> UInt32(spreadShift))
    return isStore ? index + dataCount : index
  }

  /// Must be called when an effective address has been translated.
  mutating func noteFilled(_ ea: UInt64) {
    isEmpty = false
    guard ea >> 62 == 0 else { return }
    if quadrant0Count < Self.quadrant0Limit { quadrant0[quadrant0Count] = ea & ~0xFFF }
    quadrant0Count += 1
  }

  var isPrivileged: Bool { context.map { $0.msr & MSR.pr == 0 } ?? false }

  /// Whether the TLB may hold translations of quadrant 0 of a process.
  /// - Parameter current: whether it is the processor's current one.
  func mayHold(process: UInt64, isCurrent: Bool) -> Bool {
    isPrivileged ? isCurrent : context?.pid == process
  }

  /// Invalidates the translations of quadrant 0, which are private to each process.
  mutating func invalidateQuadrant0() {
    guard quadrant0Count > 0 else { return }
    let count = quadrant0Count
    quadrant0Count = 0
    accessCache.clear()
    if count <= Self.quadrant0Limit { return (0..<count).forEach { forget(quadrant0[$0]) } }
    for index in 0..<2 * Self.dataCount
    where min(data[index].readTag, data[index].writeTag) >> 62 == 0 {
      data[index] = DataTranslation()
    }
    for index in 0..<Self.fetchCount where fetch[index].tag >> 62 == 0 {
      fetch[index] = FetchTranslation()
    }
  }

  /// Invalidates fetch translations that lead to a page of decoded code.
  func forgetFetches(from page: UnsafeMutablePointer<DecodedEntry>) {
    for index in 0..<Self.fetchCount where fetch[index].page == page {
      fetch[index] = FetchTranslation()
    }
  }

  /// Makes the next store to every page take the slow path.
  func forbidWrites() {
    accessCache.clear()
    for index in Self.dataCount..<2 * Self.dataCount {
      data[index].writeTag = ProcessorState.noPage
    }
  }

  /// Makes the next store to the real page take the slow path.
  func forbidWrites(real: UInt64) {
    accessCache.clear()
    for index in Self.dataCount..<2 * Self.dataCount where data[index].real == real {
      data[index].writeTag = ProcessorState.noPage
    }
  }
}
