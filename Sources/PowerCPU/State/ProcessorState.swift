import PowerArithmetic
import PowerISA

/// The architected and working state of one virtual processor, at a fixed address.
///
/// Only the interpreter, the translator and the semantics touch it directly, through
/// ``Processor``; everything else goes through ``VirtualProcessor``.
@frozen
public struct ProcessorState {
  // MARK: branch
  /// Address of the instruction being executed.
  public var cia: UInt64 = 0
  /// Address of the instruction to execute next.
  public var nia: UInt64 = 0
  public var lr: UInt64 = 0
  public var ctr: UInt64 = 0
  public var tar: UInt64 = 0
  /// CR0 in the four most significant bits.
  public var cr: UInt32 = 0

  // MARK: engine
  /// Instructions that may still run before the engine returns.
  public var budget: Int64 = 0
  /// Effective page of ``fetchPage`` or a value no page has.
  public var fetchTag: UInt64 = ProcessorState.noPage
  /// Decoded instructions of the current page, one entry per word.
  var fetchPage: UnsafeMutablePointer<DecodedEntry>
  /// All ones, or the low 32 bits in 32-bit mode.
  public var addressMask: UInt64 = ~0
  /// Whether storage accesses are little-endian.
  public var littleEndian = false
  /// Why the engine must return; see ``EngineExit``.
  var exit: UInt8 = 0
  /// Translations of the current context.
  var translations: UnsafeMutablePointer<TranslationBank>

  // MARK: fixed point
  public var gpr = InlineArray<32, UInt64>(repeating: 0)
  /// As ``XER`` lays it out.
  public var xer: UInt64 = 0
  public var msr: UInt64 = 0

  // MARK: floating point and vectors
  /// FPR n is doubleword 0 of register n, VR n is register n + 32.
  public var vsr = InlineArray<64, Vector>(repeating: .zero)
  public var fpscr: UInt64 = 0
  /// NJ and SAT.
  public var vscr: UInt32 = 0
  public var vrsave: UInt32 = 0

  // MARK: reservation
  /// Real address of the reservation granule's bytes, or all ones without one.
  public var reservationAddress: UInt64 = ProcessorState.noPage
  public var reservationSize: UInt64 = 0
  /// What the reserved storage held, as host integers, most significant doubleword first.
  public var reservationHigh: UInt64 = 0
  public var reservationLow: UInt64 = 0

  // MARK: interrupts
  public var srr0: UInt64 = 0
  public var srr1: UInt64 = 0
  public var dar: UInt64 = 0
  public var dsisr: UInt64 = 0
  public var lpcr: UInt64 = 0
  public var fscr: UInt64 = 0
  /// What is pending, as ``PendingInterrupt`` bits.
  public var pending: UInt64 = 0

  // MARK: storage control
  public var amr: UInt64 = 0
  public var iamr: UInt64 = 0
  public var uamor: UInt64 = 0
  public var pid: UInt64 = 0

  /// No effective page has this tag: page tags have twelve zero bits.
  static let noPage: UInt64 = ~0
}
