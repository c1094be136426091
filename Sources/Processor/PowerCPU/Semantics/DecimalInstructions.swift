import PowerArithmetic
import PowerISA

// Book I 5.6.1 to 5.6.3: decimal floating-point arithmetic, compares and tests.

extension Semantics {
  // MARK: arithmetic

  static func dadd(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.add(p[decimal: i.fra], p[decimal: i.frb], .long, p.decimalControl), i)
  }

  static func dsub(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.add(
        p[decimal: i.fra], p[decimal: i.frb], subtract: true, .long, p.decimalControl), i)
  }

  static func dmul(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.multiply(p[decimal: i.fra], p[decimal: i.frb], .long, p.decimalControl), i)
  }

  static func ddiv(_ p: Processor, _ i: Instruction) {
    p.deliverDecimal(
      DecimalArithmetic.divide(p[decimal: i.fra], p[decimal: i.frb], .long, p.decimalControl), i)
  }

  static func daddq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.add(p[pair: i.fra], p[pair: i.frb], .extended, p.decimalControl), i)
  }

  static func dsubq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.add(
        p[pair: i.fra], p[pair: i.frb], subtract: true, .extended, p.decimalControl), i)
  }

  static func dmulq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.multiply(p[pair: i.fra], p[pair: i.frb], .extended, p.decimalControl), i)
  }

  static func ddivq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frt, i.fra, i.frb) else { return }
    p.deliverPair(
      DecimalArithmetic.divide(p[pair: i.fra], p[pair: i.frb], .extended, p.decimalControl), i)
  }

  // MARK: compare

  static func dcmpu(_ p: Processor, _ i: Instruction) {
    p.deliver(
      DecimalArithmetic.compare(
        p[decimal: i.fra], p[decimal: i.frb], ordered: false,
        invalidEnabled: p.state.pointee.fpscr & FPSCR.ve != 0, .long),
      i.bf)
  }

  static func dcmpo(_ p: Processor, _ i: Instruction) {
    p.deliver(
      DecimalArithmetic.compare(
        p[decimal: i.fra], p[decimal: i.frb], ordered: true,
        invalidEnabled: p.state.pointee.fpscr & FPSCR.ve != 0, .long),
      i.bf)
  }

  static func dcmpuq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.fra, i.frb) else { return }
    p.deliver(
      DecimalArithmetic.compare(
        p[pair: i.fra], p[pair: i.frb], ordered: false,
        invalidEnabled: p.state.pointee.fpscr & FPSCR.ve != 0, .extended),
      i.bf)
  }

  static func dcmpoq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.fra, i.frb) else { return }
    p.deliver(
      DecimalArithmetic.compare(
        p[pair: i.fra], p[pair: i.frb], ordered: true,
        invalidEnabled: p.state.pointee.fpscr & FPSCR.ve != 0, .extended),
      i.bf)
  }

  // MARK: test

  static func dtstdc(_ p: Processor, _ i: Instruction) {
    p.setTest(i, DecimalArithmetic.testClass(p[decimal: i.fra], mask: i.bits(16, 21), .long))
  }

  static func dtstdg(_ p: Processor, _ i: Instruction) {
    p.setTest(i, DecimalArithmetic.testGroup(p[decimal: i.fra], mask: i.bits(16, 21), .long))
  }

  static func dtstex(_ p: Processor, _ i: Instruction) {
    p.setTest(i, DecimalArithmetic.compareExponents(p[decimal: i.fra], p[decimal: i.frb], .long))
  }

  static func dtstsf(_ p: Processor, _ i: Instruction) {
    p.setTest(i, DecimalArithmetic.testSignificance(Int(p[i.fra] & 63), p[decimal: i.frb], .long))
  }

  static func dtstsfi(_ p: Processor, _ i: Instruction) {
    p.setTest(i, DecimalArithmetic.testSignificance(Int(i.bits(10, 15)), p[decimal: i.frb], .long))
  }

  static func dtstdcq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.fra) else { return }
    p.setTest(i, DecimalArithmetic.testClass(p[pair: i.fra], mask: i.bits(16, 21), .extended))
  }

  static func dtstdgq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.fra) else { return }
    p.setTest(i, DecimalArithmetic.testGroup(p[pair: i.fra], mask: i.bits(16, 21), .extended))
  }

  static func dtstexq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.fra, i.frb) else { return }
    p.setTest(i, DecimalArithmetic.compareExponents(p[pair: i.fra], p[pair: i.frb], .extended))
  }

  static func dtstsfq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frb) else { return }
    p.setTest(i, DecimalArithmetic.testSignificance(Int(p[i.fra] & 63), p[pair: i.frb], .extended))
  }

  static func dtstsfiq(_ p: Processor, _ i: Instruction) {
    guard p.arePairs(i.frb) else { return }
    p.setTest(i, DecimalArithmetic.testSignificance(Int(i.bits(10, 15)), p[pair: i.frb], .extended))
  }
}
