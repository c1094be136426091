internal import CAsmJit
internal import PowerCPU
internal import PowerISA

// From effective addresses to the host's. Each access, or group of accesses off one base register,
// has a range: the page where it was last. Only when the address is not in it the page is looked up
// among the data translations, out of the way; what is not there either is the semantics
// function's.
extension RegionEmitter {
  private typealias Layout = StorageRangeLayout

  /// Bytes at the end of a page that a range leaves out, so that no access from within crosses.
  private static let singleMargin = 15
  private static let groupMargin = Int(AccessGroup.spanLimit) - 1

  /// What must be added to the address in RAX to have the host's, into RCX, if the access is in a
  /// page at hand. RDX changes.
  func hostAddress(bytes: Int, isStore: Bool, else slow: HostLabel) {
    let range = ranges.nextSingle(isStore: isStore)
    a.emit(CAsmMov, 8, .rdx, .rax)
    let (miss, found) = check(range)
    a.emit(CAsmMov, 8, .rcx, HostMemory(.rbp, Layout.addend(range)))
    a.bind(found)
    later.append { [self] in
      a.bind(miss)
      lookUp(bytes: bytes, isStore: isStore, else: slow)
      fill(range, margin: Self.singleMargin)
      a.jump(CAsmJmp, found)
    }
  }

  /// What must be added to RA plus a displacement, into RCX.
  func check(_ o: Operation, _ displacement: Int64, _ form: StorageForm, else slow: HostLabel) {
    let range = ranges.nextSingle(isStore: form.isStore)
    let ra = o.instruction.ra
    address(.rdx, ra, displacement)
    let (miss, found) = check(range)
    a.emit(CAsmMov, 8, .rcx, HostMemory(.rbp, Layout.addend(range)))
    a.bind(found)
    later.append { [self] in
      a.bind(miss)
      address(.rax, ra, displacement)
      lookUp(bytes: Int(form.bytes), isStore: form.isStore, else: slow)
      fill(range, margin: Self.singleMargin)
      a.jump(CAsmJmp, found)
    }
  }

  /// The same for an access of a group, whose first one makes the check. When that fails the
  /// interpreter executes what is left of the block: the others have no way out.
  func member(_ o: Operation, of group: AccessGroup, _ number: Int, in index: Int) {
    let range = ranges.group(number, hasStore: group.hasStore)
    guard group.first == position else {
      return a.emit(CAsmMov, 8, .rcx, HostMemory(.rbp, Layout.addend(range)))
    }
    let ra = o.instruction.ra
    address(.rdx, ra, group.low)
    let (miss, found) = check(range)
    a.emit(CAsmMov, 8, .rcx, HostMemory(.rbp, Layout.addend(range)))
    a.bind(found)
    let owed = owed
    later.append { [self] in
      a.bind(miss)
      address(.rax, ra, group.low)
      let gone = a.label()
      lookUp(bytes: Int(group.high - group.low), isStore: group.hasStore, else: gone)
      fill(range, margin: Self.groupMargin)
      a.jump(CAsmJmp, found)
      a.bind(gone)
      leave(at: o.word, owed, LeavingReason.ungrouped)
    }
  }

  private func address(_ target: HostRegister, _ register: GPR, _ displacement: Int64) {
    let base = value(register, target)
    if displacement != 0 {
      a.emit(CAsmLea, 8, target, HostMemory(base, Int(displacement)))
    } else if base != target {
      a.emit(CAsmMov, 8, target, base)
    }
  }

  /// Compares the address in RDX, which changes, with a range.
  /// - Returns: where to go on when it is not in it, and where to come back to.
  private func check(_ range: Int) -> (miss: HostLabel, found: HostLabel) {
    let (miss, found) = (a.label(), a.label())
    a.emit(CAsmSub, 8, .rdx, HostMemory(.rbp, Layout.start(range)))
    a.emit(CAsmCmp, 8, .rdx, HostMemory(.rbp, Layout.limit(range)))
    a.jump(CAsmJae, miss)
    return (miss, found)
  }

  /// Looks for the page of the bytes from the address in RAX; it is in RDX then, and what must be
  /// added in RCX.
  private func lookUp(bytes: Int, isStore: Bool, else slow: HostLabel) {
    typealias Entries = DataTranslationLayout
    let strideShift = Entries.stride.trailingZeroBitCount
    a.emit(CAsmMov, 4, .rcx, .rax)
    a.emit(CAsmShr, 4, .rcx, Int64(12 - strideShift))
    a.emit(CAsmAnd, 4, .rcx, Int64((Entries.count - 1) << strideShift))
    // The page of the last byte, so that an access which crosses into the next does not match.
    if bytes > 1 {
      a.emit(CAsmLea, 8, .rdx, HostMemory(.rax, bytes - 1))
    } else {
      a.emit(CAsmMov, 8, .rdx, .rax)
    }
    a.emit(CAsmAnd, 8, .rdx, -4096)
    let half = isStore ? Entries.stores : 0
    let tag = half + (isStore ? Entries.writeTag : Entries.readTag)
    a.emit(CAsmCmp, 8, .rdx, HostMemory(.rbp, .rcx, tag))
    a.jump(CAsmJne, slow)
    a.emit(CAsmMov, 8, .rcx, HostMemory(.rbp, .rcx, half + Entries.addend))
  }

  /// Makes the page in RDX a range, with what must be added in RCX, as long as it has credit.
  private func fill(_ range: Int, margin: Int) {
    let exhausted = a.label()
    let done = a.label()
    // What comes after the first of a group wants it in any case.
    a.emit(CAsmMov, 8, HostMemory(.rbp, Layout.addend(range)), .rcx)
    a.emit(CAsmSub, 4, HostMemory(.rbp, Layout.credit(range)), 1)
    a.jump(CAsmJs, exhausted)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Layout.start(range)), .rdx)
    a.emit(CAsmMov, 8, HostMemory(.rbp, Layout.limit(range)), Int64(4096 - margin))
    a.emit(CAsmMov, 8, HostMemory(.rbp, Layout.isFilled), 1)
    a.jump(CAsmJmp, done)
    a.bind(exhausted)
    // Empty it stays, and the host foresees the way here.
    a.emit(CAsmMov, 8, HostMemory(.rbp, Layout.limit(range)), 0)
    a.bind(done)
  }
}
