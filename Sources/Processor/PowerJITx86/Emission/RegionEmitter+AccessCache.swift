internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

// From effective addresses to the host's. Each access, or group of accesses near each other, has a
// slot: the page where it was last. Only when the address is not in it the page is looked up
// among the data translations, out of the way; what is not there either is the semantics
// function's.
extension RegionEmitter {
  private typealias Layout = AccessCacheLayout

  /// What must be added to the address in RAX to have the host's, into RCX, if the access is in a
  /// cached page. RDX may change.
  func hostAddress(bytes: Int, isStore: Bool, else slow: HostLabel) {
    let word = region.blocks[blockIndex].operations[position].word
    // The slot of an access by itself has a margin that is too narrow for wide ones.
    let isWide = bytes > AccessSlotNumbers.margin + 1
    if !isWide, hasTooManyLoads, !isStore {
      a.jump(CAsmCall, to: trampolines.lookUpPage(bytes: bytes))
      return a.jump(CAsmJne, slow)
    }
    if isWide || scattered.contains(word) {
      return probe(.rax, bytes: bytes, isStore: isStore, else: slow)
    }
    let cacheSlot = accessSlots.nextSingle(isStore: isStore)
    let (miss, found) = check(cacheSlot, .rax)
    emitLater { [self] in
      a.bind(miss)
      lookUp(cacheSlot, bytes: bytes, isStore: isStore, else: slow)
      a.jump(CAsmJmp, found)
    }
  }

  /// What must be added to a register plus a displacement, into RCX.
  func check(
    _ o: Operation, _ base: (register: GPR, displacement: Int64), _ form: StorageShape,
    else slow: HostLabel
  ) {
    let (register, displacement) = base
    let invariantBase = form.invariantBase(o.instruction)
    if invariantBase == nil, form.isWide || scattered.contains(o.word) {
      let address = address(.rax, register, displacement)
      return probe(address, bytes: Int(form.span), isStore: form.isStore, else: slow)
    }
    let cacheSlot =
      invariantBase.map { accessSlots.invariantBase($0, isStore: form.isStore) }
      ?? accessSlots.nextSingle(isStore: form.isStore)
    // Near enough to the register's value, an access is in the slot when that is.
    let end = displacement + form.span
    let margin = invariantBase == nil ? AccessSlotNumbers.margin : AccessSlotNumbers.wideMargin
    let low = displacement >= 0 && end <= margin + 1 ? 0 : displacement
    let (miss, found) = check(cacheSlot, address(.rdx, register, low))
    let (byteCount, isStore) = (Int(end - low), form.isStore)
    emitLater { [self] in
      a.bind(miss)
      move(.rax, address(.rax, register, low))
      lookUp(cacheSlot, bytes: byteCount, isStore: isStore, else: slow)
      a.jump(CAsmJmp, found)
    }
  }

  /// The same for an access of a group, whose first one makes the check. When that fails the
  /// interpreter executes what is left of the block: the others have no side exit.
  ///
  /// RAX is the effective address unless that is one register and a displacement.
  func member(_ o: Operation, _ form: StorageShape, of group: AccessGroup, _ number: Int) {
    let cacheSlot =
      group.invariantBase.map { accessSlots.invariantBase($0, isStore: group.hasStore) }
      ?? accessSlots.group(number, hasStore: group.hasStore)
    defer { addend = (cacheSlot, position) }
    guard group.first == position else {
      if addend?.cacheSlot != cacheSlot {
        a.emit(CAsmMov, 8, .rcx, places.addend(cacheSlot))
      }
      return
    }
    let i = o.instruction
    var (low, high) = (group.low, group.high)
    let base = o.address.base(i)
    if let displacement = base?.displacement {
      (low, high) = (low + displacement, high + displacement)
    }
    // Near enough to it, everything is in the slot when this is.
    if low >= 0, high <= AccessGroup.spanLimit { low = 0 }
    let start = low
    func first(_ target: HostRegister) -> HostRegister {
      if let base { return address(target, base.register, start) }
      guard start != 0 else { return .rax }
      a.emit(CAsmLea, region.context.size, target, HostMemory(.rax, Int(start)))
      return target
    }
    let (word, exit, hasStore) = (o.word, keepExit(), group.hasStore)
    guard !hasTooManyLoads || group.invariantBase != nil || group.hasStore else {
      move(.rax, first(.rax))
      a.move(.rcx, constant: UInt64(high - low - 1))
      a.move(.rdx, constant: UInt64(Layout.stride * cacheSlot))
      a.jump(CAsmCall, to: trampolines.lookUpGroup)
      let gone = a.label()
      a.jump(CAsmJne, gone)
      if base == nil { effectiveAddress(o.address, i) }
      emitLater { [self] in
        a.bind(gone)
        leave(at: word, exits[exit], LeavingReason.ungrouped)
      }
      return
    }
    let (miss, found) = check(cacheSlot, first(.rdx))
    let (byteCount, place) = (Int(high - low), o.address)
    emitLater { [self] in
      a.bind(miss)
      move(.rax, first(.rax))
      let gone = a.label()
      lookUp(cacheSlot, bytes: byteCount, isStore: hasStore, else: gone)
      if base == nil { effectiveAddress(place, i) }
      a.jump(CAsmJmp, found)
      a.bind(gone)
      leave(at: word, exits[exit], LeavingReason.ungrouped)
    }
  }

  /// Looks for the page of the bytes from an address among the data translations; what must be added goes to
  /// RCX. RDX changes.
  private func probe(_ address: HostRegister, bytes: Int, isStore: Bool, else slow: HostLabel) {
    let (secondWay, found) = (a.label(), a.label())
    a.emit(CAsmMov, 4, .rdx, address)
    PageLookup.spread(a, .rdx)
    // The page of the last byte, so that an access across the page's end does not match.
    a.emit(CAsmLea, 8, .rcx, HostMemory(address, bytes - 1))
    a.emit(CAsmAnd, 8, .rcx, -4096)
    PageLookup.match(a, .rdx, isStore: isStore, else: secondWay)
    a.bind(found)
    emitLater { [self] in
      a.bind(secondWay)
      a.emit(CAsmXor, 4, .rdx, Int64(DataTranslationLayout.stride))
      PageLookup.match(a, .rdx, isStore: isStore, else: slow)
      a.jump(CAsmJmp, found)
    }
  }

  /// A register that is the sum, as an address: the assigned one of the other, or `scratch`.
  private func address(
    _ scratch: HostRegister, _ register: GPR, _ displacement: Int64
  ) -> HostRegister {
    let base = value(register, scratch)
    if displacement != 0 {
      a.emit(CAsmLea, region.context.size, scratch, HostMemory(base, Int(displacement)))
    } else if region.context.is64Bit {
      return base
    } else {
      a.emit(CAsmMov, 4, scratch, base)
    }
    return scratch
  }

  func move(_ target: HostRegister, _ source: HostRegister) {
    if target != source { a.emit(CAsmMov, 8, target, source) }
  }

  /// Compares an address with a slot, whose addend goes to RCX. RDX changes.
  /// - Returns: where to continue when it is not in it, and where to come back to with another addend.
  private func check(
    _ cacheSlot: Int, _ address: HostRegister
  ) -> (miss: HostLabel, found: HostLabel) {
    let (miss, found) = (a.label(), a.label())
    move(.rdx, address)
    a.emit(CAsmSub, 8, .rdx, places.start(cacheSlot))
    a.emit(CAsmCmp, 8, .rdx, places.limit(cacheSlot))
    a.jump(CAsmJae, miss)
    a.emit(CAsmMov, 8, .rcx, places.addend(cacheSlot))
    a.bind(found)
    return (miss, found)
  }

  /// Looks for the page of the bytes from the address in RAX; what must be added goes to RCX.
  private func lookUp(_ cacheSlot: Int, bytes: Int, isStore: Bool, else slow: HostLabel) {
    a.move(.rcx, constant: UInt64(bytes - 1))
    a.move(.rdx, constant: UInt64(Layout.stride * cacheSlot))
    let kind: AccessCacheLookup.Kind =
      if !isStore { .load } else if cacheSlot >= AccessSlotNumbers.firstSingle {
        .store
      } else {
        .groupWithStore
      }
    a.jump(CAsmCall, to: trampolines.lookUp(kind))
    a.jump(CAsmJne, slow)
  }
}
