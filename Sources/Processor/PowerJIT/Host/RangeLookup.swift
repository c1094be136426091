internal import CAsmJit
internal import PowerCPU

/// Looks up the page of an access that is not in its range, and makes that the range.
enum RangeLookup {
  private typealias Entries = DataTranslationLayout
  private typealias Ranges = StorageRangeLayout

  /// Pages that a range may have before the one looked for, and after it.
  private static let reach = 16
  /// One time in so many a range gets all those pages: what is looked up all the time had better
  /// be looked up quickly. A power of two.
  private static let extendingInterval: Int64 = 8

  /// Emits a function. RAX is the effective address, RCX the number of bytes less one, RDX the number
  /// of the range as its distance from the first. The host's Z flag tells whether all bytes are in a
  /// page at hand; then RCX is what must be added to the address. RDX changes, and no other register.
  ///
  /// The range becomes that page, and sometimes all pages around that are at hand too and follow
  /// each other in real storage.
  static func emit(_ a: HostAssembler, isStore: Bool) {
    let half = isStore ? Entries.stores : 0
    let (index, addend, start, end) = (HostRegister.rsi, HostRegister.rdi, r8, r9)
    let (missing, done, exhausted, extended, found) = (
      a.label(), a.label(), a.label(), a.label(), a.label()
    )
    let (here, beside) = (a.label(), a.label())
    func entry(_ part: Int) -> HostMemory {
      HostMemory(.rbp, index, half + part - HostMemory.bankOrigin)
    }
    func findEntry(of page: HostRegister) {
      a.emit(CAsmMov, 4, index, page)
      PageLookup.spread(a, index)
    }
    // What may be stored to must be readable too: a group has accesses of both kinds.
    func compareTags(_ page: HostRegister, else label: HostLabel) {
      for tag in isStore ? [Entries.writeTag, Entries.readTag] : [Entries.readTag] {
        a.emit(CAsmCmp, 8, page, entry(tag))
        a.jump(CAsmJne, label)
      }
    }

    a.emit(CAsmPush, 8, index)
    a.emit(CAsmPush, 8, addend)
    a.emit(CAsmAdd, 8, .rcx, .rax)
    a.emit(CAsmAnd, 8, .rcx, -4096)
    findEntry(of: .rax)
    // The page of the last byte, so that an access which crosses into the next does not match.
    compareTags(.rcx, else: beside)
    a.bind(here)
    a.emit(CAsmMov, 8, addend, entry(Entries.addend))
    // What comes after the first of a group wants it in any case.
    a.emit(CAsmMov, 8, range(Ranges.addend), addend)
    a.emit(CAsmMov, 4, index, range(Ranges.credit))
    a.emit(CAsmSub, 8, range(Ranges.credit), 1)
    a.jump(CAsmJs, exhausted)
    a.emit(CAsmTest, 4, index, extendingInterval - 1)
    a.jump(CAsmJe, extended)
    a.emit(CAsmMov, 8, range(Ranges.start), .rcx)
    a.move(index, constant: 4096)
    a.bind(found)
    // INDEX is the size.
    a.emit(CAsmLea, 8, .rcx, HostMemory(index, -RangeNumbers.wideMargin))
    a.emit(CAsmAdd, 8, index, Int64(-RangeNumbers.margin))
    a.emit(CAsmCmp, 4, .rdx, Int64(Ranges.stride * RangeNumbers.firstSingle))
    a.emit(CAsmCmovb, 8, index, .rcx)
    a.emit(CAsmMov, 8, range(Ranges.limit), index)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Ranges.isFilled - HostMemory.bankOrigin), 1)
    a.bind(done)
    a.emit(CAsmMov, 8, .rcx, addend)
    a.emit(CAsmXor, 4, .rdx, .rdx)
    let leave = a.label()
    a.bind(leave)
    a.emit(CAsmPop, 8, addend)
    a.emit(CAsmPop, 8, index)
    a.emit(CAsmRet)

    a.bind(extended)
    a.emit(CAsmPush, 8, start)
    a.emit(CAsmPush, 8, end)
    for (bound, step) in [(start, -4096), (end, 4096)] {
      let (again, over) = (a.label(), a.label())
      a.emit(CAsmMov, 8, bound, .rcx)
      a.bind(again)
      a.emit(CAsmAdd, 8, bound, Int64(step))
      findEntry(of: bound)
      compareTags(bound, else: over)
      a.emit(CAsmCmp, 8, addend, entry(Entries.addend))
      a.jump(CAsmJne, over)
      a.emit(CAsmMov, 8, index, bound)
      a.emit(CAsmSub, 8, index, .rcx)
      a.emit(CAsmCmp, 8, index, Int64(step * (reach + 1)))
      a.jump(CAsmJne, again)
      a.bind(over)
    }
    // Now START is the page before the range, END the one after it.
    a.emit(CAsmAdd, 8, start, 4096)
    a.emit(CAsmMov, 8, range(Ranges.start), start)
    a.emit(CAsmMov, 8, index, end)
    a.emit(CAsmSub, 8, index, start)
    a.emit(CAsmPop, 8, end)
    a.emit(CAsmPop, 8, start)
    a.jump(CAsmJmp, found)

    a.bind(beside)
    a.emit(CAsmXor, 4, index, Int64(Entries.stride))
    compareTags(.rcx, else: missing)
    a.jump(CAsmJmp, here)

    a.bind(missing)
    // For ``emitAgain(_:load:store:)``; the flags stay.
    a.emit(CAsmLea, 8, .rdx, HostMemory(.rdx, isStore ? missedStore : missedLoad))
    a.emit(CAsmMov, 8, .state(StateOffset.missedRange), .rdx)
    a.emit(CAsmMov, 8, .state(StateOffset.missedAddress), .rax)
    a.jump(CAsmJmp, leave)

    a.bind(exhausted)
    // Empty it stays, and the host foresees the way here.
    a.emit(CAsmMov, 8, range(Ranges.limit), 0)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Ranges.isExhausted - HostMemory.bankOrigin), 1)
    a.jump(CAsmJmp, done)
  }

  /// A part of the range whose distance is in RDX.
  static func range(_ part: Int) -> HostMemory {
    HostMemory(.rbp, .rdx, Ranges.first + part - HostMemory.bankOrigin)
  }

  private static let missedLoad = 1
  private static let missedStore = 2

  /// Emits the end of a function: an access that was not found has been made by its semantics
  /// function, so that its page is at hand now, and becomes its range. Else two accesses whose pages
  /// take each other's place would never have one.
  static func emitAgain(_ a: HostAssembler, load: HostLabel, store: HostLabel) {
    let some = a.label()
    a.emit(CAsmMov, 8, .rdx, .state(StateOffset.missedRange))
    a.emit(CAsmTest, 4, .rdx, .rdx)
    a.jump(CAsmJne, some)
    a.emit(CAsmRet)
    a.bind(some)
    a.emit(CAsmMov, 8, .state(StateOffset.missedRange), 0)
    a.emit(CAsmMov, 8, .rax, .state(StateOffset.missedAddress))
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
