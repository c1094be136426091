internal import GuestMemory
package import PowerISA

/// An instruction that has been decoded in the current context.
package struct DecodedInstruction {
  package let instruction: Instruction
  /// Its row's number; nil when it is illegal here.
  package let row: Int?
  /// The semantics function: processor state, instruction.
  package let handler: @convention(c) (UnsafeMutableRawPointer, UInt64) -> Void
}

extension VirtualProcessor {
  /// Whether an instruction at an effective address has the same real address in every process, in
  /// the current context apart from the PID.
  package func isGlobalMapping(_ address: UInt64) -> Bool {
    state.pointee.msr & MSR.ir == 0 || address >> 62 == 3
      || processTable?.isRadix != true && address >> 62 != 0
  }

  /// Whether a state may always access a special-purpose register, apart from FSCR.
  package func permits(_ register: Int, writing: Bool, isPrivileged: Bool) -> Bool {
    let access = sprAccess[register & 1023]
    let permission: SPRAccess =
      isPrivileged
      ? (writing ? .privilegedWrite : .privilegedRead) : (writing ? .problemWrite : .problemRead)
    return access.contains(permission)
      && !(hasAddressCompare && register == SPR.Number.amr)
      && SPR.byNumber[register & 1023]?.partOf.contains(.transactionalMemory) == false
  }

  /// Makes the page of NIA current.
  /// - Returns: the page of decoded entries, which is valid until its words change; nil when an
  ///   interrupt was raised instead.
  package func currentPage() -> UnsafeMutableRawPointer? {
    if state.pointee.nia & ~0xFFF != state.pointee.fetchTag {
      fetchPage()
      guard state.pointee.nia & ~0xFFF == state.pointee.fetchTag else { return nil }
    }
    return UnsafeMutableRawPointer(state.pointee.fetchPage)
  }

  /// The real page of an effective address that has been fetched from.
  package func realPage(ofFetch address: UInt64) -> UInt64? {
    guard case .real(let real, _, _) = translate(address, .fetch, updatesEntry: false) else {
      return nil
    }
    return real & ~0xFFF
  }

  /// The decoded instruction of a word of the current page.
  /// - Returns: nil when it has not been executed yet.
  package func decoded(word: Int) -> DecodedInstruction? {
    let entry = state.pointee.fetchPage[word & (DecodedCode.entriesPerPage - 1)]
    guard entry.instruction != 0 else { return nil }
    let instruction = Instruction(rawValue: entry.instruction)
    return DecodedInstruction(
      instruction: instruction, row: code.table.row(of: instruction), handler: entry.run)
  }

  /// The instruction set of the current context.
  package var currentInstructions: InstructionSubset { code.table.instructions }

  /// Whether decoded entries are those of what storage holds now.
  package var hasSeenCodeWrites: Bool {
    state.pointee.codeWritesSeen == memory.codeWriteCount
  }

  /// Decodes a word of the current page as if it had been executed.
  package func decodeAhead(word: Int) {
    let place = word & (DecodedCode.entriesPerPage - 1)
    let address = state.pointee.fetchTag | UInt64(4 * place)
    guard state.pointee.fetchPage[place].instruction == 0, !isBreakpoint(address),
      let instruction = instruction(at: address)
    else { return }
    state.pointee.fetchPage[place] = DecodedEntry(
      run: handler(for: instruction), instruction: instruction.rawValue)
  }

  /// How often a slot may be filled before it needs a new fill budget.
  package static let fillBudget = Int(AccessCache.granted)

  /// Gives every slot a new fill budget, if one has used it up.
  /// - Returns: whether one has.
  package func grantFillBudgets() -> Bool {
    guard tlbs.contains(where: \.accessCache.isExhausted) else { return false }
    for tlb in tlbs { tlb.accessCache.grantFillBudgets() }
    return true
  }

  /// Interprets until an instruction is not followed by the next one, instructions are traced, or
  /// the budget is used up.
  @inline(never)
  package static func interpretBlock(_ state: UnsafeMutablePointer<ProcessorState>) {
    let raw = UnsafeMutableRawPointer(state)
    while state.pointee.budget > 0 {
      let address = state.pointee.nia
      guard address & ~0xFFF == state.pointee.fetchTag else {
        if state.pointee.isTraced { return }
        Processor(raw).owner.fetchPage()
        // An interrupt's handler is another block.
        if state.pointee.nia != address { return }
        continue
      }
      let entry = state.pointee.fetchPage + Int(truncatingIfNeeded: (address >> 2) & 0x3FF)
      state.pointee.cia = address
      state.pointee.nia = address &+ 4
      state.pointee.budget &-= 1
      entry.pointee.run(raw, entry.pointee.instruction)
      if state.pointee.nia != address &+ 4 { return }
    }
  }
}
