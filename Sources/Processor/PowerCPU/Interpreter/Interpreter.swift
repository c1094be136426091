import GuestMemory
import PowerISA

extension Processor {
  /// The entry of the current TLB that may hold the translation of an effective address.
  @inline(__always)
  fileprivate func fetchTranslation(of address: UInt64) -> UnsafeMutablePointer<FetchTranslation> {
    state.pointee.fetchTranslations
      + Int(truncatingIfNeeded: (address >> 12) & UInt64(ContextTLB.fetchCount - 1))
  }

  /// Makes the page of NIA current if its fetch translation is cached, which is the common case
  /// after a branch; ``VirtualProcessor/fetchPage()`` handles the others.
  @inline(__always)
  fileprivate func selectPage() -> Bool {
    let address = state.pointee.nia
    let entry = fetchTranslation(of: address)
    guard address & state.pointee.addressMask & ~3 == address,
      entry.pointee.tag == address & ~0xFFF, let page = entry.pointee.page
    else { return false }
    state.pointee.fetchPage = page
    state.pointee.fetchTag = address & ~0xFFF
    return true
  }
}

extension VirtualProcessor {
  /// Runs until an exit; at most `instructions` instructions.
  ///
  /// Takes pending interrupts first. Afterwards the state is that of an instruction boundary.
  public func run(instructions: Int64) -> EngineExit {
    catchUpWithCodeWrites()
    catchUpWithTableWatches()
    updateDecrementer()
    deliverPendingInterrupt()
    state.pointee.exit = .budget
    runBudget = min(instructions, max(instructionsUntilAlert ?? instructions, 1))
    state.pointee.budget = runBudget
    if instructionTrace != nil {
      interpretTracing()
    } else if code.audit != nil {
      Self.interpretCounting(state)
    } else if let translator {
      translator.run()
    } else {
      Self.interpret(state)
    }
    // A branch in 32-bit mode may have left more bits, which the next fetch would ignore.
    state.pointee.nia &= state.pointee.addressMask
    bringCountersUpToDate()
    instructionsBeforeRun &+= instructionsInRun
    runBudget = 0
    state.pointee.budget = 0
    return state.pointee.exit
  }

  /// The loop. Everything that ends it sets the budget to zero.
  @inline(never)
  private static func interpret(_ state: UnsafeMutablePointer<ProcessorState>) {
    let raw = UnsafeMutableRawPointer(state)
    while state.pointee.budget > 0 {
      let address = state.pointee.nia
      guard address & ~0xFFF == state.pointee.fetchTag else {
        if state.pointee.isTraced {
          Processor(raw).owner.stepTraced()
        } else if !Processor(raw).selectPage() {
          Processor(raw).owner.fetchPage()
        }
        continue
      }
      let entry = state.pointee.fetchPage + Int(truncatingIfNeeded: (address >> 2) & 0x3FF)
      state.pointee.cia = address
      state.pointee.nia = address &+ 4
      state.pointee.budget &-= 1
      entry.pointee.run(raw, entry.pointee.instruction)
    }
  }

  /// The same with a count of every execution of a decoded word, for an audit.
  @inline(never)
  private static func interpretCounting(_ state: UnsafeMutablePointer<ProcessorState>) {
    let raw = UnsafeMutableRawPointer(state)
    while state.pointee.budget > 0 {
      let address = state.pointee.nia
      guard address & ~0xFFF == state.pointee.fetchTag else {
        if state.pointee.isTraced {
          Processor(raw).owner.stepTraced()
        } else if !Processor(raw).selectPage() {
          Processor(raw).owner.fetchPage()
        }
        continue
      }
      let page = state.pointee.fetchPage
      let word = Int(truncatingIfNeeded: (address >> 2) & 0x3FF)
      // Before the instruction runs, because it may free its page.
      DecodedCode.counts(of: page)[word] &+= 1
      state.pointee.cia = address
      state.pointee.nia = address &+ 4
      state.pointee.budget &-= 1
      page[word].run(raw, page[word].instruction)
    }
  }

  /// The same with a call of the trace before each instruction.
  private func interpretTracing() {
    let raw = UnsafeMutableRawPointer(state)
    while state.pointee.budget > 0 {
      let address = state.pointee.nia
      guard address & ~0xFFF == state.pointee.fetchTag else {
        if state.pointee.isTraced { stepTraced() } else { fetchPage() }
        continue
      }
      let word = Int(truncatingIfNeeded: (address >> 2) & 0x3FF)
      let isBreakpoint = isBreakpoint(address) && steppedBreakpoint != address
      if !isBreakpoint, let instruction = instruction(at: address) {
        instructionTrace?(address, instruction)
      }
      state.pointee.cia = address
      state.pointee.nia = address &+ 4
      state.pointee.budget &-= 1
      if code.audit != nil { DecodedCode.counts(of: state.pointee.fetchPage)[word] &+= 1 }
      let entry = state.pointee.fetchPage + word
      entry.pointee.run(raw, entry.pointee.instruction)
    }
  }

  /// Ends the run after the current instruction.
  func requestExit(_ exit: EngineExit) {
    if state.pointee.exit == .budget { state.pointee.budgetAtExit = state.pointee.budget }
    state.pointee.exit = exit
    state.pointee.budget = 0
    leaveTranslation()
  }

  // MARK: fetch

  /// Makes the page of NIA current, or raises the interrupt that keeps it from being fetched.
  func fetchPage() {
    let address = state.pointee.nia & state.pointee.addressMask & ~3
    state.pointee.nia = address
    if processor.selectPage() { return }
    let translation = translate(address, .fetch)
    guard case .real(let real, _, _) = translation, memory.contains(real & ~0xFFF, count: 4096)
    else {
      // A fetch without memory in real mode would raise the same machine check forever.
      if case .real = translation, address & ~0xFFF == 0 { requestExit(.checkstop) }
      state.pointee.cia = address
      state.pointee.budget &-= 1
      raise(translation, address, .fetch)
      return
    }
    let realPage = real & ~0xFFF
    setCodeTag(realPage)
    let effective = hasBreakpoint(onPage: address) ? address & ~0xFFF : nil
    if code.page(real: realPage, effective: effective) == nil { makeRoomForDecodedCode() }
    guard let page = code.page(real: realPage, effective: effective) else { return }
    tlbs[currentTLB].noteFilled(address)
    processor.fetchTranslation(of: address).pointee = FetchTranslation(
      tag: address & ~0xFFF, page: page)
    state.pointee.fetchPage = page
    state.pointee.fetchTag = address & ~0xFFF
  }

  /// The instruction at an effective address of the current page.
  /// - Parameter withSuffix: whether a prefix is read with its suffix on processors without
  ///   prefixes, too.
  func instruction(at address: UInt64, withSuffix: Bool = false) -> Instruction? {
    guard case .real(let real, _, _) = translate(address, .fetch) else { return nil }
    let order: Endianness = state.pointee.littleEndian ? .little : .big
    guard let word = try? memory.read(UInt32.self, at: real, order) else { return nil }
    guard word >> 26 == 1, withSuffix || hardware.isa >= .v3_1,
      let suffix = try? memory.read(UInt32.self, at: real &+ 4, order)
    else { return Instruction(word: word) }
    return Instruction(prefix: word, suffix: suffix)
  }

  /// Decodes the word at CIA into its entry, and executes it.
  func decodeAndRun() {
    let address = state.pointee.cia
    let word = Int(truncatingIfNeeded: (address >> 2) & 0x3FF)
    guard let instruction = instruction(at: address) else {
      // The page was readable when it became current; another processor has unmapped it since.
      state.pointee.nia = address
      state.pointee.isUntraceable = true
      state.pointee.fetchTag = ProcessorState.noPage
      return
    }
    let isBreakpoint = isBreakpoint(address)
    if isBreakpoint, steppedBreakpoint != address { return stop(.breakpoint) }
    noteDecoded(instruction)
    let run = handler(for: instruction)
    if isBreakpoint { return run(UnsafeMutableRawPointer(state), instruction.rawValue) }
    state.pointee.fetchPage[word] = DecodedEntry(run: run, instruction: instruction.rawValue)
    run(UnsafeMutableRawPointer(state), instruction.rawValue)
  }

  // MARK: stores to code

  /// Tags a real page as decoded, so that stores to it take the slow path.
  private func setCodeTag(_ realPage: UInt64) {
    let place = Int(realPage >> GuestMemory.pageShift)
    guard memory.pageTags[place] & GuestMemory.codeTag == 0 else { return }
    memory.pageTags[place] |= GuestMemory.codeTag
    memory.noteCodeWrite(page: realPage >> GuestMemory.pageShift)
    catchUpWithCodeWrites()
  }

  /// Reports this processor's own store to a page with a code tag.
  func noteStoreToCode(_ real: UInt64, _ count: Int) {
    let page = real >> GuestMemory.pageShift
    guard memory.pageTags[Int(page)] & GuestMemory.codeTag != 0 else { return }
    memory.noteCodeWrite(page: page)
    let isCurrent = state.pointee.codeWritesSeen &+ 1 == memory.codeWriteCount
    guard isCurrent else { return catchUpWithCodeWrites() }
    state.pointee.codeWritesSeen = memory.codeWriteCount
    let first = Int(real & 0xFFF) >> 2
    let last = Int((real & 0xFFF) + UInt64(count) - 1) >> 2
    // The word before may be the prefix of the first changed word.
    forget(real: page << GuestMemory.pageShift, words: max(first - 1, 0)...last)
    codePageWrites[page, default: 0] += 1
    if codePageWrites[page, default: 0] >= Self.codePageWriteLimit { release(page) }
  }

  /// Number of stores to a page of code after which it counts as data.
  private static let codePageWriteLimit = 32

  /// Drops all code of a page, and permits fast stores to it until something is fetched from it.
  private func release(_ page: UInt64) {
    let real = page << GuestMemory.pageShift
    codePageWrites[page] = nil
    removeCode(real: real)
    memory.releaseCode(page: page)
  }

  /// Frees the decoded code of a page; the next fetch from it sets the tag again.
  private func removeCode(real: UInt64) {
    translator?.forget(real: real, words: 0...DecodedCode.entriesPerPage - 1)
    code.remove(real: real) { freed in
      for tlb in tlbs { tlb.forgetFetches(from: freed) }
    }
    state.pointee.fetchPage = code.undecodedPage
    leaveTranslation()
  }

  /// Drops code that other processors have overwritten, and the permission for fast stores to pages
  /// that were tagged.
  func catchUpWithCodeWrites() {
    guard !hasSeenCodeWrites else { return }
    let pages = memory.codeWrites(since: state.pointee.codeWritesSeen)
    state.pointee.codeWritesSeen = memory.codeWriteCount
    guard let pages else {
      invalidateTranslations()
      dropDecodedCode()
      return
    }
    let isMany = pages.count > Self.fewWrittenPages
    if isMany { for tlb in tlbs where tlb.context != nil { tlb.forbidWrites() } }
    for page in pages {
      let real = page << GuestMemory.pageShift
      if memory.pageTags[Int(page)] & GuestMemory.codeTag == 0 {
        // Another processor has removed the tag.
        removeCode(real: real)
        continue
      }
      if !isMany { for tlb in tlbs where tlb.context != nil { tlb.forbidWrites(real: real) } }
      forget(real: real, words: 0...DecodedCode.entriesPerPage - 1)
    }
  }

  /// The most pages of which each has its entries looked for in the TLBs.
  private static let fewWrittenPages = 16

  private func forget(real: UInt64, words: ClosedRange<Int>) {
    code.forget(real: real, words: words)
    translator?.forget(real: real, words: words)
  }

  /// Makes translated code return to its engine after the current instruction.
  @inline(__always)
  func leaveTranslation() { state.pointee.fetchTag = ProcessorState.noPage }

  /// Frees some of the decoded pages, whose code may be as hot as any.
  private func makeRoomForDecodedCode() {
    let chosen = code.someRealPages()
    guard !chosen.isEmpty else { return dropDecodedCode() }
    for real in chosen { removeCode(real: real) }
  }

  /// Frees every decoded page and all pointers to them.
  func dropDecodedCode() {
    translator?.forgetAllCode()
    for tlb in tlbs {
      tlb.fetch.update(repeating: FetchTranslation(), count: ContextTLB.fetchCount)
    }
    state.pointee.fetchTag = ProcessorState.noPage
    state.pointee.fetchPage = code.undecodedPage
    code.removeAll()
  }
}
