import PowerArithmetic
import PowerISA

// Book I 7.6: VSX loads, integer and vector.

extension Semantics {
  // MARK: vector of elements, each in the byte order of MSR[LE]

  @inline(__always)
  static func lxvd2x(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = p.inElementOrder(value, UInt64.self)
  }

  @inline(__always)
  static func lxvw4x(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = p.inElementOrder(value, UInt32.self)
  }

  @inline(__always)
  static func lxvh8x(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = p.inElementOrder(value, UInt16.self)
  }

  @inline(__always)
  static func lxvb16x(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = p.inElementOrder(value, UInt8.self)
  }

  // MARK: quadword

  @inline(__always)
  static func lxvx(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(quadword: value)
  }

  @inline(__always)
  static func lxv(_ p: Processor, _ i: Instruction) {
    guard let value = p.loadQuadword(p.ea(i.ra, i.dq)) else { return }
    p[i.xt_28] = Vector(quadword: value)
  }

  static func lxvp(_ p: Processor, _ i: Instruction) {
    p.loadPair(i.xtp, p.ea(i.ra, i.dq))
  }

  static func lxvpx(_ p: Processor, _ i: Instruction) {
    p.loadPair(i.xtp, p.ea(i.ra, i.rb))
  }

  // MARK: splat

  @inline(__always)
  static func lxvdsx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt64.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(value, value)
  }

  @inline(__always)
  static func lxvwsx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(repeating: value)
  }

  // MARK: one element into doubleword 0; doubleword 1 becomes zero

  @inline(__always)
  static func lxsdx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt64.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(value, 0)
  }

  @inline(__always)
  static func lxsd(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt64.self, p.ea(i.ra, i.ds)) else { return }
    p[i.vrt] = Vector(value, 0)
  }

  @inline(__always)
  static func lxsiwax(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(UInt64(bitPattern: Int64(Int32(bitPattern: value))), 0)
  }

  @inline(__always)
  static func lxsiwzx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(UInt64(value), 0)
  }

  @inline(__always)
  static func lxsihzx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt16.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(UInt64(value), 0)
  }

  @inline(__always)
  static func lxsibzx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt8.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(UInt64(value), 0)
  }

  @inline(__always)
  static func lxsspx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(FloatArithmetic.doubleFromSingle(value), 0)
  }

  @inline(__always)
  static func lxssp(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt32.self, p.ea(i.ra, i.ds)) else { return }
    p[i.vrt] = Vector(FloatArithmetic.doubleFromSingle(value), 0)
  }

  // MARK: one element, right-justified

  static func lxvrbx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt8.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(0, UInt64(value))
  }

  static func lxvrhx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt16.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(0, UInt64(value))
  }

  static func lxvrwx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt32.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(0, UInt64(value))
  }

  static func lxvrdx(_ p: Processor, _ i: Instruction) {
    guard let value = p.load(UInt64.self, p.ea(i.ra, i.rb)) else { return }
    p[i.xt] = Vector(0, UInt64(value))
  }

  // MARK: with length

  static func lxvl(_ p: Processor, _ i: Instruction) {
    guard let bytes = p.loadBytes(p[orZero: i.ra], count: p[i.rb] >> 56) else { return }
    p[i.xt] = p.state.pointee.littleEndian ? Vector(quadword: bytes.quadword.byteSwapped) : bytes
  }

  static func lxvll(_ p: Processor, _ i: Instruction) {
    guard let bytes = p.loadBytes(p[orZero: i.ra], count: p[i.rb] >> 56) else { return }
    p[i.xt] = bytes
  }
}
