import PowerISA

/// Where a processor's timebase comes from.
///
/// The timebase runs at ``timebaseFrequency``, whatever the clock.
public protocol ProcessorClock: AnyObject, Sendable {
  /// Timebase ticks now.
  /// - Parameter instructionsInRun: instructions the asking processor has completed since its
  ///   current run began; a clock that counts instructions adds them.
  func timebase(instructionsInRun: UInt64) -> UInt64

  /// Instructions after which the timebase reaches `deadline`, or nil when instructions do not
  /// tell.
  func instructions(until deadline: UInt64) -> Int64?
}

/// Ticks of the timebase in a second, as every IBM server since POWER5 has it.
public let timebaseFrequency: UInt64 = 512_000_000

/// Ticks of the timebase in a number of nanoseconds, rounded down; exact for all.
public func timebaseTicks(nanoseconds: UInt64) -> UInt64 {
  // 512 MHz is 64 ticks in 125 ns.
  nanoseconds / 125 &* 64 &+ nanoseconds % 125 &* 64 / 125
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

  private var hasLargeDecrementer: Bool {
    hardware.decrementerBits > 32 && state.pointee.lpcr & LPCR.ld != 0
  }

  /// DEC: ticks until it passes zero, negative afterwards, at its architected width.
  var decrementer: UInt64 {
    let ticks = decrementerZero &- timebase
    return hasLargeDecrementer ? ticks : ticks & 0xFFFF_FFFF
  }

  func setDecrementer(_ value: UInt64) {
    let width = UInt64(hasLargeDecrementer ? hardware.decrementerBits : 32)
    let signed = Int64(bitPattern: value << (64 - width)) >> Int64(64 - width)
    decrementerZero = timebase &+ UInt64(bitPattern: signed)
    updateDecrementer()
    // Whoever runs this processor must think again about how long it may run.
    requestExit(.timer)
  }

  /// Makes the pending bit agree with the sign of DEC, which is the interrupt's level.
  func updateDecrementer() {
    if Int64(bitPattern: decrementerZero &- timebase) < 0 {
      state.pointee.pending.insert(.decrementer)
    } else {
      state.pointee.pending.remove(.decrementer)
    }
  }

  /// Instructions until the decrementer interrupts, when the clock can tell.
  public var instructionsUntilDecrementer: Int64? {
    // It interrupts when negative: one tick after zero.
    clock.instructions(until: decrementerZero &- timebaseOffset &+ 1)
  }

  /// Ticks until the decrementer interrupts; 0 when it does already.
  public var ticksUntilDecrementer: UInt64 {
    let ticks = Int64(bitPattern: decrementerZero &- timebase)
    return ticks < 0 ? 0 : UInt64(ticks) + 1
  }
}
