import PowerArithmetic
import PowerISA

// How results meet the FPSCR (Book I 4.2.2, 4.4 and 7.4): sticky exceptions, the summaries FX, VX
// and FEX, results that an enabled exception withholds, and the interrupt, which comes last so
// that the target, CR1 and the FPSCR are as the books want the handler to see them.
extension Processor {
  @inline(__always)
  var floatControl: FloatControl { FloatControl(fpscr: state.pointee.fpscr) }

  /// The effect of a status.
  struct FloatOutcome {
    /// Whether the result goes to its target.
    var writes: Bool
    /// Whether an enabled exception occurred.
    var interrupts: Bool
  }

  /// The parts of a status that an instruction may set in the FPSCR beside the exceptions.
  enum StatusFields {
    /// FR, FI and FPRF: arithmetic, rounding, conversions to floating point.
    static let result = FPSCR.fr | FPSCR.fi | FPSCR.fprf
    /// FR and FI: conversions to integers.
    static let inexact = FPSCR.fr | FPSCR.fi
    /// Nothing: vectors, minimum and maximum.
    static let none: UInt64 = 0
    /// FPCC: comparisons.
    static let condition = FPSCR.fpcc
  }

  /// Adds a scalar's status to the FPSCR. An enabled invalid operation or zero divide leaves the target
  /// and FPRF alone and clears FR and FI.
  @inline(__always)
  func update(_ status: FloatStatus, _ fields: UInt64 = StatusFields.result) -> FloatOutcome {
    let fpscr = state.pointee.fpscr
    let bits = UInt64(status.rawValue) & (fields | FPSCR.exceptions)
    // Nothing new and nothing enabled.
    if bits & FPSCR.exceptions & ~fpscr | fpscr & FPSCR.enables == 0 {
      state.pointee.fpscr = fpscr & ~fields | bits
      return FloatOutcome(writes: true, interrupts: false)
    }
    return slowUpdate(bits, fields)
  }

  @inline(never)
  private func slowUpdate(_ bits: UInt64, _ fields: UInt64) -> FloatOutcome {
    let old = state.pointee.fpscr
    let exceptions = bits & FPSCR.exceptions
    let withheld =
      exceptions & FPSCR.invalid != 0 && old & FPSCR.ve != 0
      || exceptions & FPSCR.zx != 0 && old & FPSCR.ze != 0
    let cleared = withheld ? fields & ~FPSCR.fprf : fields
    state.pointee.fpscr = old & ~cleared | (withheld ? exceptions : bits)
    return FloatOutcome(writes: !withheld, interrupts: raised(exceptions, over: old))
  }

  /// Adds the exceptions of a vector's elements to the FPSCR. Any enabled one leaves the whole target
  /// alone; FR, FI and FPRF are not touched.
  @inline(__always)
  func updateVector(_ status: FloatStatus) -> FloatOutcome {
    let fpscr = state.pointee.fpscr
    let exceptions = UInt64(status.rawValue) & FPSCR.exceptions
    if exceptions & ~fpscr | fpscr & FPSCR.enables == 0 {
      return FloatOutcome(writes: true, interrupts: false)
    }
    return slowVectorUpdate(exceptions)
  }

  @inline(never)
  private func slowVectorUpdate(_ exceptions: UInt64) -> FloatOutcome {
    let old = state.pointee.fpscr
    state.pointee.fpscr = old | exceptions
    let interrupts = raised(exceptions, over: old)
    return FloatOutcome(writes: !interrupts, interrupts: interrupts)
  }

  /// Brings FX, VX and FEX up to date; true when one of the exceptions is enabled.
  private func raised(_ exceptions: UInt64, over old: UInt64) -> Bool {
    var fpscr = state.pointee.fpscr
    if exceptions & ~old != 0 { fpscr |= FPSCR.fx }
    state.pointee.fpscr = FPSCR.summarized(fpscr)
    return FPSCR.isEnabled(FPSCR.summarized(exceptions) | fpscr & FPSCR.enables)
  }

  // MARK: results

  /// A scalar result for an FPR.
  @inline(__always)
  func deliver(
    _ result: FloatResult, _ target: FPR, record: Bool, _ fields: UInt64 = StatusFields.result
  ) {
    let outcome = update(result.status, fields)
    if outcome.writes { self[target] = result.doubleword }
    if record { recordCR1() }
    if outcome.interrupts { floatingPointEnabledException() }
  }

  /// A scalar result for doubleword 0 of a VSR; doubleword 1 becomes zero.
  @inline(__always)
  func deliver(
    _ result: FloatResult, _ target: VSR, _ fields: UInt64 = StatusFields.result
  ) {
    let outcome = update(result.status, fields)
    if outcome.writes { self[target] = Vector(result.doubleword, 0) }
    if outcome.interrupts { floatingPointEnabledException() }
  }

  /// A scalar result in a layout of its own.
  @inline(__always)
  func deliver(
    _ value: Vector, _ status: FloatStatus, _ target: VSR,
    _ fields: UInt64 = StatusFields.result
  ) {
    let outcome = update(status, fields)
    if outcome.writes { self[target] = value }
    if outcome.interrupts { floatingPointEnabledException() }
  }

  /// A whole vector's result.
  @inline(__always)
  func deliverVector(_ value: Vector, _ status: FloatStatus, _ target: VSR) {
    let outcome = updateVector(status)
    if outcome.writes { self[target] = value }
    if outcome.interrupts { floatingPointEnabledException() }
  }

  /// A comparison's result for a CR field and FPCC.
  @inline(__always)
  func deliver(_ comparison: (order: FloatOrder, causes: FloatStatus), _ target: CRField) {
    let order = UInt32(comparison.order.rawValue)
    self[target] = order
    let status = FloatStatus(rawValue: comparison.causes.rawValue | order << 12)
    // FPCC is set whether or not an exception is enabled.
    state.pointee.fpscr = state.pointee.fpscr & ~FPSCR.fpcc | UInt64(order) << 12
    if update(status, StatusFields.condition).interrupts { floatingPointEnabledException() }
  }

  /// FX, FEX, VX and OX to CR1, as Rc=1 asks.
  @inline(__always)
  func recordCR1() {
    self[.cr1] = UInt32(truncatingIfNeeded: state.pointee.fpscr >> 28) & 15
  }
}
