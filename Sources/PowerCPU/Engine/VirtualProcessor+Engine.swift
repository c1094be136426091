package import PowerISA

/// An instruction that has been decoded in the current context.
package struct DecodedInstruction {
  package let instruction: Instruction
  /// Its row's number; nil when it is illegal here.
  package let row: Int?
  /// The semantics function: processor state, instruction.
  package let handler: @convention(c) (UnsafeMutableRawPointer, UInt64) -> Void
}

/// What translated code depends on besides the words it was made of.
package struct EngineContext: Equatable {
  /// Of the MSR: SF, PR, IR, DR, LE, and which register files are available.
  package var msr: UInt64
  package var pid: UInt64
  package var amr: UInt64
  package var iamr: UInt64
  /// XER[SO], which goes into every comparison's result.
  package var summaryOverflow: Bool
  /// Which instructions exist, as a number.
  package var instructions: Int

  package static let msrBits =
    MSR.sf | MSR.pr | MSR.ir | MSR.dr | MSR.le | MSR.fp | MSR.vec | MSR.vsx
}

extension VirtualProcessor {
  package var engineContext: EngineContext {
    EngineContext(
      msr: state.pointee.msr & EngineContext.msrBits, pid: state.pointee.pid,
      amr: state.pointee.amr, iamr: state.pointee.iamr,
      summaryOverflow: state.pointee.xerWithoutCarries & XER.so != 0,
      instructions: code.currentContext)
  }

  /// Whether the context is still the one it was.
  package func isIn(_ context: EngineContext) -> Bool {
    state.pointee.msr & EngineContext.msrBits == context.msr && state.pointee.pid == context.pid
      && state.pointee.amr == context.amr && state.pointee.iamr == context.iamr
      && (state.pointee.xerWithoutCarries & XER.so != 0) == context.summaryOverflow
      && code.currentContext == context.instructions
  }

  /// Makes the page of NIA current.
  /// - Returns: the page of decoded entries, which stays the same for as long as its words are
  ///   known; nil when an interrupt was raised instead.
  package func currentPage() -> UnsafeMutableRawPointer? {
    if state.pointee.nia & ~0xFFF != state.pointee.fetchTag {
      fetchPage()
      guard state.pointee.nia & ~0xFFF == state.pointee.fetchTag else { return nil }
    }
    return UnsafeMutableRawPointer(state.pointee.fetchPage)
  }

  /// The real page of an effective address that has been fetched from.
  package func realPage(ofFetch address: UInt64) -> UInt64? {
    guard case .real(let real, _, _) = translate(address, .fetch, marks: false) else { return nil }
    return real & ~0xFFF
  }

  /// What is known of a word of the current page.
  /// - Returns: nil when it has not been executed yet.
  package func decoded(word: Int) -> DecodedInstruction? {
    let entry = state.pointee.fetchPage[word & (DecodedCode.entriesPerPage - 1)]
    guard entry.instruction != 0 else { return nil }
    let instruction = Instruction(rawValue: entry.instruction)
    return DecodedInstruction(
      instruction: instruction, row: code.table.row(of: instruction), handler: entry.run)
  }

  /// Lets the ranges of accesses be filled some more times.
  package func grantRangeCredits() {
    for bank in banks where bank.context != nil { bank.ranges.grantCredits(1024) }
  }

  /// Interprets until an instruction is followed by another than the next, or the budget is used
  /// up.
  @inline(never)
  package static func interpretBlock(_ state: UnsafeMutablePointer<ProcessorState>) {
    let raw = UnsafeMutableRawPointer(state)
    while state.pointee.budget > 0 {
      let address = state.pointee.nia
      guard address & ~0xFFF == state.pointee.fetchTag else {
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
