internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// The host code between Swift and translated code.
///
/// In translated code RBX points into the state (``HostMemory/stateOrigin``), RBP into the current
/// TLB (``HostMemory/tlbOrigin``), and R15 is the budget after the current block. RAX, RCX and RDX
/// are free between instructions, and the other registers hold guest registers.
struct Trampolines {
  /// Executes code from an address until it returns, with the reason.
  typealias Enter = @convention(c) (UnsafeMutableRawPointer, UInt) -> UInt32

  let enter: Enter
  /// Leaves for the instruction at the effective address in RCX; EDX is the reason.
  let leave: UInt
  /// Leaves with the current state; RAX is the reason.
  let leaveWithState: UInt
  /// Continues at NIA with the current state, in the current context.
  let continueWithState: UInt
  /// Leaves for the instruction at the effective address in RCX.
  let leaveTo: UInt
  /// Continues at the address in RCX, when the last call was made from elsewhere.
  let returnElsewhere: UInt
  /// Executes an instruction with its semantics function: RDX points at a ``HelperCall``.
  let helperCall: UInt
  /// The same where registers are as between regions (``RegisterAssignment/common``).
  let commonHelperCall: UInt
  /// ``AccessCacheLookup``.
  private let lookUp: InlineArray<3, UInt>
  /// ``PageLookup``: for groups, and by the binary logarithm of the size.
  let lookUpGroup: UInt
  private let lookUpPage: InlineArray<5, UInt>

  /// All to which translated code jumps, always in the same order.
  var targets: [UInt] {
    [
      leave, leaveWithState, continueWithState, leaveTo, returnElsewhere, helperCall,
      commonHelperCall, lookUpGroup,
    ]
      + lookUp.indices.map { lookUp[$0] } + lookUpPage.indices.map { lookUpPage[$0] }
  }

  func lookUp(_ kind: AccessCacheLookup.Kind) -> UInt { lookUp[kind.rawValue - 1] }

  func lookUpPage(bytes: Int) -> UInt { lookUpPage[bytes.trailingZeroBitCount] }

  /// Bytes of the host's stack for calls.
  private static let returnStackSize = 1 << 16

  static func make(
    _ assembler: HostAssembler, _ memory: CodeMemory, deferred: UnsafeMutablePointer<DeferredStatus>
  ) -> Trampolines? {
    let a = assembler
    a.begin(at: memory.next)
    let state = HostMemory.state
    let saved = [3, 5, 12, 13, 14, 15].map { HostRegister(number: $0) }

    func loadCommon() {
      for (guest, host) in RegisterAssignment.common {
        a.emit(CAsmMov, 8, host, state(StateOffset.gpr + 8 * guest.number))
      }
    }
    func saveCommon() {
      for (guest, host) in RegisterAssignment.common {
        a.emit(CAsmMov, 8, state(StateOffset.gpr + 8 * guest.number), host)
      }
    }
    // Puts the address of an entry that may match RCX into RAX; the host's Z flag is set if it
    // does.
    func findPlace() {
      a.emit(CAsmMov, 8, .rax, .rcx)
      a.emit(CAsmShr, 8, .rax, 10)
      a.emit(CAsmLea, 8, .rdx, HostMemory(index: .rcx, shift: 2))
      a.emit(CAsmXor, 4, .rax, .rdx)
      a.emit(CAsmAnd, 4, .rax, Int64(EntryCache.offsetMask))
      a.emit(CAsmAdd, 8, .rax, state(StateOffset.entryCache))
      a.emit(CAsmCmp, 8, HostMemory(.rax, 0), .rcx)
    }
    let (begin, elsewhere) = (a.label(), a.label())
    func loadTLB() {
      a.emit(CAsmMov, 8, .rbp, state(StateOffset.dataTranslations))
      a.emit(CAsmAdd, 8, .rbp, Int64(HostMemory.tlbOrigin))
    }

    for register in saved { a.emit(CAsmPush, 8, register) }
    a.emit(CAsmSub, 8, .rsp, 8)
    a.emit(CAsmLea, 8, .rbx, HostMemory(.rdi, HostMemory.stateOrigin))
    loadTLB()
    a.emit(CAsmMov, 8, .r15, state(StateOffset.budget))
    a.emit(CAsmMov, 8, .rdx, .rsi)
    a.emit(CAsmMov, 8, .rcx, state(StateOffset.nia))
    loadCommon()
    // A frame like that of a call, to which returns without a matching call return.
    let returnElsewhere = a.label()
    a.move(.rax, constant: 1)
    a.emit(CAsmPush, 8, .rax)
    a.jump(CAsmCall, begin)
    a.bind(returnElsewhere)
    a.emit(CAsmMov, 8, .rsp, state(StateOffset.returnStack))
    a.emit(CAsmAnd, 8, .rcx, -4)
    findPlace()
    a.jump(CAsmJne, elsewhere)
    a.emit(CAsmJmp, 8, HostMemory(.rax, 8))
    a.bind(begin)
    a.emit(CAsmMov, 8, state(StateOffset.returnStack), .rsp)
    a.emit(CAsmLea, 8, .rax, HostMemory(.rsp, -Self.returnStackSize))
    a.emit(CAsmMov, 8, state(StateOffset.returnStackLimit), .rax)
    a.emit(CAsmJmp, 8, .rdx)

    let leaveTo = a.label()
    a.bind(leaveTo)
    // Probe the other ways of the entry.
    a.bind(elsewhere)
    findPlace()
    for distance in EntryCache.otherWays {
      let next = a.label()
      // The table is aligned to the sets.
      a.emit(CAsmXor, 8, .rax, Int64(distance))
      a.emit(CAsmCmp, 8, HostMemory(.rax, 0), .rcx)
      a.jump(CAsmJne, next)
      a.emit(CAsmJmp, 8, HostMemory(.rax, 8))
      a.bind(next)
    }
    a.emit(CAsmXor, 4, .rdx, .rdx)
    let leave = a.label()
    a.bind(leave)
    saveCommon()
    a.emit(CAsmMov, 8, state(StateOffset.nia), .rcx)
    a.emit(CAsmMov, 8, state(StateOffset.budget), .r15)
    a.emit(CAsmMov, 4, .rax, .rdx)
    let leaveWithState = a.label()
    a.bind(leaveWithState)
    a.emit(CAsmMov, 8, .rsp, state(StateOffset.returnStack))
    // Removes that frame, and the alignment of the stack.
    a.emit(CAsmAdd, 8, .rsp, 24)
    for register in saved.reversed() { a.emit(CAsmPop, 8, register) }
    a.emit(CAsmRet)

    let (helperCall, commonHelperCall) = (a.label(), a.label())
    a.bind(commonHelperCall)
    saveCommon()
    a.jump(CAsmCall, helperCall)
    loadCommon()
    a.emit(CAsmRet)
    a.bind(helperCall)
    // The function may read the FPSCR.
    let resolved = a.label()
    let unresolved = a.label()
    let (watched, interrupted) = (a.label(), a.label())
    a.emit(CAsmCmp, 4, state(StateOffset.inexactWatch), 0)
    a.jump(CAsmJne, watched)
    a.bind(interrupted)
    a.emit(CAsmCmp, 8, state(StateOffset.deferredOperation), 0)
    a.jump(CAsmJne, unresolved)
    a.bind(resolved)
    a.emit(CAsmAdd, 8, HostMemory(.rdx, HelperCall.taken), 1)
    a.emit(CAsmMov, 8, .rax, HostMemory(.rdx, HelperCall.pageMask))
    a.emit(CAsmAnd, 8, .rax, state(StateOffset.codePage))
    a.emit(CAsmAdd, 8, .rax, HostMemory(.rdx, HelperCall.address))
    a.emit(CAsmMov, 8, state(StateOffset.cia), .rax)
    a.emit(CAsmAdd, 8, .rax, 4)
    a.emit(CAsmMov, 8, state(StateOffset.nia), .rax)
    a.emit(CAsmMov, 8, .rax, HostMemory(.rdx, HelperCall.remaining))
    a.emit(CAsmAdd, 8, .rax, .r15)
    a.emit(CAsmMov, 8, state(StateOffset.budget), .rax)
    a.emit(CAsmLea, 8, .rdi, HostMemory(.rbx, -HostMemory.stateOrigin))
    a.emit(CAsmMov, 8, .rsi, HostMemory(.rdx, HelperCall.instruction))
    a.emit(CAsmCall, 8, HostMemory(.rdx, HelperCall.handler))
    let gone = a.label()
    let (rewatch, returned) = (a.label(), a.label())
    a.emit(CAsmCmp, 4, state(StateOffset.inexactWatch), 0)
    a.jump(CAsmJne, rewatch)
    a.bind(returned)
    a.emit(CAsmCmp, 8, state(StateOffset.fetchTag), Int64(ProcessorState.isTranslated))
    a.jump(CAsmJne, gone)
    let scattered = a.label()
    a.emit(CAsmCmp, 8, state(StateOffset.isScattered), 0)
    a.jump(CAsmJne, scattered)
    // The TLB changes with the AMR.
    loadTLB()
    let lookUps = AccessCacheLookup.Kind.allCases.map { (kind: $0, label: a.label()) }
    AccessCacheLookup.emitAgain(a, lookUps)
    a.bind(gone)
    let (left, continueWithState) = (a.label(), a.label())
    a.emit(CAsmCmp, 8, state(StateOffset.fetchTag), Int64(ProcessorState.isRedirected))
    a.jump(CAsmJne, left)
    a.emit(CAsmMov, 8, state(StateOffset.fetchTag), Int64(ProcessorState.isTranslated))
    // The access did not end in its helper call.
    a.emit(CAsmMov, 8, state(StateOffset.missedSlot), 0)
    a.emit(CAsmMov, 8, state(StateOffset.isScattered), 0)
    // Calls of another context do not return here.
    a.emit(CAsmMov, 8, .rsp, state(StateOffset.returnStack))
    a.bind(continueWithState)
    loadTLB()
    a.emit(CAsmMov, 8, .r15, state(StateOffset.budget))
    a.emit(CAsmMov, 8, .rcx, state(StateOffset.nia))
    loadCommon()
    findPlace()
    a.jump(CAsmJne, elsewhere)
    a.emit(CAsmJmp, 8, HostMemory(.rax, 8))
    a.bind(left)
    a.emit(CAsmXor, 4, .rax, .rax)
    a.jump(CAsmJmp, leaveWithState)
    a.bind(scattered)
    a.emit(CAsmMov, 8, state(StateOffset.isScattered), 0)
    a.move(.rax, constant: UInt64(LeavingReason.scattered))
    a.jump(CAsmJmp, leaveWithState)

    // What the host has noticed is the guest's; what the function makes it notice is not.
    a.bind(watched)
    a.emit(CAsmStmxcsr, 4, state(StateOffset.readControl))
    a.emit(CAsmMov, 4, state(StateOffset.inexactWatch), Int64(DeferredFloatStatus.isInterrupted))
    a.emit(
      CAsmTest, 4, state(StateOffset.readControl), Int64(DeferredFloatStatus.inexactFlag))
    a.jump(CAsmJe, interrupted)
    a.move(.rax, constant: FPSCR.xx | FPSCR.fx)
    a.emit(CAsmOr, 8, state(StateOffset.fpscr), .rax)
    a.jump(CAsmJmp, interrupted)
    a.bind(rewatch)
    // Where XX is set there is nothing to watch for, and what is inexact does not set FX.
    let rewatched = a.label()
    a.emit(CAsmTest, 4, state(StateOffset.fpscr), Int64(FPSCR.xx))
    a.jump(CAsmJe, rewatched)
    a.emit(CAsmMov, 4, state(StateOffset.inexactWatch), 0)
    a.jump(CAsmJmp, returned)
    a.bind(rewatched)
    a.emit(CAsmLdmxcsr, 4, state(StateOffset.clearedControl))
    a.emit(CAsmMov, 4, state(StateOffset.inexactWatch), Int64(DeferredFloatStatus.isWatched))
    a.jump(CAsmJmp, returned)

    a.bind(unresolved)
    // Twice, for the stack's alignment.
    a.emit(CAsmPush, 8, .rdx)
    a.emit(CAsmPush, 8, .rdx)
    a.move(.rdi, constant: UInt64(UInt(bitPattern: deferred)))
    a.move(.rax, constant: UInt64(unsafeBitCast(DeferredStatus.resolve, to: UInt.self)))
    a.emit(CAsmCall, 8, .rax)
    a.emit(CAsmPop, 8, .rdx)
    a.emit(CAsmPop, 8, .rdx)
    a.jump(CAsmJmp, resolved)

    for (kind, label) in lookUps {
      a.bind(label)
      AccessCacheLookup.emit(a, kind)
    }
    let lookUpGroup = a.label()
    a.bind(lookUpGroup)
    PageLookup.emitForGroups(a)
    let pages = InlineArray<5, HostLabel> { _ in a.label() }
    for index in pages.indices {
      a.bind(pages[index])
      PageLookup.emit(a, bytes: 1 << index)
    }

    let (destination, capacity) = memory.free
    let base = memory.next
    guard let size = a.finish(destination, capacity: capacity) else { return nil }
    memory.commit(size)
    memory.keep()
    let address = { (label: HostLabel) in base + UInt(a.offset(of: label)) }
    return Trampolines(
      // Safety: the assembled code begins with a function of that type.
      enter: unsafeBitCast(base, to: Enter.self), leave: address(leave),
      leaveWithState: address(leaveWithState), continueWithState: address(continueWithState),
      leaveTo: address(leaveTo),
      returnElsewhere: address(returnElsewhere), helperCall: address(helperCall),
      commonHelperCall: address(commonHelperCall),
      lookUp: InlineArray { address(lookUps[$0].label) },
      lookUpGroup: address(lookUpGroup),
      lookUpPage: InlineArray { address(pages[$0]) })
  }
}
