import PowerISA

/// The source of a processor's timebase, which runs at `TimeBase.frequency`.
public protocol ProcessorClock: AnyObject, Sendable {
  /// The timebase, in ticks.
  /// - Parameter instructionsInRun: instructions that the calling processor has completed in its
  ///   current run; a clock that counts instructions adds them.
  func timebase(instructionsInRun: UInt64) -> UInt64

  /// Instructions after which the timebase reaches `deadline`; nil when the timebase does not
  /// depend on instructions.
  func instructions(until deadline: UInt64) -> Int64?
}

/// A clock that stands still at 0, for processors whose time does not matter.
public final class StoppedClock: ProcessorClock {
  /// A clock.
  public init() {}
  /// Always 0.
  public func timebase(instructionsInRun: UInt64) -> UInt64 { 0 }
  /// Always nil.
  public func instructions(until deadline: UInt64) -> Int64? { nil }
}

extension VirtualProcessor {
  /// The timebase register.
  public var timebase: UInt64 {
    clock.timebase(instructionsInRun: instructionsInRun) &+ timebaseOffset
  }

  /// Instructions completed since the current run began.
  var instructionsInRun: UInt64 {
    let left = state.pointee.exit == .budget ? state.pointee.budget : state.pointee.budgetAtExit
    return UInt64(max(runBudget - left, 0))
  }

  /// Instructions completed since the processor was made.
  public var instructionCount: UInt64 { instructionsBeforeRun &+ instructionsInRun }

  // MARK: decrementer

  /// Bits of DEC: 32, or the processor's width with LPCR[LD].
  private var decrementerWidth: Int {
    hardware.decrementerBits > 32 && state.pointee.lpcr & LPCR.ld != 0
      ? hardware.decrementerBits : 32
  }

  /// DEC as a number of its width: it wraps there, and its sign is its most significant bit.
  private var signedDecrementer: Int64 {
    let unused = Int64(64 - decrementerWidth)
    return (Int64(bitPattern: decrementerZero &- timebase) << unused) >> unused
  }

  /// DEC as `mfspr` gives it: 32 bits, or the large one sign-extended (Book III 9.3).
  var decrementer: UInt64 {
    let value = UInt64(bitPattern: signedDecrementer)
    return decrementerWidth > 32 ? value : value & 0xFFFF_FFFF
  }

  func setDecrementer(_ value: UInt64) {
    let unused = Int64(64 - decrementerWidth)
    let signed = (Int64(bitPattern: value) << unused) >> unused
    decrementerZero = timebase &+ UInt64(bitPattern: signed)
    updateDecrementer()
    // The caller must compute again how long this processor may run.
    requestExit(.timer)
  }

  /// Makes the pending bit equal to DEC's most significant bit, which is the interrupt's level: the
  /// exception ceases when the bit changes to 0, by counting as well as by `mtspr` (Book III 9.3;
  /// the same in every version since 2.01).
  func updateDecrementer() {
    if signedDecrementer < 0 {
      state.pointee.pending.insert(.decrementer)
    } else {
      state.pointee.pending.remove(.decrementer)
    }
  }

  /// Instructions until the decrementer interrupts; nil when the clock does not depend on
  /// instructions, or when DEC is negative already and only MSR[EE] holds the interrupt back.
  public var instructionsUntilDecrementer: Int64? {
    // It interrupts when negative: one tick after zero.
    let ticks = signedDecrementer
    guard ticks >= 0 else { return nil }
    return instructions(until: timebase &+ UInt64(ticks) &+ 1)
  }

  /// Instructions until the guest's timebase reaches `deadline`; nil when the clock does not depend on
  /// instructions.
  public func instructions(until deadline: UInt64) -> Int64? {
    clock.instructions(until: deadline &- timebaseOffset)
  }

  /// Ticks until the decrementer interrupts; 0 when it does already.
  public var ticksUntilDecrementer: UInt64 {
    let ticks = signedDecrementer
    return ticks < 0 ? 0 : UInt64(ticks) + 1
  }
}
