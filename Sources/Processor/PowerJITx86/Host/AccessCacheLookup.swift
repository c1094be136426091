internal import CAsmJit
internal import PowerCPU
internal import PowerJIT

/// Looks up the page of an access that missed its slot, and fills the slot with it.
enum AccessCacheLookup {
  private typealias Entries = DataTranslationLayout
  private typealias Cache = AccessCacheLayout

  /// What the page must permit.
  enum Kind: Int, CaseIterable {
    case load = 1
    case store = 2
    /// Loads too: such groups have accesses of both kinds.
    case groupWithStore = 3
  }

  /// The most pages of a slot before and after the page of the access.
  private static let reach = 16
  /// The interval at which a slot may be extended to those pages: a slot that misses often must be
  /// filled fast. A power of two.
  private static let extendingInterval: Int64 = 8

  /// Emits a function. RAX is the effective address, RCX the number of bytes less one, RDX the
  /// offset of the slot from the first. The host's Z flag is set if all bytes are in a cached page;
  /// then RCX is the distance from effective to host address. RDX changes, and no other register.
  ///
  /// The slot becomes that page. If the page follows the slot's former ones, the slot has also the cached pages after
  /// it that are contiguous in real storage; sometimes, if the page is near them, also those before it. A slot that
  /// has used up its fill budget stays empty.
  static func emit(_ a: HostAssembler, _ kind: Kind) {
    let isStore = kind != .load
    let half = isStore ? Entries.stores : 0
    let (index, addend, start, end) = (HostRegister.rsi, HostRegister.rdi, r8, r9)
    let (missing, exhausted, extended, found) = (a.label(), a.label(), a.label(), a.label())
    let (here, secondWay, narrow, next) = (a.label(), a.label(), a.label(), a.label())
    func entry(_ part: Int) -> HostMemory {
      HostMemory(.rbp, index, half + part - HostMemory.tlbOrigin)
    }
    func findEntry(of page: HostRegister) {
      a.emit(CAsmMov, 4, index, page)
      PageLookup.spread(a, index)
    }
    let tags =
      switch kind {
      case .load: [Entries.readTag]
      case .store: [Entries.writeTag]
      case .groupWithStore: [Entries.writeTag, Entries.readTag]
      }
    func compareTags(_ page: HostRegister, else label: HostLabel) {
      for tag in tags {
        a.emit(CAsmCmp, 8, page, entry(tag))
        a.jump(CAsmJne, label)
      }
    }

    a.emit(CAsmPush, 8, index)
    a.emit(CAsmAdd, 8, .rcx, .rax)
    a.emit(CAsmAnd, 8, .rcx, -4096)
    findEntry(of: .rax)
    // The page of the last byte, so that an access across the page's end does not match.
    compareTags(.rcx, else: secondWay)
    a.bind(here)
    a.emit(CAsmCmp, 8, slot(Cache.fillBudget), 0)
    a.jump(CAsmJle, exhausted)
    a.emit(CAsmPush, 8, addend)
    a.emit(CAsmMov, 8, addend, entry(Entries.addend))
    // The later accesses of a group use the addend in any case.
    a.emit(CAsmMov, 8, slot(Cache.addend), addend)
    a.emit(CAsmSub, 8, slot(Cache.fillBudget), 1)
    // The limit is less than the size by a margin, and 0 in an empty slot.
    a.emit(CAsmMov, 8, index, .rcx)
    a.emit(CAsmSub, 8, index, slot(Cache.start))
    a.emit(CAsmSub, 8, index, slot(Cache.limit))
    a.emit(CAsmSub, 8, index, 1)
    a.emit(CAsmCmp, 8, index, Int64(AccessSlotNumbers.wideMargin))
    a.jump(CAsmJb, next)
    a.emit(CAsmMov, 4, index, slot(Cache.fillBudget))
    a.emit(CAsmTest, 4, index, extendingInterval - 1)
    a.jump(CAsmJe, extended)
    a.bind(narrow)
    a.emit(CAsmMov, 8, slot(Cache.start), .rcx)
    a.move(index, constant: 4096)
    a.bind(found)
    // INDEX is the size.
    a.emit(CAsmLea, 8, .rcx, HostMemory(index, -AccessSlotNumbers.wideMargin))
    a.emit(CAsmAdd, 8, index, Int64(-AccessSlotNumbers.margin))
    a.emit(CAsmCmp, 4, .rdx, Int64(Cache.stride * AccessSlotNumbers.firstSingle))
    a.emit(CAsmCmovb, 8, index, .rcx)
    a.emit(CAsmMov, 8, slot(Cache.limit), index)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Cache.isFilled - HostMemory.tlbOrigin), 1)
    a.emit(CAsmMov, 8, .rcx, addend)
    a.emit(CAsmPop, 8, addend)
    a.emit(CAsmXor, 4, .rdx, .rdx)
    let leave = a.label()
    a.bind(leave)
    a.emit(CAsmPop, 8, index)
    a.emit(CAsmRet)

    a.bind(exhausted)
    let first = a.label()
    a.jump(CAsmJe, first)
    let lasting = a.label()
    a.bind(lasting)
    a.emit(CAsmMov, 8, .rcx, entry(Entries.addend))
    a.emit(CAsmMov, 8, slot(Cache.addend), .rcx)
    a.emit(CAsmXor, 4, .rdx, .rdx)
    a.jump(CAsmJmp, leave)

    a.bind(first)
    a.emit(CAsmMov, 8, slot(Cache.fillBudget), -1)
    // The slot stays empty, so that the host predicts the jump to this function.
    a.emit(CAsmMov, 8, slot(Cache.limit), 0)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Cache.isExhausted - HostMemory.tlbOrigin), 1)
    a.emit(CAsmCmp, 4, .rdx, Int64(Cache.stride * AccessSlotNumbers.firstSingle))
    a.jump(CAsmJb, lasting)
    // The access makes a helper call, which shows the translator where this was.
    a.emit(CAsmMov, 8, .state(StateOffset.isScattered), 1)
    a.emit(CAsmTest, 8, .rsp, .rsp)
    a.jump(CAsmJmp, leave)

    a.bind(extended)
    // Pages around the page are of use to accesses that stay near: those far from the former page of the slot are
    // not looked for.
    a.emit(CAsmMov, 8, index, .rcx)
    a.emit(CAsmSub, 8, index, slot(Cache.start))
    a.emit(CAsmAdd, 8, index, Int64(reach * 4096))
    a.emit(CAsmCmp, 8, index, Int64(3 * reach * 4096))
    a.jump(CAsmJa, narrow)
    a.emit(CAsmPush, 8, start)
    a.emit(CAsmPush, 8, end)
    let after = a.label()
    func walk(_ bound: HostRegister, _ step: Int) {
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
    walk(start, -4096)
    a.bind(after)
    walk(end, 4096)
    // START is now the page before the slot, END the one after it.
    a.emit(CAsmAdd, 8, start, 4096)
    a.emit(CAsmMov, 8, slot(Cache.start), start)
    a.emit(CAsmMov, 8, index, end)
    a.emit(CAsmSub, 8, index, start)
    a.emit(CAsmPop, 8, end)
    a.emit(CAsmPop, 8, start)
    a.jump(CAsmJmp, found)

    a.bind(next)
    a.emit(CAsmPush, 8, start)
    a.emit(CAsmPush, 8, end)
    a.emit(CAsmLea, 8, start, HostMemory(.rcx, -4096))
    a.jump(CAsmJmp, after)

    a.bind(secondWay)
    a.emit(CAsmXor, 4, index, Int64(Entries.stride))
    compareTags(.rcx, else: missing)
    a.jump(CAsmJmp, here)

    a.bind(missing)
    // For ``emitAgain(_:_:)``; the flags stay.
    a.emit(CAsmLea, 8, .rdx, HostMemory(.rdx, kind.rawValue))
    a.emit(CAsmMov, 8, .state(StateOffset.missedSlot), .rdx)
    a.emit(CAsmMov, 8, .state(StateOffset.missedAddress), .rax)
    a.jump(CAsmJmp, leave)
  }

  /// A part of the slot whose offset is in RDX.
  static func slot(_ part: Int) -> HostMemory {
    HostMemory(.rbp, .rdx, Cache.first + part - HostMemory.tlbOrigin)
  }

  /// Emits the end of a function: the semantics function has made an access that missed, so its
  /// page is cached now, and fills the slot. Otherwise two accesses whose pages displace each other
  /// would never have a filled slot.
  static func emitAgain(_ a: HostAssembler, _ functions: [(kind: Kind, label: HostLabel)]) {
    let some = a.label()
    a.emit(CAsmMov, 8, .rdx, .state(StateOffset.missedSlot))
    a.emit(CAsmTest, 4, .rdx, .rdx)
    a.jump(CAsmJne, some)
    a.emit(CAsmRet)
    a.bind(some)
    a.emit(CAsmMov, 8, .state(StateOffset.missedSlot), 0)
    a.emit(CAsmMov, 8, .rax, .state(StateOffset.missedAddress))
    a.emit(CAsmXor, 4, .rcx, .rcx)
    var taken = 0
    for (kind, label) in functions {
      a.emit(CAsmSub, 4, .rdx, Int64(kind.rawValue - taken))
      a.emit(CAsmTest, 4, .rdx, 7)
      a.jump(CAsmJe, label)
      taken = kind.rawValue
    }
    a.emit(CAsmUd2)
  }

  private static let r8 = HostRegister(number: 8)
  private static let r9 = HostRegister(number: 9)
}
