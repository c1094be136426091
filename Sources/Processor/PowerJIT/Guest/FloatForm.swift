/// What a scalar or vector floating-point instruction computes of which registers.
struct FloatForm {
  enum Operation {
    case add, subtract, multiply, divide, squareRoot
    /// x * y + z, x * y - z and their negatives.
    case multiplyAdd, multiplySubtract, negativeMultiplyAdd, negativeMultiplySubtract
  }

  /// Where an operand is.
  enum Place {
    case t, a, b, c
  }

  let operation: Operation
  /// Rounded to single precision.
  let isSingle: Bool
  let x: Place
  let y: Place?
  /// What is added to the product.
  let z: Place?

  /// Scalars on doubleword 0.
  static let scalar = forms(of: ["f", "xs"])
  /// Vectors of doubles or singles.
  static let vector = forms(of: ["xv"])

  private static func forms(of families: [String]) -> [OperationKind: FloatForm] {
    var forms: [OperationKind: FloatForm] = [:]
    for family in families {
      for kind in OperationKind.allCases where kind.rawValue.hasPrefix(family) {
        forms[kind] = FloatForm(family, kind.rawValue.dropFirst(family.count))
      }
    }
    return forms
  }

  private init?(_ family: String, _ name: Substring) {
    let names: [(String, Operation)] = [
      ("add", .add), ("sub", .subtract), ("mul", .multiply), ("div", .divide),
      ("sqrt", .squareRoot), ("madd", .multiplyAdd), ("msub", .multiplySubtract),
      ("nmadd", .negativeMultiplyAdd), ("nmsub", .negativeMultiplySubtract),
    ]
    guard let (prefix, operation) = names.first(where: { name.hasPrefix($0.0) }) else { return nil }
    self.operation = operation
    let rest = name.dropFirst(prefix.count)
    switch (family, rest) {
    case ("f", ""), ("f", "s"):
      isSingle = rest == "s"
    case (_, "dp"), (_, "sp"), (_, "adp"), (_, "asp"), (_, "mdp"), (_, "msp"):
      isSingle = rest.hasSuffix("sp")
    default: return nil
    }
    switch operation {
    case .squareRoot: (x, y, z) = (.b, nil, nil)
    case .add, .subtract, .divide: (x, y, z) = (.a, .b, nil)
    case .multiply: (x, y, z) = (.a, family == "f" ? .c : .b, nil)
    default:
      (x, y, z) =
        family == "f" ? (.a, .c, .b) : rest.hasPrefix("a") ? (.a, .b, .t) : (.a, .t, .b)
    }
  }

  /// The numbers of the operands, x first.
  func operands(_ r: VectorOperands) -> [Int] {
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
  var isSum: Bool { operation == .add || operation == .subtract }

  var isFused: Bool { z != nil }

  var isNegated: Bool {
    operation == .negativeMultiplyAdd || operation == .negativeMultiplySubtract
  }
}
