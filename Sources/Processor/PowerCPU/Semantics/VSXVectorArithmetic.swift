import PowerArithmetic
import PowerISA

// Book I 7.6: VSX vector arithmetic, element by element; the exceptions of all elements count
// together, and an enabled one leaves the whole target alone.
extension Processor {
  /// Applies an operation to both doublewords.
  @inline(__always)
  func doubles(
    _ target: VSR, _ a: Vector, _ b: Vector, _ operation: (UInt64, UInt64) -> FloatResult
  ) {
    let high = operation(a.doubleword0, b.doubleword0)
    let low = operation(a.doubleword1, b.doubleword1)
    deliverVector(
      Vector(high.doubleword, low.doubleword), high.status.union(low.status), target)
  }

  /// Applies an operation to the four words.
  @inline(__always)
  func singles(
    _ target: VSR, _ a: Vector, _ b: Vector, _ operation: (UInt32, UInt32) -> FloatResult
  ) {
    var value = Vector.zero
    var status: FloatStatus = []
    for n in 0..<4 {
      let result = operation(a[word: n], b[word: n])
      value[word: n] = result.word
      status.formUnion(result.status)
    }
    deliverVector(value, status, target)
  }

  fileprivate func fusedDoubles(
    _ operation: FloatArithmetic.MultiplyAdd, _ i: Instruction, _ c: Vector, plus b: Vector
  ) {
    let a = self[i.xa]
    let control = floatControl
    let high = DoubleFloat.multiplyAdd(
      operation, a.doubleword0, c.doubleword0, plus: b.doubleword0, control)
    let low = DoubleFloat.multiplyAdd(
      operation, a.doubleword1, c.doubleword1, plus: b.doubleword1, control)
    deliverVector(
      Vector(high.doubleword, low.doubleword), high.status.union(low.status), i.xt)
  }

  fileprivate func fusedSingles(
    _ operation: FloatArithmetic.MultiplyAdd, _ i: Instruction, _ c: Vector, plus b: Vector
  ) {
    let a = self[i.xa]
    let control = floatControl
    var value = Vector.zero
    var status: FloatStatus = []
    for n in 0..<4 {
      let result = SingleFloat.multiplyAdd(
        operation, a[word: n], c[word: n], plus: b[word: n], control)
      value[word: n] = result.word
      status.formUnion(result.status)
    }
    deliverVector(value, status, i.xt)
  }
}

extension Semantics {
  // MARK: elementary

  static func xvadddp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xa], p[i.xb]) { DoubleFloat.add($0, $1, control) }
  }

  static func xvaddsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xa], p[i.xb]) { SingleFloat.add($0, $1, control) }
  }

  static func xvsubdp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xa], p[i.xb]) { DoubleFloat.subtract($0, $1, control) }
  }

  static func xvsubsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xa], p[i.xb]) { SingleFloat.subtract($0, $1, control) }
  }

  static func xvmuldp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xa], p[i.xb]) { DoubleFloat.multiply($0, $1, control) }
  }

  static func xvmulsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xa], p[i.xb]) { SingleFloat.multiply($0, $1, control) }
  }

  static func xvdivdp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xa], p[i.xb]) { DoubleFloat.divide($0, $1, control) }
  }

  static func xvdivsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xa], p[i.xb]) { SingleFloat.divide($0, $1, control) }
  }

  static func xvsqrtdp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xb], p[i.xb]) { b, _ in DoubleFloat.squareRoot(b, control) }
  }

  static func xvsqrtsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xb], p[i.xb]) { b, _ in SingleFloat.squareRoot(b, control) }
  }

  // MARK: multiply-add: XA * XB ± XT, and XA * XT ± XB

  static func xvmaddadp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.add, i, p[i.xb], plus: p[i.xt])
  }
  static func xvmaddmdp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.add, i, p[i.xt], plus: p[i.xb])
  }

  static func xvmsubadp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.subtract, i, p[i.xb], plus: p[i.xt])
  }
  static func xvmsubmdp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.subtract, i, p[i.xt], plus: p[i.xb])
  }

  static func xvnmaddadp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.negativeAdd, i, p[i.xb], plus: p[i.xt])
  }
  static func xvnmaddmdp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.negativeAdd, i, p[i.xt], plus: p[i.xb])
  }

  static func xvnmsubadp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.negativeSubtract, i, p[i.xb], plus: p[i.xt])
  }
  static func xvnmsubmdp(_ p: Processor, _ i: Instruction) {
    p.fusedDoubles(.negativeSubtract, i, p[i.xt], plus: p[i.xb])
  }

  static func xvmaddasp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.add, i, p[i.xb], plus: p[i.xt])
  }
  static func xvmaddmsp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.add, i, p[i.xt], plus: p[i.xb])
  }

  static func xvmsubasp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.subtract, i, p[i.xb], plus: p[i.xt])
  }
  static func xvmsubmsp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.subtract, i, p[i.xt], plus: p[i.xb])
  }

  static func xvnmaddasp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.negativeAdd, i, p[i.xb], plus: p[i.xt])
  }
  static func xvnmaddmsp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.negativeAdd, i, p[i.xt], plus: p[i.xb])
  }

  static func xvnmsubasp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.negativeSubtract, i, p[i.xb], plus: p[i.xt])
  }
  static func xvnmsubmsp(_ p: Processor, _ i: Instruction) {
    p.fusedSingles(.negativeSubtract, i, p[i.xt], plus: p[i.xb])
  }

  // MARK: estimates and tests

  static func xvredp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xb], p[i.xb]) { b, _ in
      FloatArithmetic.reciprocalEstimate(UInt128(b), .double, control)
    }
  }

  static func xvresp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xb], p[i.xb]) { b, _ in
      FloatArithmetic.reciprocalEstimate(UInt128(b), .single, control)
    }
  }

  static func xvrsqrtedp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.doubles(i.xt, p[i.xb], p[i.xb]) { b, _ in
      FloatArithmetic.reciprocalSquareRootEstimate(UInt128(b), .double, control)
    }
  }

  static func xvrsqrtesp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.singles(i.xt, p[i.xb], p[i.xb]) { b, _ in
      FloatArithmetic.reciprocalSquareRootEstimate(UInt128(b), .single, control)
    }
  }

  /// FG and FE of any element.
  static func xvtdivdp(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.xa], p[i.xb])
    p[i.bf] = (0..<2).reduce(0) {
      $0
        | FloatArithmetic.testForDivide(
          UInt128(a[doubleword: $1]), UInt128(b[doubleword: $1]), .double)
    }
  }
  static func xvtdivsp(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.xa], p[i.xb])
    p[i.bf] = (0..<4).reduce(0) {
      $0 | FloatArithmetic.testForDivide(UInt128(a[word: $1]), UInt128(b[word: $1]), .single)
    }
  }
  static func xvtsqrtdp(_ p: Processor, _ i: Instruction) {
    let b = p[i.xb]
    p[i.bf] = (0..<2).reduce(0) {
      $0 | FloatArithmetic.testForSquareRoot(UInt128(b[doubleword: $1]), .double)
    }
  }
  static func xvtsqrtsp(_ p: Processor, _ i: Instruction) {
    let b = p[i.xb]
    p[i.bf] = (0..<4).reduce(0) {
      $0 | FloatArithmetic.testForSquareRoot(UInt128(b[word: $1]), .single)
    }
  }
}
