import PowerArithmetic
import PowerISA

// Book I 5.6.4 to 5.6.6: decimal quantum adjustment, conversion and format instructions.

extension Semantics {
  // MARK: quantum

  static func dqua(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.quantize(p[decimal: i.frb], like: p[decimal: i.fra], .long, p.rounding(i)),
      i)
  }

  static func dquai(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.quantize(p[decimal: i.frb], exponent: Int(i.sim), .long, p.rounding(i)), i)
  }

  static func drrnd(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.reround(
        p[decimal: i.frb], significance: Int(p[i.fra] & 63), .long, p.rounding(i)), i)
  }

  static func drintx(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.roundToIntegral(
        p[decimal: i.frb], signalsInexact: true, .long, p.rounding(i, r: i.bits(15, 15) != 0)), i)
  }

  static func drintn(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.roundToIntegral(
        p[decimal: i.frb], signalsInexact: false, .long, p.rounding(i, r: i.bits(15, 15) != 0)), i)
  }

  static func dquaq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.quantize(p[pair: i.frb], like: p[pair: i.fra], .extended, p.rounding(i)), i)
  }

  static func dquaiq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.quantize(p[pair: i.frb], exponent: Int(i.sim), .extended, p.rounding(i)), i
    )
  }

  static func drrndq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.reround(
        p[pair: i.frb], significance: Int(p[i.fra] & 63), .extended, p.rounding(i)), i)
  }

  static func drintxq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.roundToIntegral(
        p[pair: i.frb], signalsInexact: true, .extended, p.rounding(i, r: i.bits(15, 15) != 0)), i)
  }

  static func drintnq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.roundToIntegral(
        p[pair: i.frb], signalsInexact: false, .extended, p.rounding(i, r: i.bits(15, 15) != 0)), i)
  }

  // MARK: between formats

  static func dctdp(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.convertShort(
        p[decimal: i.frb] & 0xFFFF_FFFF, from: .short, to: .long, p.decimalControl), i)
  }

  static func drsp(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.convertShort(
        p[decimal: i.frb], from: .long, to: .short, p.decimalControl), i)
  }

  static func dctqpq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt) else { return }
    p.deliverPair(
      DecimalArithmetic.convert(
        p[decimal: i.frb], from: .long, to: .extended, p.decimalControl), i)
  }

  static func drdpq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    var result = DecimalArithmetic.convert(
      p[pair: i.frb], from: .extended, to: .long, p.decimalControl)
    // The odd register of the pair is undefined; it becomes zero.
    result.bits <<= 64
    p.deliverPair(result, i)
  }

  // MARK: integers

  static func dcffix(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.fromInteger(
        Int128(Int64(bitPattern: p[i.frb])), .long, p.decimalControl), i)
  }

  static func dcffixq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt) else { return }
    p.deliverPair(
      DecimalArithmetic.fromInteger(
        Int128(Int64(bitPattern: p[i.frb])), .extended, p.decimalControl), i)
  }

  static func dcffixqq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt) else { return }
    p.deliverPair(
      DecimalArithmetic.fromInteger(
        Int128(bitPattern: p[i.vrb].quadword), .extended, p.decimalControl), i, record: false)
  }

  static func dctfix(_ p: Processor, _ i: Instruction) {
    let (value, status) = DecimalArithmetic.toInteger(
      p[decimal: i.frb], Int64.self, .long, p.decimalControl.rounding)
    p.deliver(
      FloatResult(UInt128(UInt64(bitPattern: value)), status), i.frt, record: i.rc,
      Processor.StatusFields.inexact)
  }

  static func dctfixq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frb) else { return }
    let (value, status) = DecimalArithmetic.toInteger(
      p[pair: i.frb], Int64.self, .extended, p.decimalControl.rounding)
    p.deliver(
      FloatResult(UInt128(UInt64(bitPattern: value)), status), i.frt, record: i.rc,
      Processor.StatusFields.inexact)
  }

  static func dctfixqq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frb) else { return }
    let (value, status) = DecimalArithmetic.toInteger(
      p[pair: i.frb], Int128.self, .extended, p.decimalControl.rounding)
    p.deliver(
      Vector(quadword: UInt128(bitPattern: value)), status, VSR(i.vrt),
      Processor.StatusFields.inexact)
  }

  // MARK: packed decimal

  static func ddedpd(_ p: Processor, _ i: Instruction) {
    let value = DecimalArithmetic.toPackedDecimal(
      p[decimal: i.frb], signed: i.bits(11, 11) != 0, plusIsF: i.bits(12, 12) != 0, .long)
    p[i.frt] = UInt64(truncatingIfNeeded: value)
    if i.rc { p.recordCR1() }
  }

  static func denbcd(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.fromPackedDecimal(
        p[decimal: i.frb], signed: i.bits(11, 11) != 0, .long), i)
  }

  static func ddedpdq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    let value = DecimalArithmetic.toPackedDecimal(
      p[pair: i.frb], signed: i.bits(11, 11) != 0, plusIsF: i.bits(12, 12) != 0, .extended)
    p[pair: i.frt] = value
    if i.rc { p.recordCR1() }
  }

  static func denbcdq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.fromPackedDecimal(
        p[pair: i.frb], signed: i.bits(11, 11) != 0, .extended), i)
  }

  // MARK: parts

  static func dxex(_ p: Processor, _ i: Instruction) {
    p[i.frt] = UInt64(bitPattern: DecimalArithmetic.biasedExponent(p[decimal: i.frb], .long))
    if i.rc { p.recordCR1() }
  }

  static func diex(_ p: Processor, _ i: Instruction) {
    let value = DecimalArithmetic.inserting(
      biasedExponent: Int64(bitPattern: p[i.fra]), in: p[decimal: i.frb], .long)
    p[i.frt] = UInt64(truncatingIfNeeded: value)
    if i.rc { p.recordCR1() }
  }

  static func dscli(_ p: Processor, _ i: Instruction) {
    let value = DecimalArithmetic.shifted(
      p[decimal: i.fra], left: Int(i.bits(16, 21)), .long)
    p[i.frt] = UInt64(truncatingIfNeeded: value)
    if i.rc { p.recordCR1() }
  }

  static func dscri(_ p: Processor, _ i: Instruction) {
    let value = DecimalArithmetic.shifted(
      p[decimal: i.fra], left: -Int(i.bits(16, 21)), .long)
    p[i.frt] = UInt64(truncatingIfNeeded: value)
    if i.rc { p.recordCR1() }
  }

  static func dxexq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frb) else { return }
    p[i.frt] = UInt64(bitPattern: DecimalArithmetic.biasedExponent(p[pair: i.frb], .extended))
    if i.rc { p.recordCR1() }
  }

  static func diexq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.frb) else { return }
    let value = DecimalArithmetic.inserting(
      biasedExponent: Int64(bitPattern: p[i.fra]), in: p[pair: i.frb], .extended)
    p[pair: i.frt] = value
    if i.rc { p.recordCR1() }
  }

  static func dscliq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra) else { return }
    let value = DecimalArithmetic.shifted(
      p[pair: i.fra], left: Int(i.bits(16, 21)), .extended)
    p[pair: i.frt] = value
    if i.rc { p.recordCR1() }
  }

  static func dscriq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra) else { return }
    let value = DecimalArithmetic.shifted(
      p[pair: i.fra], left: -Int(i.bits(16, 21)), .extended)
    p[pair: i.frt] = value
    if i.rc { p.recordCR1() }
  }
}
