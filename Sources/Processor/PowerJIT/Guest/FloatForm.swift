package import PowerISA

/// What a scalar or vector floating-point instruction computes of which registers.
package struct FloatForm {
  package enum Operation {
    case add, subtract, multiply, divide, squareRoot
    /// x * y + z, x * y - z and their negatives.
    case multiplyAdd, multiplySubtract, negativeMultiplyAdd, negativeMultiplySubtract
  }

  /// Where an operand is.
  package enum Place {
    case t, a, b, c
  }

  package let operation: Operation
  /// Rounded to single precision.
  package let isSingle: Bool
  package let x: Place
  package let y: Place?
  /// What is added to the product.
  package let z: Place?

  /// Which registers are x, y and z.
  private enum Places {
    case b, ab, ac, acb, abt, atb
  }

  private init(_ operation: Operation, _ places: Places, isSingle: Bool = false) {
    self.operation = operation
    self.isSingle = isSingle
    (x, y, z) =
      switch places {
      case .b: (.b, nil, nil)
      case .ab: (.a, .b, nil)
      case .ac: (.a, .c, nil)
      case .acb: (.a, .c, .b)
      case .abt: (.a, .b, .t)
      case .atb: (.a, .t, .b)
      }
  }

  /// Scalars on doubleword 0.
  package static let scalar: [InstructionID: FloatForm] = [
    .fadd: FloatForm(.add, .ab), .fadds: FloatForm(.add, .ab, isSingle: true),
    .fsub: FloatForm(.subtract, .ab), .fsubs: FloatForm(.subtract, .ab, isSingle: true),
    .fmul: FloatForm(.multiply, .ac), .fmuls: FloatForm(.multiply, .ac, isSingle: true),
    .fdiv: FloatForm(.divide, .ab), .fdivs: FloatForm(.divide, .ab, isSingle: true),
    .fsqrt: FloatForm(.squareRoot, .b), .fsqrts: FloatForm(.squareRoot, .b, isSingle: true),
    .fmadd: FloatForm(.multiplyAdd, .acb), .fmadds: FloatForm(.multiplyAdd, .acb, isSingle: true),
    .fmsub: FloatForm(.multiplySubtract, .acb),
    .fmsubs: FloatForm(.multiplySubtract, .acb, isSingle: true),
    .fnmadd: FloatForm(.negativeMultiplyAdd, .acb),
    .fnmadds: FloatForm(.negativeMultiplyAdd, .acb, isSingle: true),
    .fnmsub: FloatForm(.negativeMultiplySubtract, .acb),
    .fnmsubs: FloatForm(.negativeMultiplySubtract, .acb, isSingle: true),
    .xsadddp: FloatForm(.add, .ab), .xsaddsp: FloatForm(.add, .ab, isSingle: true),
    .xssubdp: FloatForm(.subtract, .ab), .xssubsp: FloatForm(.subtract, .ab, isSingle: true),
    .xsmuldp: FloatForm(.multiply, .ab), .xsmulsp: FloatForm(.multiply, .ab, isSingle: true),
    .xsdivdp: FloatForm(.divide, .ab), .xsdivsp: FloatForm(.divide, .ab, isSingle: true),
    .xssqrtdp: FloatForm(.squareRoot, .b), .xssqrtsp: FloatForm(.squareRoot, .b, isSingle: true),
    .xsmaddadp: FloatForm(.multiplyAdd, .abt),
    .xsmaddasp: FloatForm(.multiplyAdd, .abt, isSingle: true),
    .xsmaddmdp: FloatForm(.multiplyAdd, .atb),
    .xsmaddmsp: FloatForm(.multiplyAdd, .atb, isSingle: true),
    .xsmsubadp: FloatForm(.multiplySubtract, .abt),
    .xsmsubasp: FloatForm(.multiplySubtract, .abt, isSingle: true),
    .xsmsubmdp: FloatForm(.multiplySubtract, .atb),
    .xsmsubmsp: FloatForm(.multiplySubtract, .atb, isSingle: true),
    .xsnmaddadp: FloatForm(.negativeMultiplyAdd, .abt),
    .xsnmaddasp: FloatForm(.negativeMultiplyAdd, .abt, isSingle: true),
    .xsnmaddmdp: FloatForm(.negativeMultiplyAdd, .atb),
    .xsnmaddmsp: FloatForm(.negativeMultiplyAdd, .atb, isSingle: true),
    .xsnmsubadp: FloatForm(.negativeMultiplySubtract, .abt),
    .xsnmsubasp: FloatForm(.negativeMultiplySubtract, .abt, isSingle: true),
    .xsnmsubmdp: FloatForm(.negativeMultiplySubtract, .atb),
    .xsnmsubmsp: FloatForm(.negativeMultiplySubtract, .atb, isSingle: true),
  ]

  /// Vectors of doubles or singles.
  package static let vector: [InstructionID: FloatForm] = [
    .xvadddp: FloatForm(.add, .ab), .xvaddsp: FloatForm(.add, .ab, isSingle: true),
    .xvsubdp: FloatForm(.subtract, .ab), .xvsubsp: FloatForm(.subtract, .ab, isSingle: true),
    .xvmuldp: FloatForm(.multiply, .ab), .xvmulsp: FloatForm(.multiply, .ab, isSingle: true),
    .xvdivdp: FloatForm(.divide, .ab), .xvdivsp: FloatForm(.divide, .ab, isSingle: true),
    .xvsqrtdp: FloatForm(.squareRoot, .b), .xvsqrtsp: FloatForm(.squareRoot, .b, isSingle: true),
    .xvmaddadp: FloatForm(.multiplyAdd, .abt),
    .xvmaddasp: FloatForm(.multiplyAdd, .abt, isSingle: true),
    .xvmaddmdp: FloatForm(.multiplyAdd, .atb),
    .xvmaddmsp: FloatForm(.multiplyAdd, .atb, isSingle: true),
    .xvmsubadp: FloatForm(.multiplySubtract, .abt),
    .xvmsubasp: FloatForm(.multiplySubtract, .abt, isSingle: true),
    .xvmsubmdp: FloatForm(.multiplySubtract, .atb),
    .xvmsubmsp: FloatForm(.multiplySubtract, .atb, isSingle: true),
    .xvnmaddadp: FloatForm(.negativeMultiplyAdd, .abt),
    .xvnmaddasp: FloatForm(.negativeMultiplyAdd, .abt, isSingle: true),
    .xvnmaddmdp: FloatForm(.negativeMultiplyAdd, .atb),
    .xvnmaddmsp: FloatForm(.negativeMultiplyAdd, .atb, isSingle: true),
    .xvnmsubadp: FloatForm(.negativeMultiplySubtract, .abt),
    .xvnmsubasp: FloatForm(.negativeMultiplySubtract, .abt, isSingle: true),
    .xvnmsubmdp: FloatForm(.negativeMultiplySubtract, .atb),
    .xvnmsubmsp: FloatForm(.negativeMultiplySubtract, .atb, isSingle: true),
  ]

  /// The numbers of the operands, x first.
  package func operands(_ r: VectorOperands) -> [Int] {
    [x, y, z].compactMap { place in
      switch place {
      case .t: r.t
      case .a: r.a
      case .b: r.b
      case .c: r.c
      case nil: nil
      }
    }
  }

  /// Whether it is a sum or difference, whose result is exact where it is tiny.
  package var isSum: Bool { operation == .add || operation == .subtract }

  package var isFused: Bool { z != nil }

  package var isNegated: Bool {
    operation == .negativeMultiplyAdd || operation == .negativeMultiplySubtract
  }
}
