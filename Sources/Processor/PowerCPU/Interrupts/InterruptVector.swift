/// Interrupts by the effective address of their handler (Book III 7.4.3, figure 65).
public enum InterruptVector: UInt64, Sendable {
  case systemReset = 0x100
  case machineCheck = 0x200
  case dataStorage = 0x300
  case dataSegment = 0x380
  case instructionStorage = 0x400
  case instructionSegment = 0x480
  case external = 0x500
  case alignment = 0x600
  case program = 0x700
  case floatingPointUnavailable = 0x800
  case decrementer = 0x900
  case directedPrivilegedDoorbell = 0xA00
  case systemCall = 0xC00
  case trace = 0xD00
  case performanceMonitor = 0xF00
  case vectorUnavailable = 0xF20
  case vsxUnavailable = 0xF40
  case facilityUnavailable = 0xF60
}

/// Interrupts that wait for MSR[EE]; the first is not masked.
struct PendingInterrupts: OptionSet, Sendable {
  let rawValue: UInt8
  @inline(__always)
  init(rawValue: UInt8) { self.rawValue = rawValue }

  static let systemReset = PendingInterrupts(rawValue: 1)
  static let machineCheck = PendingInterrupts(rawValue: 2)
  /// The interrupt controller asserts the processor's external input.
  static let external = PendingInterrupts(rawValue: 4)
  /// The decrementer is negative.
  static let decrementer = PendingInterrupts(rawValue: 8)
  static let doorbell = PendingInterrupts(rawValue: 16)
  /// The performance monitor has alerted, and PMAO is still set.
  static let performanceMonitor = PendingInterrupts(rawValue: 32)
  /// Not an interrupt, but delivered with them: an event-based branch of problem state that is due.
  static let eventBasedBranch = PendingInterrupts(rawValue: 64)
}

/// The bits that interrupts set in SRR1 or DSISR.
enum InterruptCause {
  /// No translation.
  static let noTranslation: UInt64 = 0x4000_0000
  /// Fetch from no-execute or guarded storage.
  static let noExecute: UInt64 = 0x1000_0000
  static let protection: UInt64 = 0x0800_0000
  /// A reservation in storage that is caching-inhibited (DSISR bit 37).
  static let cachingInhibited: UInt64 = 0x0400_0000
  static let store: UInt64 = 0x0200_0000
  /// A data address watchpoint matched, or before version 2.05 an address compare (ACCR).
  static let watchpoint: UInt64 = 0x0040_0000
  static let virtualPageClassKey: UInt64 = 0x0020_0000
  static let badRadixConfiguration: UInt64 = 0x0008_0000
  /// Atomic or `copy`/`paste.` on storage that does not support it, or an invalid function code.
  static let unsupportedAtomic: UInt64 = 0x0080_0000
  /// DSISR: `paste.` to storage that is not an accelerator's, before version 3.1.
  static let invalidCopyPaste: UInt64 = 0x8

  // Program interrupts
  static let floatingPointEnabled: UInt64 = 0x0010_0000
  static let illegal: UInt64 = 0x0008_0000
  static let privileged: UInt64 = 0x0004_0000
  static let trap: UInt64 = 0x0002_0000
  /// SRR0 is the address of the instruction after the one that caused the interrupt.
  static let afterTheInstruction: UInt64 = 0x0001_0000

  /// SRR1 bit of a machine check that a load or store caused: DSISR and DAR have details.
  static let machineCheckOfData: UInt64 = 0x0020_0000

  // Trace
  static let traced: UInt64 = 0x4000_0000
  static let tracedLoad: UInt64 = 0x1000_0000
  static let tracedStore: UInt64 = 0x0800_0000
  /// Match of CIABR.
  static let tracedAddress: UInt64 = 0x0010_0000

  // Alignment
  /// SRR1 bit of an interrupt that a prefixed instruction caused, including the trace interrupt.
  static let prefixed: UInt64 = 0x2000_0000
  /// SRR1 bit of an alignment interrupt for a prefix crossing a 64-byte boundary.
  static let prefixCrossesBoundary: UInt64 = 0x1000_0000
}
