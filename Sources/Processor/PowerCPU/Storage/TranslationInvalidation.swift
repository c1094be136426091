import PowerISA

/// The translations that `tlbie` and `tlbiel` invalidate (Book III 6.9.3.3).
public struct TranslationInvalidation: Sendable, Equatable {
  /// RB: the effective page, its size, and the scope.
  public var operand: UInt64
  /// The process whose effective addresses are selected; nil for every process.
  public var process: UInt64?
  /// Whether only the page walk cache is selected, which this implementation does not have.
  public var isOfDirectories: Bool

  /// The operands of the instruction: RB, and the process of RS where it selects one.
  public init(operand: UInt64, process: UInt64? = nil, isOfDirectories: Bool = false) {
    self.operand = operand
    self.process = process
    self.isOfDirectories = isOfDirectories
  }

  init(_ p: Processor, _ i: Instruction) {
    operand = p[i.rb]
    // R and PRS: process-scoped translations of radix trees, the process in the high half of RS.
    let isOfProcess = p.state.pointee.isaLevel >= ISALevel.v3_0.rawValue && i.bits(14, 15) == 3
    process = isOfProcess ? p[i.rs] >> 32 : nil
    isOfDirectories = isOfProcess && i.bits(12, 13) == 1
  }
}

/// Consecutive 4 KiB pages: the addresses of their first bytes.
package struct PageRun: Sequence, IteratorProtocol {
  package private(set) var first: UInt64
  package private(set) var count: Int

  package init(first: UInt64, count: Int) {
    self.first = first
    self.count = count
  }

  /// The last page; there is at least one.
  package var last: UInt64 { first &+ UInt64(count - 1) << 12 }

  package mutating func next() -> UInt64? {
    guard count > 0 else { return nil }
    defer { (first, count) = (first &+ 4096, count - 1) }
    return first
  }

  package func contains(_ page: UInt64) -> Bool { (page &- first) >> 12 < UInt64(count) }
}

/// The cached translations that have become invalid.
package enum TranslationScope {
  case all
  /// Effective pages, in every process.
  case pages(PageRun)
  /// Effective pages of one process.
  case processPages(PageRun, process: UInt64)
  /// The effective addresses that are private to a process: quadrant 0.
  case process(UInt64)
  /// Those of every process.
  case processes
}

extension VirtualProcessor {
  /// Invalidates what `tlbie` and `tlbiel` select: one page when it is at most 64 KiB, else all of
  /// the process, or everything.
  public func invalidateTranslations(_ invalidation: TranslationInvalidation) {
    guard processTable?.isRadix == true else { return invalidateTranslations() }
    if invalidation.isOfDirectories { return }
    let rb = invalidation.operand
    let actualPageSize = (rb >> 5) & 7
    switch ((rb >> 10) & 3, invalidation.process) {
    case (0, let process) where actualPageSize == 0 || actualPageSize == 5:
      let shift: UInt64 = actualPageSize == 5 ? 16 : 12
      invalidateTranslations(
        of: PageRun(first: rb & ~(1 << shift - 1), count: 1 << (shift - 12)), in: process)
    case (0...1, let process?):
      invalidateTranslations(ofProcess: process)
      // Quadrant 3 belongs to process 0.
      if process == 0 { invalidateWrittenTranslations() }
    default: invalidateTranslations()
    }
  }

  /// Invalidates the cached translations of a page of hashed translation: where an entry of the SLB leads to
  /// it. Those by entries that are no longer there went with them.
  /// - Parameters:
  ///   - segment: virtual segment identifier.
  ///   - offset: of the page in its segment, in bytes.
  ///   - segmentShift: base-2 logarithm of the segment's size, 28 or 40.
  ///   - shift: base-2 logarithm of the page's size.
  public func invalidateTranslations(
    ofSegment segment: UInt64, at offset: UInt64, segmentShift: UInt64, shift: UInt64
  ) {
    // Of larger pages there are few, and they change rarely.
    guard shift <= Self.largestRunShift else { return invalidateTranslations() }
    for entry in slb
    where entry.isValid && entry.segmentShift == segmentShift && entry.virtualSegment == segment {
      let first = entry.effective & ~(1 << segmentShift - 1) | offset & ~(1 << shift - 1)
      invalidateTranslations(of: PageRun(first: first, count: 1 << (shift - 12)), in: nil)
    }
  }

  private static let largestRunShift: UInt64 = 16

  /// Invalidates the cached translations of effective pages, all in one quadrant; in the contexts
  /// of a process if one is given.
  func invalidateTranslations(of pages: PageRun, in process: UInt64?) {
    guard let process, pages.first >> 62 == 0 else {
      for tlb in tlbs where tlb.context != nil { tlb.invalidate(pages) }
      let state = state.pointee
      if pages.contains(state.cia & ~0xFFF) || pages.contains(state.nia & ~0xFFF) {
        leaveTranslation()
      }
      translator?.forgetTranslations(.pages(pages))
      return
    }
    let isCurrent = process == state.pointee.pid
    for tlb in tlbs where tlb.mayHold(process: process, isCurrent: isCurrent) {
      tlb.invalidate(pages)
    }
    if isExecutingInProcess { leaveTranslation() }
    translator?.forgetTranslations(.processPages(pages, process: process))
  }

  /// Invalidates the cached translations that are private to a process.
  private func invalidateTranslations(ofProcess process: UInt64) {
    let isCurrent = process == state.pointee.pid
    for index in tlbs.indices
    where tlbs[index].mayHold(process: process, isCurrent: isCurrent) {
      tlbs[index].invalidateQuadrant0()
    }
    if isExecutingInProcess { leaveTranslation() }
    translator?.forgetTranslations(.process(process))
  }

  /// Invalidates the cached translations of quadrant 0 in all contexts.
  func invalidateQuadrant0() {
    for index in tlbs.indices where tlbs[index].context != nil { tlbs[index].invalidateQuadrant0() }
    if isExecutingInProcess { leaveTranslation() }
    translator?.forgetTranslations(.processes)
  }

  /// Whether the current instruction, or the next, is in quadrant 0.
  private var isExecutingInProcess: Bool {
    state.pointee.cia >> 62 == 0 || state.pointee.nia >> 62 == 0
  }
}
