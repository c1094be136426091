import PowerArithmetic
import PowerISA

// Book I 7.6: quad-precision arithmetic, rounding and conversion, on VRs. RO, bit 31, asks for
// rounding to odd.
extension Processor {
  /// FPSCR[RN], or round to odd.
  fileprivate func quadControl(_ i: Instruction) -> FloatControl {
    i.rc ? floatControl.with(.odd) : floatControl
  }

  fileprivate func deliverQuad(_ result: FloatResult, _ i: Instruction) {
    deliver(Vector(quadword: result.bits), result.status, VSR(i.vrt))
  }

  fileprivate func fusedQuad(_ operation: FloatArithmetic.MultiplyAdd, _ i: Instruction) {
    let result = FloatArithmetic.multiplyAdd(
      operation, self[i.vra].quadword, self[i.vrb].quadword, plus: self[i.vrt].quadword, .quad,
      quadControl(i))
    deliverQuad(result, i)
  }

  /// The rounding mode that R and RMC choose; a reserved one is to nearest even.
  fileprivate func quadRounding(_ i: Instruction) -> FloatRounding {
    switch (i.bits(15, 15), i.bits(21, 22)) {
    case (0, 0): .nearestAway
    case (0, 3): floatControl.rounding
    case (1, 1): .towardZero
    case (1, 2): .towardPlusInfinity
    case (1, 3): .towardMinusInfinity
    default: .nearestEven
    }
  }

  fileprivate func quadToInteger(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat
  ) {
    let result = FloatArithmetic.toInteger(self[i.vrb].quadword, .quad, format, .towardZero)
    let value =
      switch format.bits {
      case 32:
        Vector(
          format.signed
            ? UInt64(bitPattern: Int64(Int32(bitPattern: result.word))) : result.doubleword, 0)
      case 64: Vector(result.doubleword, 0)
      default: Vector(quadword: result.bits)
      }
    deliver(value, result.status, VSR(i.vrt), StatusFields.inexact)
  }
}

extension Semantics {
  // MARK: arithmetic

  static func xsaddqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.add(p[i.vra].quadword, p[i.vrb].quadword, .quad, p.quadControl(i)), i)
  }
  static func xssubqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.subtract(p[i.vra].quadword, p[i.vrb].quadword, .quad, p.quadControl(i)), i)
  }
  static func xsmulqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.multiply(p[i.vra].quadword, p[i.vrb].quadword, .quad, p.quadControl(i)), i)
  }
  static func xsdivqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.divide(p[i.vra].quadword, p[i.vrb].quadword, .quad, p.quadControl(i)), i)
  }
  static func xssqrtqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(FloatArithmetic.squareRoot(p[i.vrb].quadword, .quad, p.quadControl(i)), i)
  }
  static func xsmaddqp(_ p: Processor, _ i: Instruction) { p.fusedQuad(.add, i) }
  static func xsmsubqp(_ p: Processor, _ i: Instruction) { p.fusedQuad(.subtract, i) }
  static func xsnmaddqp(_ p: Processor, _ i: Instruction) { p.fusedQuad(.negativeAdd, i) }
  static func xsnmsubqp(_ p: Processor, _ i: Instruction) { p.fusedQuad(.negativeSubtract, i) }

  // MARK: rounding

  /// EX, bit 31, asks for XX, FI and FR.
  static func xsrqpi(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.roundToIntegral(
        p[i.vrb].quadword, .quad, p.quadRounding(i), inexact: i.rc), i)
  }
  static func xsrqpxp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.convert(
        p[i.vrb].quadword, .quadToExtended, p.floatControl.with(p.quadRounding(i))), i)
  }

  // MARK: conversion

  static func xscvdpqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.convert(
        UInt128(p[i.vrb].doubleword0), .conversion(from: .double, to: .quad), p.floatControl), i)
  }
  static func xscvqpdp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.convert(
        p[i.vrb].quadword, .conversion(from: .quad, to: .double), p.quadControl(i)), VSR(i.vrt))
  }

  static func xscvqpswz(_ p: Processor, _ i: Instruction) { p.quadToInteger(i, .signedWord) }
  static func xscvqpuwz(_ p: Processor, _ i: Instruction) { p.quadToInteger(i, .unsignedWord) }
  static func xscvqpsdz(_ p: Processor, _ i: Instruction) {
    p.quadToInteger(i, .signedDoubleword)
  }
  static func xscvqpudz(_ p: Processor, _ i: Instruction) {
    p.quadToInteger(i, .unsignedDoubleword)
  }
  static func xscvqpsqz(_ p: Processor, _ i: Instruction) { p.quadToInteger(i, .signedQuadword) }
  static func xscvqpuqz(_ p: Processor, _ i: Instruction) {
    p.quadToInteger(i, .unsignedQuadword)
  }

  static func xscvsdqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.fromInteger(
        UInt128(p[i.vrb].doubleword0), .signedDoubleword, .quad, p.floatControl), i)
  }
  static func xscvudqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.fromInteger(
        UInt128(p[i.vrb].doubleword0), .unsignedDoubleword, .quad, p.floatControl), i)
  }
  static func xscvsqqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.fromInteger(
        p[i.vrb].quadword, .signedQuadword, .quad, p.floatControl), i)
  }
  static func xscvuqqp(_ p: Processor, _ i: Instruction) {
    p.deliverQuad(
      FloatArithmetic.fromInteger(
        p[i.vrb].quadword, .unsignedQuadword, .quad, p.floatControl), i)
  }
}
