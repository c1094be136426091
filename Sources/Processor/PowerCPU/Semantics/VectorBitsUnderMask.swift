import PowerArithmetic
import PowerISA

// Book I 6.14: bits rearranged and counted under a mask, in doublewords.

extension Semantics {
  static func vcfuged(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self, FixedPoint.centrifuge)
  }

  static func vpdepd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self, FixedPoint.deposit)
  }

  static func vpextd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self, FixedPoint.extract)
  }

  static func vclzdm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self, FixedPoint.leadingZeros(_:under:))
  }

  static func vctzdm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self, FixedPoint.trailingZeros(_:under:))
  }
}
