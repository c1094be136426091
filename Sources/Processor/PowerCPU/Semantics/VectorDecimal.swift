import PowerArithmetic
import PowerISA

// Book I 6.17: decimal integers in vector registers.

extension Semantics {
  // MARK: arithmetic

  static func bcdadd_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vra].bcdAdding(p[i.vrb], subtract: false, ps: i.bits(22, 22) != 0))
  }

  static func bcdsub_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vra].bcdAdding(p[i.vrb], subtract: true, ps: i.bits(22, 22) != 0))
  }

  // MARK: conversion

  static func bcdcfn_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdFromNational(ps: i.bits(22, 22) != 0))
  }

  static func bcdctn_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdToNational())
  }

  static func bcdcfz_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdFromZoned(ps: i.bits(22, 22) != 0))
  }

  static func bcdctz_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdToZoned(ps: i.bits(22, 22) != 0))
  }

  static func bcdcfsq_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdFromQuadword(ps: i.bits(22, 22) != 0))
  }

  static func bcdctsq_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdToQuadword())
  }

  // MARK: sign

  static func bcdcpsgn_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vra].bcdCopyingSign(of: p[i.vrb]))
  }

  static func bcdsetsgn_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdSettingSign(ps: i.bits(22, 22) != 0))
  }

  // MARK: shift, truncate: the count is the last byte or halfword of doubleword 0 of VRA

  static func bcds_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(
      i,
      p[i.vrb].bcdShifted(
        by: Int8(bitPattern: p[i.vra][byte: 7]), rounding: false, ps: i.bits(22, 22) != 0))
  }

  static func bcdsr_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(
      i,
      p[i.vrb].bcdShifted(
        by: Int8(bitPattern: p[i.vra][byte: 7]), rounding: true, ps: i.bits(22, 22) != 0))
  }

  static func bcdus_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdUnsignedShifted(by: Int8(bitPattern: p[i.vra][byte: 7])))
  }

  static func bcdtrunc_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdTruncated(to: p[i.vra][halfword: 3], ps: i.bits(22, 22) != 0))
  }

  static func bcdutrunc_(_ p: Processor, _ i: Instruction) {
    p.setDecimal(i, p[i.vrb].bcdUnsignedTruncated(to: p[i.vra][halfword: 3]))
  }

  // MARK: multiply by 10

  static func vmul10uq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multipliedByTen(adding: 0).low
  }

  static func vmul10cuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multipliedByTen(adding: 0).carry
  }

  static func vmul10euq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multipliedByTen(adding: p[i.vrb].quadword & 15).low
  }

  static func vmul10ecuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multipliedByTen(adding: p[i.vrb].quadword & 15).carry
  }
}
