import PowerArithmetic
import PowerISA

// What fixed-point instructions do to XER and CR0 beside their result (Book I 3.3.8). OV32 and
// CA32 came with ISA 3.0; on an earlier processor their bits stay as they are.
extension Processor {
  /// Bit 63 or, in 32-bit mode, bit 31: where carries and overflows of the current mode are.
  @inline(__always)
  private var topBit: UInt64 { is64Bit ? 63 : 31 }

  @inline(__always)
  private var hasWordFlags: Bool { state.pointee.isaLevel >= 300 }

  /// CA and CA32 from the carries out of every bit position.
  @inline(__always)
  func setCarry(_ carries: UInt64) {
    state.pointee.carry = UInt8(truncatingIfNeeded: carries &>> topBit & 1)
    if hasWordFlags { state.pointee.wordCarry = UInt8(truncatingIfNeeded: carries >> 31 & 1) }
  }

  /// CA, and CA32 alike, as algebraic shifts set them.
  @inline(__always)
  func setCarry(_ carry: Bool) {
    state.pointee.carry = carry ? 1 : 0
    if hasWordFlags { state.pointee.wordCarry = carry ? 1 : 0 }
  }

  /// OV, OV32 and SO from the overflows at every bit position.
  @inline(__always)
  func setOverflow(_ overflows: UInt64) {
    setOverflow(overflows &>> topBit & 1 != 0, word: overflows >> 31 & 1 != 0)
  }

  /// OV, OV32 and SO of multiplications and divisions, which do not depend on the mode.
  @inline(__always)
  func setOverflow(_ overflow: Bool) { setOverflow(overflow, word: overflow) }

  @inline(__always)
  private func setOverflow(_ overflow: Bool, word: Bool) {
    var xer = state.pointee.xerWithoutCarries & ~XER.ov | (overflow ? XER.ov | XER.so : 0)
    if hasWordFlags { xer = xer & ~XER.ov32 | (word ? XER.ov32 : 0) }
    state.pointee.xerWithoutCarries = xer
  }

  /// OV and OV32 alone from carries, as `addex` uses them.
  @inline(__always)
  func setOverflowCarry(_ carries: UInt64) {
    state.pointee.xerWithoutCarries =
      state.pointee.xerWithoutCarries & ~(XER.ov | XER.ov32)
      | (carries &>> topBit & 1) << 30 | (carries >> 31 & 1) << 19
  }

  /// RT of an XO-form instruction whose overflow is known: result, OV if OE, CR0 if Rc.
  @inline(__always)
  func setXO(_ i: Instruction, _ result: UInt64, overflow: @autoclosure () -> Bool) {
    self[i.rt] = result
    if i.oe { setOverflow(overflow()) }
    if i.rc { recordCR0(result) }
  }

  /// RT of an addition `a` + `b` (+ carry) = `sum`: result, OV if OE, CR0 if Rc.
  @inline(__always)
  func setSum(_ i: Instruction, _ a: UInt64, _ b: UInt64, _ sum: UInt64) {
    self[i.rt] = sum
    if i.rawValue & Self.oeOrRc != 0 { recordSum(i, a, b, sum) }
  }

  /// As ``setSum(_:_:_:_:)``, with CA.
  @inline(__always)
  func setCarryingSum(_ i: Instruction, _ a: UInt64, _ b: UInt64, _ sum: UInt64) {
    setCarry(FixedPoint.carries(a, b, sum))
    setSum(i, a, b, sum)
  }

  /// OE (bit 21) and Rc (bit 31) of the XO form.
  private static var oeOrRc: UInt64 { 0x401 }

  private func recordSum(_ i: Instruction, _ a: UInt64, _ b: UInt64, _ sum: UInt64) {
    if i.oe { setOverflow(FixedPoint.overflows(a, b, sum)) }
    if i.rc { recordCR0(sum) }
  }

  /// RA of a logical, rotate or shift instruction: result, CR0 if Rc.
  @inline(__always)
  func setRA(_ i: Instruction, _ result: UInt64) {
    self[i.ra] = result
    if i.rc { recordCR0(result) }
  }

  /// XER[CA] as a number to add.
  @inline(__always)
  var carryIn: UInt64 { UInt64(state.pointee.carry) }
}
