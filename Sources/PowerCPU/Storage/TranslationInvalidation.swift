import PowerISA

/// What `tlbie` and `tlbiel` ask to be forgotten (Book III 6.9.3.3).
public struct TranslationInvalidation: Sendable, Equatable {
  /// RB: the effective page, its size, and how much is meant.
  public var operand: UInt64
  /// The process whose effective addresses are meant; nil for every one's.
  public var process: UInt64?
  /// Whether only what was learned of page directories is meant, which nobody keeps here.
  public var isOfDirectories: Bool

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

/// The cached translations that are no longer true.
package enum TranslationScope {
  case all
  /// A 4 KiB effective page, in every process.
  case page(UInt64)
  /// A 4 KiB effective page of one process.
  case processPage(UInt64, process: UInt64)
  /// The effective addresses that a process has for itself: quadrant 0.
  case process(UInt64)
}

extension VirtualProcessor {
  /// Drops what `tlbie` and `tlbiel` name: one page when that is of at most 64 KiB, else all of the
  /// process, or everything.
  public func invalidateTranslations(_ invalidation: TranslationInvalidation) {
    guard processTable?.isRadix == true else { return invalidateTranslations() }
    if invalidation.isOfDirectories { return }
    let rb = invalidation.operand
    let actualPageSize = (rb >> 5) & 7
    switch ((rb >> 10) & 3, invalidation.process) {
    case (0, let process) where actualPageSize == 0 || actualPageSize == 5:
      let shift: UInt64 = actualPageSize == 5 ? 16 : 12
      let first = rb & ~(1 << shift - 1)
      for page in 0..<(1 << (shift - 12)) as Range<UInt64> {
        invalidateTranslations(of: first &+ page << 12, in: process)
      }
    case (0...1, let process?):
      invalidateTranslations(ofProcess: process)
      // Quadrant 3 is process 0's.
      if process == 0 { invalidateWrittenTranslations() }
    default: invalidateTranslations()
    }
  }

  /// Drops the cached translations of one 4 KiB effective page, in the contexts of a process if one
  /// is given.
  func invalidateTranslations(of page: UInt64, in process: UInt64?) {
    guard let process, page >> 62 == 0 else {
      for bank in banks where bank.context != nil { bank.invalidate(page: page) }
      if isExecuting(in: page) { leaveTranslation() }
      translator?.forgetTranslations(.page(page))
      return
    }
    let isCurrent = process == state.pointee.pid
    for bank in banks where bank.mayHold(process: process, isCurrent: isCurrent) {
      bank.invalidate(page: page)
    }
    if isExecutingInProcess { leaveTranslation() }
    translator?.forgetTranslations(.processPage(page, process: process))
  }

  /// Drops the cached translations of what is a process's own.
  private func invalidateTranslations(ofProcess process: UInt64) {
    let isCurrent = process == state.pointee.pid
    for index in banks.indices
    where banks[index].mayHold(process: process, isCurrent: isCurrent) {
      banks[index].invalidateQuadrant0()
    }
    if isExecutingInProcess { leaveTranslation() }
    translator?.forgetTranslations(.process(process))
  }

  /// Whether the current instruction, or the next, is in an effective page.
  private func isExecuting(in page: UInt64) -> Bool {
    state.pointee.cia & ~0xFFF == page || state.pointee.nia & ~0xFFF == page
  }

  /// Whether the current instruction, or the next, is in quadrant 0.
  private var isExecutingInProcess: Bool {
    state.pointee.cia >> 62 == 0 || state.pointee.nia >> 62 == 0
  }
}
