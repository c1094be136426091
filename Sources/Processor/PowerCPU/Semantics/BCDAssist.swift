import PowerArithmetic
import PowerISA

// Book I 3.3.15.
extension Semantics {
  static func addg6s(_ p: Processor, _ i: Instruction) {
    p[i.rt] = FixedPoint.sixes(p[i.ra], p[i.rb])
  }

  static func cdtbcd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = DenselyPackedDecimal.digitsOfWords(p[i.rs])
  }

  static func cbcdtd(_ p: Processor, _ i: Instruction) {
    p[i.ra] = DenselyPackedDecimal.decletsOfWords(p[i.rs])
  }
}
