// Outer products of the matrix-multiply assist (Book I 7.2.1.3 and 7.6).

/// An accumulator: four rows of four words or of two doublewords.
public struct Accumulator: Sendable {
  /// Row i is vector-scalar register 4 * accumulator + i once the accumulator is deprimed.
  public var rows: InlineArray<4, Vector>

  /// An accumulator of zeros (`xxsetaccz`).
  public init() { rows = InlineArray(repeating: .zero) }
}

/// Which rows, columns and products of an outer product take part, leftmost bit first.
public struct OuterProductMask: Sendable {
  /// XMSK, four bits: the leftmost is row 0.
  public var rows: UInt64
  /// YMSK, four bits, or two where a row has two doublewords: the leftmost is column 0.
  public var columns: UInt64
  /// PMSK, as many bits as an element of a row has products: the leftmost is product 0.
  public var products: UInt64

  /// The masks that a prefixed instruction encodes.
  public init(rows: UInt64, columns: UInt64, products: UInt64) {
    self.rows = rows
    self.columns = columns
    self.products = products
  }

  /// Everything takes part.
  public static let all = OuterProductMask(rows: 15, columns: 15, products: 0xFF)

  fileprivate func contains(row: Int, column: Int, columns count: Int = 4) -> Bool {
    rows >> UInt64(3 - row) & 1 != 0 && columns >> UInt64(count - 1 - column) & 1 != 0
  }

  fileprivate func contains(product: Int, of count: Int) -> Bool {
    products >> UInt64(count - 1 - product) & 1 != 0
  }
}

extension Accumulator {
  /// The sums of products of the elements of each word of `a`, as `A`, with those of each word
  /// of `b`, as `B`: clamped to words when `saturating`. Elements outside the mask become zero.
  /// - Returns: whether an element was clamped.
  @inlinable @inline(__always)
  public mutating func multiplyIntegers<A: FixedWidthInteger, B: FixedWidthInteger>(
    _ a: Vector, _ b: Vector, _ aType: A.Type, _ bType: B.Type, mask: OuterProductMask,
    accumulating: Bool, saturating: Bool
  ) -> Bool {
    var saturated = false
    let count = 4 / MemoryLayout<A>.size
    setWords(mask) { row, column, old in
      var sum: Int64 = 0
      for k in 0..<count where mask.products >> UInt64(count - 1 - k) & 1 != 0 {
        sum &+= Int64(a[count * row + k, A.self]) &* Int64(b[count * column + k, B.self])
      }
      if accumulating { sum &+= Int64(Int32(bitPattern: old)) }
      guard saturating else { return UInt32(truncatingIfNeeded: sum) }
      saturated = saturated || Int64(Int32(clamping: sum)) != sum
      return UInt32(bitPattern: Int32(clamping: sum))
    }
    return saturated
  }

  /// `xvi4ger8`: elements of four bits, signed.
  public mutating func multiplyNibbles(
    _ a: Vector, _ b: Vector, mask: OuterProductMask, accumulating: Bool
  ) {
    func nibble(_ word: UInt32, _ k: Int) -> Int32 {
      Int32(bitPattern: word << UInt32(4 * k)) >> 28
    }
    setWords(mask) { row, column, old in
      var sum: Int32 = accumulating ? Int32(bitPattern: old) : 0
      for k in 0..<8 where mask.contains(product: k, of: 8) {
        sum &+= nibble(a[word: row], k) &* nibble(b[word: column], k)
      }
      return UInt32(bitPattern: sum)
    }
  }

  /// `element` gets row, column and the old word.
  @inlinable @inline(__always)
  public mutating func setWords(
    _ mask: OuterProductMask, _ element: (Int, Int, UInt32) -> UInt32
  ) {
    for row in 0..<4 {
      for column in 0..<4 {
        let isIn =
          mask.rows >> UInt64(3 - row) & 1 != 0 && mask.columns >> UInt64(3 - column) & 1 != 0
        rows[row][word: column] = isIn ? element(row, column, rows[row][word: column]) : 0
      }
    }
  }

  // MARK: floating point

  /// How a product enters an accumulator: the signs of both.
  public struct Accumulation: Sendable {
    /// The product is negated before it is added.
    public var negatesProduct: Bool
    /// The accumulator is negated before it is added.
    public var negatesAccumulator: Bool

    /// `…pp`: product plus accumulator.
    public static let pp = Accumulation(negatesProduct: false, negatesAccumulator: false)
    /// `…pn`: product minus accumulator.
    public static let pn = Accumulation(negatesProduct: false, negatesAccumulator: true)
    /// `…np`: accumulator minus product.
    public static let np = Accumulation(negatesProduct: true, negatesAccumulator: false)
    /// `…nn`: minus product minus accumulator.
    public static let nn = Accumulation(negatesProduct: true, negatesAccumulator: true)
  }

  /// `xvf32ger` and its accumulating forms.
  public mutating func multiplySingles(
    _ a: Vector, _ b: Vector, mask: OuterProductMask, _ accumulation: Accumulation?,
    _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    setWords(mask) { row, column, old in
      let result = Self.product(
        UInt128(a[word: row]), UInt128(b[word: column]), UInt128(old), accumulation, .single,
        control)
      status.formUnion(result.status)
      return UInt32(truncatingIfNeeded: result.bits)
    }
    return status
  }

  /// `xvf64ger` and its accumulating forms; `a` is four doublewords.
  public mutating func multiplyDoubles(
    _ a: (Vector, Vector), _ b: Vector, mask: OuterProductMask, _ accumulation: Accumulation?,
    _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    for row in 0..<4 {
      for column in 0..<2 {
        guard mask.contains(row: row, column: column, columns: 2) else {
          rows[row][doubleword: column] = 0
          continue
        }
        let result = Self.product(
          UInt128((row < 2 ? a.0 : a.1)[doubleword: row]), UInt128(b[doubleword: column]),
          UInt128(rows[row][doubleword: column]), accumulation, .double, control)
        status.formUnion(result.status)
        rows[row][doubleword: column] = result.doubleword
      }
    }
    return status
  }

  /// One fused step.
  private static func product(
    _ x: UInt128, _ y: UInt128, _ old: UInt128, _ accumulation: Accumulation?,
    _ shape: FloatShape, _ control: FloatControl
  ) -> FloatResult {
    guard let accumulation else { return FloatArithmetic.multiply(x, y, shape, control) }
    let operation: FloatArithmetic.MultiplyAdd =
      accumulation.negatesProduct == accumulation.negatesAccumulator ? .add : .subtract
    guard accumulation.negatesProduct else {
      return FloatArithmetic.multiplyAdd(operation, x, y, plus: old, shape, control)
    }
    // The sum is negated before it is rounded, an exact zero like any other number.
    var result = FloatArithmetic.multiplyAdd(operation, x, y, plus: old, shape, control.mirrored)
    let sign: UInt128 = 1 << UInt128(shape.stored.width - 1)
    if result.bits & ~sign == 0, !result.status.contains(.xx) {
      result = FloatArithmetic.multiplyAdd(operation, x, y, plus: old, shape, control)
    }
    result.bits = negated(result.bits, shape.stored)
    return result
  }

  /// The opposite number; a NaN stays as it is.
  private static func negated(_ x: UInt128, _ format: FloatFormat) -> UInt128 {
    let sign: UInt128 = 1 << UInt128(format.width - 1)
    let infinity = UInt128(format.maximumBiasedExponent) << UInt128(format.fractionBits)
    return x & ~sign > infinity ? x : x ^ sign
  }

  /// `xvf16ger2` and `xvbf16ger2`: the sum of two products of halfwords of `format`, rounded to
  /// single, then the accumulator added. A product that the mask leaves out is zero.
  public mutating func multiplyHalves(
    _ a: Vector, _ b: Vector, _ format: FloatFormat, mask: OuterProductMask,
    _ accumulation: Accumulation?, _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    func widened(_ bits: UInt16) -> UInt128 {
      let result = FloatArithmetic.convert(
        UInt128(bits), .conversion(from: format, to: .double), control)
      status.formUnion(result.status)
      return result.bits
    }
    func taken(_ result: FloatResult) -> UInt128 {
      status.formUnion(result.status)
      return result.bits
    }
    setWords(mask) { row, column, old in
      func factor(_ v: Vector, _ n: Int, _ k: Int) -> UInt128 {
        mask.contains(product: k, of: 2) ? widened(v[halfword: 2 * n + k]) : 0
      }
      // A product of halfwords is exact as a double.
      let product = FloatArithmetic.multiply(
        factor(a, row, 0), factor(b, column, 0), .double, control)
      status.formUnion(product.status)
      var sum = taken(
        FloatArithmetic.multiplyAdd(
          .add, factor(a, row, 1), factor(b, column, 1), plus: product.bits, .doubleToSingle,
          control))
      if let accumulation {
        let wide = UInt128(FloatArithmetic.doubleFromSingle(old))
        sum = taken(
          FloatArithmetic.add(
            accumulation.negatesProduct ? Self.negated(sum, .double) : sum,
            accumulation.negatesAccumulator ? Self.negated(wide, .double) : wide,
            .doubleToSingle, control))
      }
      return FloatArithmetic.singleFromDouble(UInt64(truncatingIfNeeded: sum))
    }
    return status
  }
}

extension FloatControl {
  /// What rounds the opposite of a number to the opposite.
  fileprivate var mirrored: FloatControl {
    switch rounding {
    case .towardPlusInfinity: with(.towardMinusInfinity)
    case .towardMinusInfinity: with(.towardPlusInfinity)
    default: self
    }
  }
}
