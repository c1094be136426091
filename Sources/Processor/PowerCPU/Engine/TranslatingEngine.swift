/// An engine that executes a processor's instructions in place of the interpreter's loop.
///
/// It works on the processor's own state and returns at instruction boundaries, so that either
/// engine can continue where the other stopped.
package protocol TranslatingEngine: AnyObject {
  /// Executes instructions until the state's budget is used up.
  func run()
  /// Words of a real page have changed, and with them their decoded entries.
  func forget(real: UInt64, words: ClosedRange<Int>)
  /// Every decoded page is about to be freed.
  func forgetAllCode()
  /// The translation of effective addresses may have changed.
  func forgetTranslations(_ scope: TranslationScope)
}

/// The parts of the state that a ``TranslatingEngine`` accesses: offsets in bytes.
package enum StateOffset {
  package static let cia = offset(\.cia)
  package static let nia = offset(\.nia)
  package static let budget = offset(\.budget)
  package static let fetchTag = offset(\.fetchTag)
  package static let dataTranslations = offset(\.dataTranslations)
  package static let entryCache = offset(\.entryCache)
  package static let codePage = offset(\.codePage)
  package static let codeWritesSeen = offset(\.codeWritesSeen)
  package static let codeWriteCounter = offset(\.codeWriteCounter)
  package static let returnStack = offset(\.returnStack)
  package static let returnStackLimit = offset(\.returnStackLimit)
  package static let missedSlot = offset(\.missedSlot)
  package static let missedAddress = offset(\.missedAddress)
  package static let isScattered = offset(\.isScattered)
  package static let lr = offset(\.lr)
  package static let ctr = offset(\.ctr)
  package static let cfar = offset(\.cfar)
  /// One byte for each field.
  package static let crFields = offset(\.crFields)
  package static let gpr = offset(\.gpr)
  package static let xerWithoutCarries = offset(\.xerWithoutCarries)
  package static let carry = offset(\.carry)
  package static let wordCarry = offset(\.wordCarry)
  /// Seventeen doublewords, for translated code.
  package static let savedOperands = offset(\.savedOperands)
  package static let msr = offset(\.msr)
  /// Sixteen bytes for each register, doubleword 1 before doubleword 0.
  package static let vsr = offset(\.vsr)
  package static let fpscr = offset(\.fpscr)
  package static let vscr = offset(\.vscr)
  /// ``DeferredFloatStatus/operation`` and ``DeferredFloatStatus/later``, four bytes each.
  package static let deferredOperation = offset(\.deferredStatus.operation)
  package static let deferredLater = offset(\.deferredStatus.later)
  package static let deferredComparison = offset(\.deferredStatus.comparison)
  package static let deferredInexact = offset(\.deferredStatus.inexact)
  /// ``DeferredFloatStatus/watch``, ``DeferredFloatStatus/cleared`` and ``DeferredFloatStatus/read``.
  package static let inexactWatch = offset(\.deferredStatus.watch)
  package static let clearedControl = offset(\.deferredStatus.cleared)
  package static let readControl = offset(\.deferredStatus.read)
  /// Three doublewords.
  package static let deferredOperands = offset(\.deferredStatus.operands)
  package static let conditions = offset(\.conditions)
  package static let tar = offset(\.tar)
  package static let vrsave = offset(\.vrsave)
  package static let srr0 = offset(\.srr0)
  package static let srr1 = offset(\.srr1)
  package static let dar = offset(\.dar)
  package static let dsisr = offset(\.dsisr)
  package static let amr = offset(\.amr)
  package static let iamr = offset(\.iamr)
  package static let fscr = offset(\.fscr)
  package static let pid = offset(\.pid)
  /// A byte: the pending interrupts.
  package static let pending = offset(\.pending)
  /// Host address of the reservation, its size in bytes, and both halves of the reserved contents.
  package static let reservationAddress = offset(\.reservationAddress)
  package static let reservationSize = offset(\.reservationSize)
  package static let reservationHigh = offset(\.reservationHigh)
  package static let reservationLow = offset(\.reservationLow)

  private static func offset<Value>(_ field: KeyPath<ProcessorState, Value>) -> Int {
    guard let offset = MemoryLayout<ProcessorState>.offset(of: field) else {
      preconditionFailure("\(field) is not stored")
    }
    return offset
  }
}

/// The layout of the data translations, for translated code that reads them.
package enum DataTranslationLayout {
  /// Entries of a TLB. The low 32 bits of a page, times ``spread``, select one by their high bits.
  package static let count = ContextTLB.dataCount
  package static let spread = ContextTLB.spread
  package static let spreadShift = ContextTLB.spreadShift
  package static let stride = MemoryLayout<DataTranslation>.stride
  package static let readTag = offset(\.readTag)
  package static let writeTag = offset(\.writeTag)
  /// Distance from the entries for loads to those for stores.
  package static let stores = count * stride
  /// Host address minus effective address.
  package static let addend = offset(\.addend)

  /// The slots, which follow the entries.
  package static let accessCache = 2 * stores

  private static func offset(_ field: KeyPath<DataTranslation, UInt64>) -> Int {
    guard let offset = MemoryLayout<DataTranslation>.offset(of: field) else {
      preconditionFailure("\(field) is not stored")
    }
    return offset
  }
}

/// The layout of a TLB's slots, in bytes from the data translations.
package enum AccessCacheLayout {
  package static let count = AccessCache.count
  package static let isFilled = DataTranslationLayout.accessCache + AccessCache.isFilled
  package static let isExhausted = DataTranslationLayout.accessCache + AccessCache.isExhausted
  /// The first slot.
  package static let first = DataTranslationLayout.accessCache + AccessCache.first
  /// Distance between slots.
  package static let stride = AccessCache.stride

  // The parts of a slot, in bytes from its beginning.
  package static let start = AccessCache.start
  package static let limit = AccessCache.limit
  package static let addend = AccessCache.addend
  package static let fillBudget = AccessCache.fillBudget
}
