internal import CAsmJit
internal import PowerCPU

/// Looks up the page of an access that is not in its range, and makes that the range.
enum RangeLookup {
  private typealias Entries = DataTranslationLayout
  private typealias Ranges = StorageRangeLayout

  /// Pages that a range may have before the one looked for, and after it.
  private static let reach = 16
  /// Bytes at the end of a range that it leaves out, so that no access which begins in it leaves it.
  static let singleMargin = 15
  private static let groupMargin = Int(AccessGroup.spanLimit) - 1

  /// Emits a function. RAX is the effective address, RCX the number of bytes less one, RDX eight
  /// times the number of the range. The host's Z flag tells whether all bytes are in a page at hand;
  /// then RCX is what must be added to the address. RDX changes, and no other register.
  ///
  /// The range becomes all pages around that are at hand too and follow each other in real storage.
  static func emit(_ a: HostAssembler, isStore: Bool) {
    let half = isStore ? Entries.stores : 0
    let (index, addend, start, end) = (HostRegister.rsi, HostRegister.rdi, r8, r9)
    let saved = [index, addend, start, end]
    let (missing, done, exhausted) = (a.label(), a.label(), a.label())
    func findEntry(of page: HostRegister) {
      a.emit(CAsmMov, 4, index, page)
      a.emit(CAsmShr, 4, index, Int64(12 - Entries.stride.trailingZeroBitCount))
      a.emit(
        CAsmAnd, 4, index, Int64((Entries.count - 1) << Entries.stride.trailingZeroBitCount))
    }
    // What may be stored to must be readable too: a group has accesses of both kinds.
    func compareTags(_ page: HostRegister, else label: HostLabel) {
      for tag in isStore ? [Entries.writeTag, Entries.readTag] : [Entries.readTag] {
        a.emit(CAsmCmp, 8, page, HostMemory(.rbp, index, half + tag))
        a.jump(CAsmJne, label)
      }
    }

    for register in saved { a.emit(CAsmPush, 8, register) }
    a.emit(CAsmAdd, 8, .rcx, .rax)
    a.emit(CAsmAnd, 8, .rcx, -4096)
    findEntry(of: .rax)
    // The page of the last byte, so that an access which crosses into the next does not match.
    compareTags(.rcx, else: missing)
    a.emit(CAsmMov, 8, addend, HostMemory(.rbp, index, half + Entries.addend))
    // What comes after the first of a group wants it in any case.
    a.emit(CAsmMov, 8, HostMemory(.rbp, .rdx, Ranges.addend(0)), addend)
    a.emit(CAsmSub, 8, HostMemory(.rbp, .rdx, Ranges.credit(0)), 1)
    a.jump(CAsmJs, exhausted)

    for (bound, step) in [(start, -4096), (end, 4096)] {
      let (again, over) = (a.label(), a.label())
      a.emit(CAsmMov, 8, bound, .rcx)
      a.bind(again)
      a.emit(CAsmAdd, 8, bound, Int64(step))
      findEntry(of: bound)
      compareTags(bound, else: over)
      a.emit(CAsmCmp, 8, addend, HostMemory(.rbp, index, half + Entries.addend))
      a.jump(CAsmJne, over)
      a.emit(CAsmMov, 8, index, bound)
      a.emit(CAsmSub, 8, index, .rcx)
      a.emit(CAsmCmp, 8, index, Int64(step * (reach + 1)))
      a.jump(CAsmJne, again)
      a.bind(over)
    }
    // Now START is the page before the range, END the one after it.
    a.emit(CAsmAdd, 8, start, 4096)
    a.emit(CAsmSub, 8, end, start)
    a.emit(CAsmLea, 8, index, HostMemory(end, -singleMargin))
    a.emit(CAsmAdd, 8, end, Int64(-groupMargin))
    a.emit(CAsmCmp, 4, .rdx, Int64(8 * Ranges.firstSingle))
    a.emit(CAsmCmovb, 8, index, end)
    a.emit(CAsmMov, 8, HostMemory(.rbp, .rdx, Ranges.start(0)), start)
    a.emit(CAsmMov, 8, HostMemory(.rbp, .rdx, Ranges.limit(0)), index)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Ranges.isFilled), 1)
    a.bind(done)
    a.emit(CAsmMov, 8, .rcx, addend)
    a.emit(CAsmXor, 4, .rdx, .rdx)
    let leave = a.label()
    a.bind(leave)
    for register in saved.reversed() { a.emit(CAsmPop, 8, register) }
    a.emit(CAsmRet)

    a.bind(missing)
    // For ``emitAgain(_:load:store:)``; the flags stay.
    a.emit(CAsmLea, 8, .rdx, HostMemory(.rdx, isStore ? missedStore : missedLoad))
    a.emit(CAsmMov, 8, HostMemory(.rbx, StateOffset.missedRange), .rdx)
    a.emit(CAsmMov, 8, HostMemory(.rbx, StateOffset.missedAddress), .rax)
    a.jump(CAsmJmp, leave)

    a.bind(exhausted)
    // Empty it stays, and the host foresees the way here.
    a.emit(CAsmMov, 8, HostMemory(.rbp, .rdx, Ranges.limit(0)), 0)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Ranges.isExhausted), 1)
    a.jump(CAsmJmp, done)
  }

  private static let missedLoad = 1
  private static let missedStore = 2

  /// Emits the end of a function: an access that was not found has been made by its semantics
  /// function, so that its page is at hand now, and becomes its range. Else two accesses whose pages
  /// take each other's place would never have one.
  static func emitAgain(_ a: HostAssembler, load: HostLabel, store: HostLabel) {
    let some = a.label()
    a.emit(CAsmMov, 8, .rdx, HostMemory(.rbx, StateOffset.missedRange))
    a.emit(CAsmTest, 4, .rdx, .rdx)
    a.jump(CAsmJne, some)
    a.emit(CAsmRet)
    a.bind(some)
    a.emit(CAsmMov, 8, HostMemory(.rbx, StateOffset.missedRange), 0)
    a.emit(CAsmMov, 8, .rax, HostMemory(.rbx, StateOffset.missedAddress))
    a.emit(CAsmXor, 4, .rcx, .rcx)
    a.emit(CAsmSub, 4, .rdx, Int64(missedLoad))
    a.emit(CAsmTest, 4, .rdx, 7)
    a.jump(CAsmJe, load)
    a.emit(CAsmSub, 4, .rdx, Int64(missedStore - missedLoad))
    a.jump(CAsmJmp, store)
  }

  private static let r8 = HostRegister(number: 8)
  private static let r9 = HostRegister(number: 9)
}
