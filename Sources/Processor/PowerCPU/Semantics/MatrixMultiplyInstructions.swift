import PowerArithmetic
import PowerISA

// Book I 7.6: matrix-multiply assist, accumulators and integer outer products.

extension Semantics {
  // MARK: accumulators

  static func xxsetaccz(_ p: Processor, _ i: Instruction) {
    p.setAccumulator(i, Accumulator())
  }

  /// Accumulators are kept in VSRs 4 × AT to 4 × AT + 3, so there is nothing to move.
  @inline(__always)
  static func xxmtacc(_ p: Processor, _ i: Instruction) {

  }

  @inline(__always)
  static func xxmfacc(_ p: Processor, _ i: Instruction) {

  }

  // MARK: integer

  static func xvi4ger8(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 8) { accumulator, a, b, mask in
      accumulator.multiplyNibbles(a, b, mask: mask, accumulating: false)
      return false
    }
  }

  static func pmxvi4ger8(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 8) { accumulator, a, b, mask in
      accumulator.multiplyNibbles(a, b, mask: mask, accumulating: false)
      return false
    }
  }

  static func xvi4ger8pp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 8) { accumulator, a, b, mask in
      accumulator.multiplyNibbles(a, b, mask: mask, accumulating: true)
      return false
    }
  }

  static func pmxvi4ger8pp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 8) { accumulator, a, b, mask in
      accumulator.multiplyNibbles(a, b, mask: mask, accumulating: true)
      return false
    }
  }

  static func xvi8ger4(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 4) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int8.self, UInt8.self, mask: mask, accumulating: false, saturating: false)
    }
  }

  static func pmxvi8ger4(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 4) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int8.self, UInt8.self, mask: mask, accumulating: false, saturating: false)
    }
  }

  static func xvi8ger4pp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 4) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int8.self, UInt8.self, mask: mask, accumulating: true, saturating: false)
    }
  }

  static func pmxvi8ger4pp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 4) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int8.self, UInt8.self, mask: mask, accumulating: true, saturating: false)
    }
  }

  static func xvi8ger4spp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 4) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int8.self, UInt8.self, mask: mask, accumulating: true, saturating: true)
    }
  }

  static func pmxvi8ger4spp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 4) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int8.self, UInt8.self, mask: mask, accumulating: true, saturating: true)
    }
  }

  static func xvi16ger2(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: false, saturating: false)
    }
  }

  static func pmxvi16ger2(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: false, saturating: false)
    }
  }

  static func xvi16ger2pp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: true, saturating: false)
    }
  }

  static func pmxvi16ger2pp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: true, saturating: false)
    }
  }

  static func xvi16ger2s(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: false, saturating: true)
    }
  }

  static func pmxvi16ger2s(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: false, saturating: true)
    }
  }

  static func xvi16ger2spp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: true, saturating: true)
    }
  }

  static func pmxvi16ger2spp(_ p: Processor, _ i: Instruction) {
    p.updateAccumulator(i, products: 2) { accumulator, a, b, mask in
      accumulator.multiplyIntegers(
        a, b, Int16.self, Int16.self, mask: mask, accumulating: true, saturating: true)
    }
  }
}
