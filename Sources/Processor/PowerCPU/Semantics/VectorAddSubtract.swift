import PowerArithmetic
import PowerISA

// Book I 6.9.1: integer add, subtract, average, negate, extend sign and sum.

extension Semantics {
  // MARK: modulo

  @inline(__always)
  static func vaddubm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(bytes: p[i.vra].bytes &+ p[i.vrb].bytes)
  }

  @inline(__always)
  static func vsububm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(bytes: p[i.vra].bytes &- p[i.vrb].bytes)
  }

  @inline(__always)
  static func vadduhm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(halfwords: p[i.vra].halfwords &+ p[i.vrb].halfwords)
  }

  @inline(__always)
  static func vsubuhm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(halfwords: p[i.vra].halfwords &- p[i.vrb].halfwords)
  }

  @inline(__always)
  static func vadduwm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(words: p[i.vra].words &+ p[i.vrb].words)
  }

  @inline(__always)
  static func vsubuwm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(words: p[i.vra].words &- p[i.vrb].words)
  }

  @inline(__always)
  static func vaddudm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(doublewords: p[i.vra].doublewords &+ p[i.vrb].doublewords)
  }

  @inline(__always)
  static func vsubudm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(doublewords: p[i.vra].doublewords &- p[i.vrb].doublewords)
  }

  @inline(__always)
  static func vadduqm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword &+ p[i.vrb].quadword)
  }

  @inline(__always)
  static func vsubuqm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword &- p[i.vrb].quadword)
  }

  static func vaddeuqm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].addingQuadword(p[i.vrb], carry: p[i.vrc].quadword & 1 != 0).sum
  }

  static func vsubeuqm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].addingQuadword(~p[i.vrb], carry: p[i.vrc].quadword & 1 != 0).sum
  }

  // MARK: carry out

  static func vaddcuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) {
      $0.addingReportingOverflow($1).overflow ? 1 : 0
    }
  }

  static func vsubcuw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) { $0 >= $1 ? 1 : 0 }
  }

  static func vaddcuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].addingQuadword(p[i.vrb], carry: false).carry
  }

  static func vsubcuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].addingQuadword(~p[i.vrb], carry: true).carry
  }

  static func vaddecuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].addingQuadword(p[i.vrb], carry: p[i.vrc].quadword & 1 != 0).carry
  }

  static func vsubecuq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].addingQuadword(~p[i.vrb], carry: p[i.vrc].quadword & 1 != 0).carry
  }

  // MARK: saturated

  static func vaddubs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].addingSaturated(p[i.vrb], UInt8.self))
  }

  static func vaddsbs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].addingSaturated(p[i.vrb], Int8.self))
  }

  static func vsububs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].subtractingSaturated(p[i.vrb], UInt8.self))
  }

  static func vsubsbs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].subtractingSaturated(p[i.vrb], Int8.self))
  }

  static func vadduhs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].addingSaturated(p[i.vrb], UInt16.self))
  }

  static func vaddshs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].addingSaturated(p[i.vrb], Int16.self))
  }

  static func vsubuhs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].subtractingSaturated(p[i.vrb], UInt16.self))
  }

  static func vsubshs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].subtractingSaturated(p[i.vrb], Int16.self))
  }

  static func vadduws(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].addingSaturated(p[i.vrb], UInt32.self))
  }

  static func vaddsws(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].addingSaturated(p[i.vrb], Int32.self))
  }

  static func vsubuws(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].subtractingSaturated(p[i.vrb], UInt32.self))
  }

  static func vsubsws(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].subtractingSaturated(p[i.vrb], Int32.self))
  }

  // MARK: average, absolute difference, negate, extend sign

  static func vavgub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].average(p[i.vrb], UInt8.self)
  }

  static func vavgsb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].average(p[i.vrb], Int8.self)
  }

  static func vavguh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].average(p[i.vrb], UInt16.self)
  }

  static func vavgsh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].average(p[i.vrb], Int16.self)
  }

  static func vavguw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].average(p[i.vrb], UInt32.self)
  }

  static func vavgsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].average(p[i.vrb], Int32.self)
  }

  static func vabsdub(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt8.self) { $0 > $1 ? $0 &- $1 : $1 &- $0 }
  }

  static func vabsduh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt16.self) { $0 > $1 ? $0 &- $1 : $1 &- $0 }
  }

  static func vabsduw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) { $0 > $1 ? $0 &- $1 : $1 &- $0 }
  }

  @inline(__always)
  static func vnegw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(words: 0 &- p[i.vrb].words)
  }

  @inline(__always)
  static func vnegd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(doublewords: 0 &- p[i.vrb].doublewords)
  }

  static func vextsb2w(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].extended(Int8.self, Int32.self)
  }

  static func vextsh2w(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].extended(Int16.self, Int32.self)
  }

  static func vextsb2d(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].extended(Int8.self, Int64.self)
  }

  static func vextsh2d(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].extended(Int16.self, Int64.self)
  }

  static func vextsw2d(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].extended(Int32.self, Int64.self)
  }

  static func vextsd2q(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].extended(Int64.self, Int128.self)
  }

  // MARK: sums across

  static func vsumsws(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].sumAcrossWords(p[i.vrb], group: 4))
  }

  static func vsum2sws(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].sumAcrossWords(p[i.vrb], group: 2))
  }

  static func vsum4sbs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].sumWithinWords(p[i.vrb], Int8.self, Int32.self))
  }

  static func vsum4shs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].sumWithinWords(p[i.vrb], Int16.self, Int32.self))
  }

  static func vsum4ubs(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].sumWithinWords(p[i.vrb], UInt8.self, UInt32.self))
  }
}
