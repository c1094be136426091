/// How two numbers compare, as the four bits of FPCC and of a CR field.
@frozen
public enum FloatOrder: UInt8, Sendable {
  case less = 8
  case greater = 4
  case equal = 2
  case unordered = 1
}

extension FloatArithmetic {

  /// Compares; `ordered` comparisons make a NaN an invalid operation. A signalling NaN with VE=0
  /// sets VXVC too, which with VE=1 it does not (Book I 4.6.8).
  public static func compare(
    _ a: UInt128, _ b: UInt128, ordered: Bool, invalidEnabled: Bool, _ format: FloatFormat
  ) -> (order: FloatOrder, causes: FloatStatus) {
    let x = UnpackedFloat(a, format)
    let y = UnpackedFloat(b, format)
    guard x.isNaN || y.isNaN else { return (order(x, y), []) }
    var causes: FloatStatus = []
    if x.kind == .signalingNaN || y.kind == .signalingNaN {
      causes = .vxsnan
      if ordered && !invalidEnabled { causes.formUnion(.vxvc) }
    } else if ordered {
      causes = .vxvc
    }
    return (.unordered, causes)
  }

  /// The order of two values that are no NaNs.
  static func order(_ a: UnpackedFloat, _ b: UnpackedFloat) -> FloatOrder {
    if a.kind == .zero && b.kind == .zero { return .equal }
    if a.kind == .zero { return b.sign ? .greater : .less }
    if b.kind == .zero { return a.sign ? .less : .greater }
    if a.sign != b.sign { return a.sign ? .less : .greater }
    let magnitude = magnitudeOrder(a, b)
    if magnitude == .equal || !a.sign { return magnitude }
    return magnitude == .less ? .greater : .less
  }

  private static func magnitudeOrder(_ a: UnpackedFloat, _ b: UnpackedFloat) -> FloatOrder {
    if a.kind == .infinity || b.kind == .infinity {
      return a.kind == b.kind ? .equal : a.kind == .infinity ? .greater : .less
    }
    if a.exponent != b.exponent { return a.exponent < b.exponent ? .less : .greater }
    if a.significand == b.significand { return .equal }
    return a.significand < b.significand ? .less : .greater
  }

  /// The flavours of minimum and maximum (Book I 7.6).
  public enum Extremum: Sendable {
    /// `xsmaxdp`, `xvmaxsp`: IEEE 754-2008; a number wins over a quiet NaN.
    case number
    /// `xsmaxcdp`: C's `a > b ? a : b`.
    case conditional
    /// `xsmaxjdp`: Java's; any NaN wins.
    case java
    /// `vmaxfp`: the first NaN, quieted, without a cause.
    case vector
  }

  /// The larger or the smaller of two, and its causes; no FR, FI or FPRF.
  public static func extremum(
    _ flavor: Extremum, maximum: Bool, _ a: UInt128, _ b: UInt128, _ format: FloatFormat
  ) -> FloatResult {
    let x = UnpackedFloat(a, format)
    let y = UnpackedFloat(b, format)
    let signaling = x.kind == .signalingNaN || y.kind == .signalingNaN
    let causes: FloatStatus = signaling && flavor != .vector ? .vxsnan : []
    if x.isNaN || y.isNaN {
      switch flavor {
      case .number:
        let nan: UnpackedFloat
        if x.kind == .signalingNaN {
          nan = x
        } else if y.kind == .signalingNaN && x.kind != .quietNaN {
          nan = y
        } else if y.kind == .signalingNaN {
          nan = x
        } else if x.kind == .quietNaN {
          return y.isNaN ? FloatResult(a, causes) : FloatResult(b, causes)
        } else {
          return FloatResult(a, causes)
        }
        return FloatResult(nan.quieted.packed(format), causes)
      case .conditional: return FloatResult(b, causes)
      case .java: return FloatResult(x.isNaN ? a : b, causes)
      case .vector: return FloatResult((x.isNaN ? x : y).quieted.packed(format), causes)
      }
    }
    if x.kind == .zero && y.kind == .zero {
      // C's comparison finds them equal and takes the second; the others order the signs.
      if flavor == .conditional { return FloatResult(b, causes) }
      return FloatResult(x.sign == maximum ? b : a, causes)
    }
    let order = order(x, y)
    let takesFirst = maximum ? order == .greater : order == .less
    return FloatResult(takesFirst ? a : b, causes)
  }
}
