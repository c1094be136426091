import PowerArithmetic
import PowerISA

/// The architected and working state of one virtual processor, at a fixed address.
///
/// Only the engines and the semantics access it directly, through ``Processor``; other code uses
/// ``VirtualProcessor``.
@usableFromInline
package struct ProcessorState {
  // MARK: branch
  /// Address of the instruction being executed.
  package var cia: UInt64 = 0
  /// Address of the instruction to execute next.
  package var nia: UInt64 = 0

  // MARK: engine
  /// Instructions that may still run before the engine returns.
  package var budget: Int64 = 0
  /// The value of ``budget`` when an exit was requested.
  var budgetAtExit: Int64 = 0
  /// Effective page of ``fetchPage``, or ``noPage``, ``isTranslated`` or ``isRedirected``.
  package var fetchTag: UInt64 = ProcessorState.noPage
  /// Decoded instructions of the current page, one entry per word.
  var fetchPage: UnsafeMutablePointer<DecodedEntry>
  /// Fetch translations of the current context.
  var fetchTranslations: UnsafeMutablePointer<FetchTranslation>
  /// Data translations of the current context.
  var dataTranslations: UnsafeMutablePointer<DataTranslation>
  /// The number of the combination of byte order and instruction set for which code is decoded.
  package var codeContext = 0
  /// `GuestMemory.codeWriteCount` when code was last made current, and where that count is.
  var codeWritesSeen: UInt64 = 0
  // Safety: the processor keeps the memory.
  let codeWriteCounter: UnsafePointer<UInt64>
  /// The table in which a translating engine looks up the code of an effective address.
  package var entryCache: UnsafeMutableRawPointer?
  /// The effective address of the page whose translated code runs, where that code is for any address.
  var codePage: UInt64 = 0
  /// The host's stack pointer outside calls from translated code, and the lowest one at which
  /// translated code may make a call.
  var returnStack: UInt = 0
  var returnStackLimit: UInt = 0
  /// An access for which translated code found no cached page: the offset of its slot, plus what the page must
  /// permit; 0 when there is none. Then its effective address.
  package var missedSlot: UInt64 = 0
  var missedAddress: UInt64 = 0
  /// Whether the slot of a single access has just used up its fill budget: the access makes a helper call.
  package var isScattered: UInt64 = 0
  /// The CR field for less, greater and equal: without XER[SO], and with it.
  let conditions: InlineArray<6, UInt32> = [8, 4, 2, 9, 5, 3]
  /// All ones, or the low 32 bits in 32-bit mode.
  var addressMask: UInt64 = ~0
  /// Whether storage accesses are little-endian.
  var littleEndian = false
  /// Whether each instruction may be followed by a trace interrupt: engines execute it with
  /// `VirtualProcessor.stepTraced()`, and ``fetchTag`` is ``noPage`` between instructions.
  package var isTraced = false
  /// Whether the current instruction has not completed, or is one that is never traced.
  var isUntraceable = false
  /// The reason for which the engine must return.
  var exit = EngineExit.budget
  /// Architecture level of the processor as `ISALevel` numbers it, 205 to 310; not the PCR's.
  var isaLevel = 0
  /// The permitted accesses to each special-purpose register, by number: ``SPRAccess``.
  var sprAccess: UnsafeMutablePointer<SPRAccess>
  /// The object that owns this state.
  var owner: Unmanaged<VirtualProcessor>

  // MARK: branch registers
  package var lr: UInt64 = 0
  package var ctr: UInt64 = 0
  var tar: UInt64 = 0
  /// Address of the last branch taken.
  package var cfar: UInt64 = 0
  /// The condition register's fields, each in the low four bits of a byte: LT, GT, EQ, SO.
  var crFields = InlineArray<8, UInt8>(repeating: 0)

  // MARK: fixed point
  var gpr = InlineArray<32, UInt64>(repeating: 0)
  /// ``xer`` without its carries.
  package var xerWithoutCarries: UInt64 = 0
  /// XER[CA], 0 or 1.
  var carry: UInt8 = 0
  /// XER[CA32], 0 or 1.
  var wordCarry: UInt8 = 0
  /// Operands of which translated code makes condition register fields and carries later.
  var savedOperands = InlineArray<17, UInt64>(repeating: 0)
  package var msr: UInt64 = 0

  // MARK: floating point and vectors
  /// FPR n is doubleword 0 of register n, VR n is register n + 32.
  var vsr = InlineArray<64, Vector>(repeating: .zero)
  var fpscr: UInt64 = 0
  package var deferredStatus = DeferredFloatStatus()
  /// NJ and SAT.
  var vscr: UInt32 = 0
  var vrsave: UInt64 = 0

  // MARK: reservation
  /// Host address of the reserved bytes, 0 without a reservation.
  var reservationAddress: UInt = 0
  var reservationSize = 0
  /// The contents of the reserved storage, as host integers.
  var reservationHigh: UInt64 = 0
  var reservationLow: UInt64 = 0

  // MARK: interrupts
  var srr0: UInt64 = 0
  var srr1: UInt64 = 0
  var dar: UInt64 = 0
  var dsisr: UInt64 = 0
  var lpcr: UInt64 = 0
  package var fscr: UInt64 = 0
  var pending: PendingInterrupts = []

  // MARK: storage control
  package var amr: UInt64 = 0
  package var iamr: UInt64 = 0
  var uamor: UInt64 = 0
  package var pid: UInt64 = 0

  // MARK: where code is entered
  /// Where an interrupt handler has returned to, or an engine has begun a run: until an engine without code for that
  /// address has seen it, when this is ``noPage``.
  package var resumedAt = ProcessorState.noPage

  /// Values of ``fetchTag`` while a semantics function runs that translated code has called: the code continues after the
  /// instruction; or at NIA, by ``entryCache``. After any other value it returns to its engine.
  @inlinable package static var isTranslated: UInt64 { 1 }
  @inlinable package static var isRedirected: UInt64 { 3 }
  /// No effective page has this tag: the tags of pages end in twelve zero bits.
  @inlinable package static var noPage: UInt64 { ~0 }

  init(
    owner: VirtualProcessor, page: UnsafeMutablePointer<DecodedEntry>, tlb: ContextTLB,
    sprAccess: UnsafeMutablePointer<SPRAccess>, codeWriteCounter: UnsafePointer<UInt64>
  ) {
    self.codeWriteCounter = codeWriteCounter
    self.owner = .passUnretained(owner)
    self.sprAccess = sprAccess
    fetchPage = page
    fetchTranslations = tlb.fetch
    dataTranslations = tlb.data
  }
}

// CR and XER are kept in parts, because instructions change single fields; these join them.
extension ProcessorState {
  /// CR0 in the four most significant bits.
  var cr: UInt32 {
    @inline(__always) get {
      var fields = unsafeBitCast(crFields, to: UInt64.self).byteSwapped
      fields = (fields | fields >> 4) & 0x00FF_00FF_00FF_00FF
      fields = (fields | fields >> 8) & 0x0000_FFFF_0000_FFFF
      return UInt32(truncatingIfNeeded: fields | fields >> 16)
    }
    @inline(__always) set {
      var fields = UInt64(newValue)
      fields = (fields | fields << 16) & 0x0000_FFFF_0000_FFFF
      fields = (fields | fields << 8) & 0x00FF_00FF_00FF_00FF
      fields = (fields | fields << 4) & 0x0F0F_0F0F_0F0F_0F0F
      crFields = unsafeBitCast(fields.byteSwapped, to: InlineArray<8, UInt8>.self)
    }
  }

  /// In the layout of ``XER``.
  var xer: UInt64 {
    @inline(__always) get {
      xerWithoutCarries | UInt64(carry) << 29 | UInt64(wordCarry) << 18
    }
    @inline(__always) set {
      xerWithoutCarries = newValue & ~(XER.ca | XER.ca32)
      carry = UInt8(truncatingIfNeeded: newValue >> 29 & 1)
      wordCarry = UInt8(truncatingIfNeeded: newValue >> 18 & 1)
    }
  }
}

/// The reason for which an engine returned.
public enum EngineExit: UInt8, Sendable {
  /// The budget of instructions is used up.
  case budget
  /// `sc 1`: a hypercall, arguments in GPR 3 and up.
  case hypercall
  /// A machine check or another condition that PAPR delivers to the hypervisor stopped the
  /// processor.
  case checkstop
  /// The decrementer was set: the time to the next interrupt has changed.
  case timer
  /// The handler of a fault faults at its own beginning (``VirtualProcessor/interruptLoop``).
  case interruptLoop
  /// The processor stopped for a debugger (``VirtualProcessor/debugStop``).
  case debugger
}
