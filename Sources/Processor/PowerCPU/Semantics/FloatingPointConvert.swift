import PowerArithmetic
import PowerISA

// Book I 4.6.5 and 4.6.7 to 4.6.9: moves, rounding and conversion, comparison, select.
extension Semantics {
  private static let signBit: UInt64 = 1 << 63

  // MARK: moves

  /// A moved value; the FPSCR is not altered, but Rc=1 copies from it.
  @inline(__always)
  private static func move(_ p: Processor, _ i: Instruction, _ value: UInt64) {
    p[i.frt] = value
    if i.rc { p.recordCR1() }
  }

  @inline(__always)
  static func fmr(_ p: Processor, _ i: Instruction) { move(p, i, p[i.frb]) }
  @inline(__always)
  static func fneg(_ p: Processor, _ i: Instruction) { move(p, i, p[i.frb] ^ signBit) }
  @inline(__always)
  static func fabs(_ p: Processor, _ i: Instruction) { move(p, i, p[i.frb] & ~signBit) }
  @inline(__always)
  static func fnabs(_ p: Processor, _ i: Instruction) { move(p, i, p[i.frb] | signBit) }
  @inline(__always)
  static func fcpsgn(_ p: Processor, _ i: Instruction) {
    move(p, i, p[i.fra] & signBit | p[i.frb] & ~signBit)
  }
  static func fmrgew(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p[i.fra] & 0xFFFF_FFFF_0000_0000 | p[i.frb] >> 32
  }
  static func fmrgow(_ p: Processor, _ i: Instruction) {
    p[i.frt] = p[i.fra] << 32 | p[i.frb] & 0xFFFF_FFFF
  }

  /// A number not below zero, -0 included, selects FRC; one below zero and a NaN select FRB.
  @inline(__always)
  static func fsel(_ p: Processor, _ i: Instruction) {
    move(p, i, Double(bitPattern: p[i.fra]) >= 0 ? p[i.frc] : p[i.frb])
  }

  // MARK: rounding

  @inline(__always)
  static func frsp(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.round(p[i.frb], p.floatControl), i.frt, record: i.rc)
  }

  @inline(__always)
  private static func round(_ p: Processor, _ i: Instruction, _ rounding: FloatRounding) {
    p.deliver(
      FloatArithmetic.roundToIntegral(UInt128(p[i.frb]), .double, rounding, inexact: false),
      i.frt, record: i.rc)
  }
  static func frin(_ p: Processor, _ i: Instruction) { round(p, i, .nearestAway) }
  static func friz(_ p: Processor, _ i: Instruction) { round(p, i, .towardZero) }
  static func frip(_ p: Processor, _ i: Instruction) { round(p, i, .towardPlusInfinity) }
  static func frim(_ p: Processor, _ i: Instruction) { round(p, i, .towardMinusInfinity) }

  // MARK: to integers

  /// FPRF is undefined: an invalid conversion sets it to a NaN's class, another leaves it.
  @inline(__always)
  private static func toInteger(
    _ p: Processor, _ i: Instruction, _ format: FloatArithmetic.IntegerFormat,
    _ rounding: FloatRounding
  ) {
    var result =
      rounding == .towardZero
      ? DoubleFloat.truncate(p[i.frb], to: format)
      : FloatArithmetic.toInteger(UInt128(p[i.frb]), .double, format, rounding)
    // The upper half of a word's result is undefined: the word's extension.
    if format == .signedWord {
      result.bits = UInt128(UInt64(bitPattern: Int64(Int32(bitPattern: result.word))))
    }
    guard result.status.contains(.vxcvi) else {
      return p.deliver(result, i.frt, record: i.rc, Processor.StatusFields.inexact)
    }
    result.status.formUnion(FloatStatus(.quietNaN, negative: false))
    p.deliver(result, i.frt, record: i.rc)
  }

  static func fctid(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .signedDoubleword, p.floatControl.rounding)
  }
  @inline(__always)
  static func fctidz(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .signedDoubleword, .towardZero)
  }
  static func fctidu(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .unsignedDoubleword, p.floatControl.rounding)
  }
  static func fctiduz(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .unsignedDoubleword, .towardZero)
  }
  static func fctiw(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .signedWord, p.floatControl.rounding)
  }
  @inline(__always)
  static func fctiwz(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .signedWord, .towardZero)
  }
  static func fctiwu(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .unsignedWord, p.floatControl.rounding)
  }
  static func fctiwuz(_ p: Processor, _ i: Instruction) {
    toInteger(p, i, .unsignedWord, .towardZero)
  }

  // MARK: from integers

  @inline(__always)
  private static func fromDoubleword(
    _ p: Processor, _ i: Instruction, signed: Bool, _ shape: FloatShape
  ) {
    p.deliver(
      FloatArithmetic.fromInteger(
        UInt128(p[i.frb]), .init(bits: 64, signed: signed), shape, p.floatControl),
      i.frt, record: i.rc)
  }
  @inline(__always)
  static func fcfid(_ p: Processor, _ i: Instruction) {
    p.deliver(DoubleFloat.fromSignedDoubleword(p[i.frb], p.floatControl), i.frt, record: i.rc)
  }
  static func fcfidu(_ p: Processor, _ i: Instruction) {
    fromDoubleword(p, i, signed: false, .double)
  }
  static func fcfids(_ p: Processor, _ i: Instruction) {
    fromDoubleword(p, i, signed: true, .doubleToSingle)
  }
  static func fcfidus(_ p: Processor, _ i: Instruction) {
    fromDoubleword(p, i, signed: false, .doubleToSingle)
  }

  // MARK: comparison

  @inline(__always)
  static func fcmpu(_ p: Processor, _ i: Instruction) {
    p.deliver(p.compareDoubles(p[i.fra], p[i.frb], ordered: false), i.bf)
  }
  static func fcmpo(_ p: Processor, _ i: Instruction) {
    p.deliver(p.compareDoubles(p[i.fra], p[i.frb], ordered: true), i.bf)
  }
}

extension Processor {
  /// Compares two doubles; for numbers the host's comparison is complete.
  @inline(__always)
  func compareDoubles(
    _ a: UInt64, _ b: UInt64, ordered: Bool
  ) -> (order: FloatOrder, causes: FloatStatus) {
    let x = Double(bitPattern: a)
    let y = Double(bitPattern: b)
    if x < y { return (.less, []) }
    if x > y { return (.greater, []) }
    if x == y { return (.equal, []) }
    return FloatArithmetic.compare(
      UInt128(a), UInt128(b), ordered: ordered,
      invalidEnabled: state.pointee.fpscr & FPSCR.ve != 0, .double)
  }
}
