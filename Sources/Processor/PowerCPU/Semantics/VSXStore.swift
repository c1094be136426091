import PowerArithmetic
import PowerISA

// Book I 7.6: VSX stores, integer and vector.

extension Semantics {
  // MARK: vector of elements, each in the byte order of MSR[LE]

  @inline(__always)
  static func stxvd2x(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p.inElementOrder(p[i.xs].quadword, UInt64.self).quadword, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxvw4x(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p.inElementOrder(p[i.xs].quadword, UInt32.self).quadword, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxvh8x(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p.inElementOrder(p[i.xs].quadword, UInt16.self).quadword, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxvb16x(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p.inElementOrder(p[i.xs].quadword, UInt8.self).quadword, p.ea(i.ra, i.rb))
  }

  // MARK: quadword

  @inline(__always)
  static func stxvx(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p[i.xs].quadword, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxv(_ p: Processor, _ i: Instruction) {
    _ = p.storeQuadword(p[i.xs_28].quadword, p.ea(i.ra, i.dq))
  }

  static func stxvp(_ p: Processor, _ i: Instruction) {
    p.storePair(i.xtp, p.ea(i.ra, i.dq))
  }

  static func stxvpx(_ p: Processor, _ i: Instruction) {
    p.storePair(i.xtp, p.ea(i.ra, i.rb))
  }

  // MARK: from doubleword 0

  @inline(__always)
  static func stxsdx(_ p: Processor, _ i: Instruction) {
    _ = p.store(p[i.xs].doubleword0, p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxsd(_ p: Processor, _ i: Instruction) {
    _ = p.store(p[i.vrs].doubleword0, p.ea(i.ra, i.ds))
  }

  @inline(__always)
  static func stxsspx(_ p: Processor, _ i: Instruction) {
    _ = p.store(FloatArithmetic.singleFromDouble(p[i.xs].doubleword0), p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxssp(_ p: Processor, _ i: Instruction) {
    _ = p.store(FloatArithmetic.singleFromDouble(p[i.vrs].doubleword0), p.ea(i.ra, i.ds))
  }

  @inline(__always)
  static func stxsiwx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt32(truncatingIfNeeded: p[i.xs].doubleword0), p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxsihx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt16(truncatingIfNeeded: p[i.xs].doubleword0), p.ea(i.ra, i.rb))
  }

  @inline(__always)
  static func stxsibx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt8(truncatingIfNeeded: p[i.xs].doubleword0), p.ea(i.ra, i.rb))
  }

  // MARK: the rightmost element

  static func stxvrbx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt8(truncatingIfNeeded: p[i.xs].doubleword1), p.ea(i.ra, i.rb))
  }

  static func stxvrhx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt16(truncatingIfNeeded: p[i.xs].doubleword1), p.ea(i.ra, i.rb))
  }

  static func stxvrwx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt32(truncatingIfNeeded: p[i.xs].doubleword1), p.ea(i.ra, i.rb))
  }

  static func stxvrdx(_ p: Processor, _ i: Instruction) {
    _ = p.store(UInt64(truncatingIfNeeded: p[i.xs].doubleword1), p.ea(i.ra, i.rb))
  }

  // MARK: with length

  static func stxvl(_ p: Processor, _ i: Instruction) {
    let value = p[i.xs]
    let bytes = p.state.pointee.littleEndian ? Vector(quadword: value.quadword.byteSwapped) : value
    p.storeBytes(bytes, p[orZero: i.ra], count: p[i.rb] >> 56)
  }

  static func stxvll(_ p: Processor, _ i: Instruction) {
    p.storeBytes(p[i.xs], p[orZero: i.ra], count: p[i.rb] >> 56)
  }
}
