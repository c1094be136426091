import PowerArithmetic
import PowerISA

// Book I 3.3.9, additions and subtractions. A subtraction is ¬(RA) + x + 1.
extension Semantics {
  @inline(__always)
  static func addi(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[orZero: i.ra] &+ UInt64(bitPattern: i.si)
  }

  @inline(__always)
  static func addis(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[orZero: i.ra] &+ UInt64(bitPattern: i.si << 16)
  }

  @inline(__always)
  static func paddi(_ p: Processor, _ i: Instruction) {
    guard let sum = p.prefixedAddress(i) else { return }
    p[i.rt] = sum
  }

  @inline(__always)
  static func addpcis(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p.state.pointee.nia &+ UInt64(bitPattern: i.dx << 16)
  }

  @inline(__always)
  static func add(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.ra], p[i.rb])
    p.setSum(i, a, b, a &+ b)
  }

  @inline(__always)
  static func subf(_ p: Processor, _ i: Instruction) {
    let (a, b) = (~p[i.ra], p[i.rb])
    p.setSum(i, a, b, a &+ b &+ 1)
  }

  @inline(__always)
  static func neg(_ p: Processor, _ i: Instruction) {
    let a = ~p[i.ra]
    p.setSum(i, a, 0, a &+ 1)
  }

  @inline(__always)
  static func addic(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.ra], UInt64(bitPattern: i.si))
    p[i.rt] = a &+ b
    p.setCarry(FixedPoint.carries(a, b, a &+ b))
  }

  @inline(__always)
  static func addic_(_ p: Processor, _ i: Instruction) {
    addic(p, i)
    p.recordCR0(p[i.rt])
  }

  @inline(__always)
  static func subfic(_ p: Processor, _ i: Instruction) {
    let (a, b) = (~p[i.ra], UInt64(bitPattern: i.si))
    p[i.rt] = a &+ b &+ 1
    p.setCarry(FixedPoint.carries(a, b, a &+ b &+ 1))
  }

  @inline(__always)
  static func addc(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.ra], p[i.rb])
    p.setCarryingSum(i, a, b, a &+ b)
  }

  @inline(__always)
  static func subfc(_ p: Processor, _ i: Instruction) {
    let (a, b) = (~p[i.ra], p[i.rb])
    p.setCarryingSum(i, a, b, a &+ b &+ 1)
  }

  @inline(__always)
  static func adde(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.ra], p[i.rb])
    p.setCarryingSum(i, a, b, a &+ b &+ p.carryIn)
  }

  @inline(__always)
  static func subfe(_ p: Processor, _ i: Instruction) {
    let (a, b) = (~p[i.ra], p[i.rb])
    p.setCarryingSum(i, a, b, a &+ b &+ p.carryIn)
  }

  @inline(__always)
  static func addze(_ p: Processor, _ i: Instruction) {
    let a = p[i.ra]
    p.setCarryingSum(i, a, 0, a &+ p.carryIn)
  }

  @inline(__always)
  static func subfze(_ p: Processor, _ i: Instruction) {
    let a = ~p[i.ra]
    p.setCarryingSum(i, a, 0, a &+ p.carryIn)
  }

  @inline(__always)
  static func addme(_ p: Processor, _ i: Instruction) {
    let a = p[i.ra]
    p.setCarryingSum(i, a, ~0, a &+ ~0 &+ p.carryIn)
  }

  @inline(__always)
  static func subfme(_ p: Processor, _ i: Instruction) {
    let a = ~p[i.ra]
    p.setCarryingSum(i, a, ~0, a &+ ~0 &+ p.carryIn)
  }

  /// The carry chain through OV. CY other than 0 is reserved: illegal instruction.
  @inline(__always)
  static func addex(_ p: Processor, _ i: Instruction) {
    guard i.bits(21, 22) == 0 else { return p.illegal() }
    let (a, b) = (p[i.ra], p[i.rb])
    let sum = a &+ b &+ (p.state.pointee.xerWithoutCarries >> 30 & 1)
    p[i.rt] = sum
    p.setOverflowCarry(FixedPoint.carries(a, b, sum))
  }
}
