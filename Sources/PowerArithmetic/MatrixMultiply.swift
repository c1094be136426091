// Outer products of the matrix-multiply assist (Book I 7.2.1.3 and 7.6).

/// An accumulator: four rows of four words or of two doublewords.
public struct Accumulator: Sendable {
  public var rows: InlineArray<4, Vector>

  public init() { rows = InlineArray(repeating: .zero) }
}

/// Which rows, columns and products of an outer product take part, leftmost bit first.
public struct OuterProductMask: Sendable {
  public var rows: UInt64
  public var columns: UInt64
  public var products: UInt64

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

  /// `xvf32ger` and, with `operation`, its accumulating forms.
  public mutating func multiplySingles(
    _ a: Vector, _ b: Vector, mask: OuterProductMask, _ operation: FloatArithmetic.MultiplyAdd?,
    _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    setWords(mask) { row, column, old in
      let (x, y) = (UInt128(a[word: row]), UInt128(b[word: column]))
      let result =
        if let operation {
          FloatArithmetic.multiplyAdd(operation, x, y, plus: UInt128(old), .single, control)
        } else {
          FloatArithmetic.multiply(x, y, .single, control)
        }
      status.formUnion(result.status)
      return UInt32(truncatingIfNeeded: result.bits)
    }
    return status
  }

  /// `xvf64ger` and its accumulating forms; `a` is four doublewords.
  public mutating func multiplyDoubles(
    _ a: (Vector, Vector), _ b: Vector, mask: OuterProductMask,
    _ operation: FloatArithmetic.MultiplyAdd?, _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    for row in 0..<4 {
      for column in 0..<2 {
        guard mask.contains(row: row, column: column, columns: 2) else {
          rows[row][doubleword: column] = 0
          continue
        }
        let x = UInt128((row < 2 ? a.0 : a.1)[doubleword: row])
        let y = UInt128(b[doubleword: column])
        let old = UInt128(rows[row][doubleword: column])
        let result =
          if let operation {
            FloatArithmetic.multiplyAdd(operation, x, y, plus: old, .double, control)
          } else {
            FloatArithmetic.multiply(x, y, .double, control)
          }
        status.formUnion(result.status)
        rows[row][doubleword: column] = result.doubleword
      }
    }
    return status
  }

  /// `xvf16ger2` and `xvbf16ger2`: two products of halfwords of `format`, each step rounded to
  /// single, the accumulator added last.
  public mutating func multiplyHalves(
    _ a: Vector, _ b: Vector, _ format: FloatFormat, mask: OuterProductMask,
    _ operation: FloatArithmetic.MultiplyAdd?, _ control: FloatControl
  ) -> FloatStatus {
    var status: FloatStatus = []
    func widened(_ bits: UInt16) -> UInt128 {
      FloatArithmetic.convert(UInt128(bits), .conversion(from: format, to: .double), control).bits
    }
    setWords(mask) { row, column, old in
      var sum: UInt128 = 0
      if mask.contains(product: 0, of: 2) {
        let result = FloatArithmetic.multiply(
          widened(a[halfword: 2 * row]), widened(b[halfword: 2 * column]), .doubleToSingle, control)
        status.formUnion(result.status)
        sum = result.bits
      }
      if mask.contains(product: 1, of: 2) {
        let result = FloatArithmetic.multiplyAdd(
          .add, widened(a[halfword: 2 * row + 1]), widened(b[halfword: 2 * column + 1]), plus: sum,
          .doubleToSingle, control)
        status.formUnion(result.status)
        sum = result.bits
      }
      if let operation {
        let sign: UInt128 = 1 << 63
        let negatesSum = operation.negates
        let negatesOld = operation.subtracts != operation.negates
        let accumulator = UInt128(FloatArithmetic.doubleFromSingle(old))
        let result = FloatArithmetic.add(
          negatesSum ? sum ^ sign : sum, negatesOld ? accumulator ^ sign : accumulator,
          .doubleToSingle, control)
        status.formUnion(result.status)
        sum = result.bits
      }
      return FloatArithmetic.singleFromDouble(UInt64(truncatingIfNeeded: sum))
    }
    return status
  }
}
