import PowerArithmetic
import PowerISA

// Book I 6.9.1: integer multiply, multiply-add, multiply-sum, divide and modulo.

extension Semantics {
  // MARK: products

  static func vmuleub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt8.self, UInt16.self, from: 0)
  }

  static func vmuleuh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt16.self, UInt32.self, from: 0)
  }

  static func vmuleuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt32.self, UInt64.self, from: 0)
  }

  static func vmuleud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt64.self, UInt128.self, from: 0)
  }

  static func vmulesb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int8.self, Int16.self, from: 0)
  }

  static func vmulesh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int16.self, Int32.self, from: 0)
  }

  static func vmulesw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int32.self, Int64.self, from: 0)
  }

  static func vmulesd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int64.self, Int128.self, from: 0)
  }

  static func vmuloub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt8.self, UInt16.self, from: 1)
  }

  static func vmulouh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt16.self, UInt32.self, from: 1)
  }

  static func vmulouw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt32.self, UInt64.self, from: 1)
  }

  static func vmuloud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], UInt64.self, UInt128.self, from: 1)
  }

  static func vmulosb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int8.self, Int16.self, from: 1)
  }

  static func vmulosh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int16.self, Int32.self, from: 1)
  }

  static func vmulosw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int32.self, Int64.self, from: 1)
  }

  static func vmulosd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].products(p[i.vrb], Int64.self, Int128.self, from: 1)
  }

  @inline(__always)
  static func vmuluwm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(words: p[i.vra].words &* p[i.vrb].words)
  }

  @inline(__always)
  static func vmulld(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(doublewords: p[i.vra].doublewords &* p[i.vrb].doublewords)
  }

  static func vmulhuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].productsHigh(p[i.vrb], UInt32.self)
  }

  static func vmulhud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].productsHigh(p[i.vrb], UInt64.self)
  }

  static func vmulhsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].productsHigh(p[i.vrb], Int32.self)
  }

  static func vmulhsd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].productsHigh(p[i.vrb], Int64.self)
  }

  // MARK: multiply and add

  static func vmhaddshs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].multiplyHighAdd(p[i.vrb], p[i.vrc], rounding: 0))
  }

  static func vmhraddshs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].multiplyHighAdd(p[i.vrb], p[i.vrc], rounding: 0x4000))
  }

  @inline(__always)
  static func vmladduhm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(halfwords: p[i.vra].halfwords &* p[i.vrb].halfwords &+ p[i.vrc].halfwords)
  }

  // MARK: multiply and sum

  static func vmsumubm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multiplySumModulo(p[i.vrb], p[i.vrc], UInt8.self, UInt8.self)
  }

  static func vmsummbm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multiplySumModulo(p[i.vrb], p[i.vrc], Int8.self, UInt8.self)
  }

  static func vmsumuhm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multiplySumModulo(p[i.vrb], p[i.vrc], UInt16.self, UInt16.self)
  }

  static func vmsumshm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multiplySumModulo(p[i.vrb], p[i.vrc], Int16.self, Int16.self)
  }

  static func vmsumuhs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(
      i.vrt, p[i.vra].multiplySumSaturated(p[i.vrb], p[i.vrc], UInt16.self, UInt32.self))
  }

  static func vmsumshs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].multiplySumSaturated(p[i.vrb], p[i.vrc], Int16.self, Int32.self))
  }

  static func vmsumudm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multiplySumDoublewords(p[i.vrb], p[i.vrc]).low
  }

  static func vmsumcud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].multiplySumDoublewords(p[i.vrb], p[i.vrc]).carry
  }

  // MARK: quotients and remainders

  static func vdivuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].quotients(p[i.vrb], UInt32.self)
  }

  static func vdivud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].quotients(p[i.vrb], UInt64.self)
  }

  static func vdivuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].quotients(p[i.vrb], UInt128.self)
  }

  static func vdiveuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].extendedQuotients(p[i.vrb], UInt32.self)
  }

  static func vdiveud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].extendedQuotients(p[i.vrb], UInt64.self)
  }

  static func vdiveuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].extendedQuotients(p[i.vrb], UInt128.self)
  }

  static func vmoduw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].remainders(p[i.vrb], UInt32.self)
  }

  static func vmodud(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].remainders(p[i.vrb], UInt64.self)
  }

  static func vmoduq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].remainders(p[i.vrb], UInt128.self)
  }

  static func vdivsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].quotients(p[i.vrb], Int32.self)
  }

  static func vdivsd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].quotients(p[i.vrb], Int64.self)
  }

  static func vdivsq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].quotients(p[i.vrb], Int128.self)
  }

  static func vdivesw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].extendedQuotients(p[i.vrb], Int32.self)
  }

  static func vdivesd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].extendedQuotients(p[i.vrb], Int64.self)
  }

  static func vdivesq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].extendedQuotients(p[i.vrb], Int128.self)
  }

  static func vmodsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].remainders(p[i.vrb], Int32.self)
  }

  static func vmodsd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].remainders(p[i.vrb], Int64.self)
  }

  static func vmodsq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].remainders(p[i.vrb], Int128.self)
  }
}
