import PowerArithmetic
import PowerISA

// Book I 7.6: floating-point outer products of the matrix-multiply assist.

extension Semantics {
  // MARK: single

  static func xvf32ger(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, nil)
  }

  static func pmxvf32ger(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, nil)
  }

  static func xvf32gerpp(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .pp)
  }

  static func pmxvf32gerpp(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .pp)
  }

  static func xvf32gerpn(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .pn)
  }

  static func pmxvf32gerpn(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .pn)
  }

  static func xvf32gernp(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .np)
  }

  static func pmxvf32gernp(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .np)
  }

  static func xvf32gernn(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .nn)
  }

  static func pmxvf32gernn(_ p: Processor, _ i: Instruction) {
    outerProductSingle(p, i, .nn)
  }

  // MARK: double

  static func xvf64ger(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, nil)
  }

  static func pmxvf64ger(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, nil)
  }

  static func xvf64gerpp(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .pp)
  }

  static func pmxvf64gerpp(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .pp)
  }

  static func xvf64gerpn(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .pn)
  }

  static func pmxvf64gerpn(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .pn)
  }

  static func xvf64gernp(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .np)
  }

  static func pmxvf64gernp(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .np)
  }

  static func xvf64gernn(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .nn)
  }

  static func pmxvf64gernn(_ p: Processor, _ i: Instruction) {
    outerProductDouble(p, i, .nn)
  }

  // MARK: half

  static func xvf16ger2(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, nil)
  }

  static func pmxvf16ger2(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, nil)
  }

  static func xvf16ger2pp(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .pp)
  }

  static func pmxvf16ger2pp(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .pp)
  }

  static func xvf16ger2pn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .pn)
  }

  static func pmxvf16ger2pn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .pn)
  }

  static func xvf16ger2np(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .np)
  }

  static func pmxvf16ger2np(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .np)
  }

  static func xvf16ger2nn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .nn)
  }

  static func pmxvf16ger2nn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .half, .nn)
  }

  // MARK: bfloat16

  static func xvbf16ger2(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, nil)
  }

  static func pmxvbf16ger2(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, nil)
  }

  static func xvbf16ger2pp(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .pp)
  }

  static func pmxvbf16ger2pp(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .pp)
  }

  static func xvbf16ger2pn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .pn)
  }

  static func pmxvbf16ger2pn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .pn)
  }

  static func xvbf16ger2np(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .np)
  }

  static func pmxvbf16ger2np(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .np)
  }

  static func xvbf16ger2nn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .nn)
  }

  static func pmxvbf16ger2nn(_ p: Processor, _ i: Instruction) {
    outerProductHalf(p, i, .bfloat16, .nn)
  }

  // MARK: common

  private static func outerProductSingle(
    _ p: Processor, _ i: Instruction, _ accumulation: Accumulator.Accumulation?
  ) {
    let control = p.outerProductControl
    p.updateAccumulator(i, products: 0, status: true) { accumulator, a, b, mask in
      accumulator.multiplySingles(a, b, mask: mask, accumulation, control)
    }
  }

  private static func outerProductDouble(
    _ p: Processor, _ i: Instruction, _ accumulation: Accumulator.Accumulation?
  ) {
    guard i.xa.number & 1 == 0 else { return p.illegal() }
    let control = p.outerProductControl
    let second = p[i.xa.next]
    p.updateAccumulator(i, products: 0, columns: 2, status: true) { accumulator, a, b, mask in
      accumulator.multiplyDoubles((a, second), b, mask: mask, accumulation, control)
    }
  }

  private static func outerProductHalf(
    _ p: Processor, _ i: Instruction, _ format: FloatFormat,
    _ accumulation: Accumulator.Accumulation?
  ) {
    let control = p.outerProductControl
    p.updateAccumulator(i, products: 2, status: true) { accumulator, a, b, mask in
      accumulator.multiplyHalves(a, b, format, mask: mask, accumulation, control)
    }
  }
}

extension Processor {
  /// Applies a floating-point outer product; exceptions do not keep its result back.
  func updateAccumulator(
    _ i: Instruction, products: Int, columns: Int = 4, status: Bool,
    _ update: (inout Accumulator, Vector, Vector, OuterProductMask) -> FloatStatus
  ) {
    var causes: FloatStatus = []
    updateAccumulator(i, products: products, columns: columns) { accumulator, a, b, mask in
      causes = update(&accumulator, a, b, mask)
      return false
    }
    if updateVector(causes).interrupts { floatingPointEnabledException() }
  }

  /// RN; overflow and underflow are handled as if disabled.
  var outerProductControl: FloatControl {
    FloatControl(FloatControl(fpscr: state.pointee.fpscr).rounding)
  }
}
