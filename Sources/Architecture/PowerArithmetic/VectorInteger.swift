// Integer arithmetic of Book I chapter 6 that is more than one operator on each element.

/// A vector and whether any element of it was saturated (VSCR[SAT]).
public typealias SaturatedVector = (value: Vector, saturated: Bool)

extension Vector {
  /// `transform` gives each element and whether it was saturated.
  @inlinable @inline(__always)
  public func saturatingZip<T: FixedWidthInteger>(
    _ b: Vector, _ type: T.Type, _ combine: (T, T) -> (T, Bool)
  ) -> SaturatedVector {
    var saturated = false
    let value = zip(b, T.self) { x, y in
      let (element, overflow) = combine(x, y)
      saturated = saturated || overflow
      return element
    }
    return (value, saturated)
  }

  /// `vadd…s`: sums of elements of the type, clamped to its bounds (Book I 6.9.1.1).
  @inlinable @inline(__always)
  public func addingSaturated<T: FixedWidthInteger>(
    _ b: Vector, _ type: T.Type
  ) -> SaturatedVector {
    saturatingZip(b, T.self) { x, y in
      let (sum, overflow) = x.addingReportingOverflow(y)
      return (overflow ? (x < 0 ? T.min : T.max) : sum, overflow)
    }
  }

  /// `vsub…s`: differences of elements of the type, clamped to its bounds (Book I 6.9.1.2).
  @inlinable @inline(__always)
  public func subtractingSaturated<T: FixedWidthInteger>(
    _ b: Vector, _ type: T.Type
  ) -> SaturatedVector {
    saturatingZip(b, T.self) { x, y in
      let (difference, overflow) = x.subtractingReportingOverflow(y)
      return (overflow ? (x < y ? T.min : T.max) : difference, overflow)
    }
  }

  /// (x + y + 1) >> 1 without losing the carry.
  @inlinable @inline(__always)
  public func average<T: FixedWidthInteger>(_ b: Vector, _ type: T.Type) -> Vector {
    zip(b, T.self) { ($0 | $1) &- (($0 ^ $1) >> 1) }
  }

  /// Products of the elements at even (`first` 0) or odd (`first` 1) positions, twice as wide.
  @inlinable @inline(__always)
  public func products<N: FixedWidthInteger, W: FixedWidthInteger>(
    _ b: Vector, _ narrow: N.Type, _ wide: W.Type, from first: Int
  ) -> Vector {
    Vector.generate(W.self) { n in
      W(truncatingIfNeeded: self[2 * n + first, N.self])
        &* W(truncatingIfNeeded: b[2 * n + first, N.self])
    }
  }

  /// The high half of each product.
  @inlinable @inline(__always)
  public func productsHigh<T: FixedWidthInteger>(_ b: Vector, _ type: T.Type) -> Vector {
    zip(b, T.self) { $0.multipliedFullWidth(by: $1).high }
  }

  /// `vmhaddshs` (`rounding` 0) and `vmhraddshs` (0x4000).
  public func multiplyHighAdd(_ b: Vector, _ c: Vector, rounding: Int32) -> SaturatedVector {
    var saturated = false
    let value = zip(b, c, Int16.self) { x, y, z in
      let sum = ((Int32(x) * Int32(y) &+ rounding) >> 15) &+ Int32(z)
      let element = Int16(clamping: sum)
      saturated = saturated || Int32(element) != sum
      return element
    }
    return (value, saturated)
  }

  /// The exact sum of the products in each word plus the word of `c`, elements of `self` as `A`,
  /// of `b` as `B`.
  @inlinable @inline(__always)
  public func multiplySum<A: FixedWidthInteger, B: FixedWidthInteger>(
    _ b: Vector, _ a: A.Type, _ bType: B.Type, word n: Int, plus addend: Int64
  ) -> Int64 {
    let perWord = 4 / MemoryLayout<A>.size
    var sum = addend
    for k in 0..<perWord {
      sum &+= Int64(self[perWord * n + k, A.self]) &* Int64(b[perWord * n + k, B.self])
    }
    return sum
  }

  /// `vmsumubm`, `vmsummbm`, `vmsumuhm`, `vmsumshm`.
  @inlinable @inline(__always)
  public func multiplySumModulo<A: FixedWidthInteger, B: FixedWidthInteger>(
    _ b: Vector, _ c: Vector, _ aType: A.Type, _ bType: B.Type
  ) -> Vector {
    Vector.generate(UInt32.self) { n in
      UInt32(
        truncatingIfNeeded: multiplySum(b, A.self, B.self, word: n, plus: Int64(c[word: n])))
    }
  }

  /// `vmsumuhs` (`W` UInt32) and `vmsumshs` (`W` Int32).
  @inlinable @inline(__always)
  public func multiplySumSaturated<T: FixedWidthInteger, W: FixedWidthInteger>(
    _ b: Vector, _ c: Vector, _ type: T.Type, _ wide: W.Type
  ) -> SaturatedVector {
    var saturated = false
    let value = Vector.generate(W.self) { n in
      let sum = multiplySum(b, T.self, T.self, word: n, plus: Int64(c[n, W.self]))
      let element = W(clamping: sum)
      saturated = saturated || Int64(element) != sum
      return element
    }
    return (value, saturated)
  }

  /// `vsum4sbs`, `vsum4shs`, `vsum4ubs`: the elements of each word and the word of `b`.
  @inlinable @inline(__always)
  public func sumWithinWords<T: FixedWidthInteger, W: FixedWidthInteger>(
    _ b: Vector, _ type: T.Type, _ wide: W.Type
  ) -> SaturatedVector {
    multiplySumSaturated(Vector(repeating: T(1)), b, T.self, W.self)
  }

  /// `vsum2sws` (`group` 2) and `vsumsws` (`group` 4): words summed into the last of each group.
  public func sumAcrossWords(_ b: Vector, group: Int) -> SaturatedVector {
    var saturated = false
    var value = Vector.zero
    for last in stride(from: group - 1, to: 4, by: group) {
      var sum = Int64(b[last, Int32.self])
      for n in (last - group + 1)...last { sum += Int64(self[n, Int32.self]) }
      let element = Int32(clamping: sum)
      saturated = saturated || Int64(element) != sum
      value[last, Int32.self] = element
    }
    return (value, saturated)
  }

  /// `vmsumudm` and `vmsumcud`: the 130-bit sum of two doubleword products and a quadword.
  public func multiplySumDoublewords(_ b: Vector, _ c: Vector) -> (low: Vector, carry: Vector) {
    let first = UInt128(doubleword0) &* UInt128(b.doubleword0)
    let second = UInt128(doubleword1) &* UInt128(b.doubleword1)
    let (products, carry1) = first.addingReportingOverflow(second)
    let (sum, carry2) = products.addingReportingOverflow(c.quadword)
    return (Vector(quadword: sum), Vector(0, (carry1 ? 1 : 0) + (carry2 ? 1 : 0)))
  }

  /// The quadword sum with a carry in, and the carry out as a quadword.
  public func addingQuadword(_ b: Vector, carry: Bool) -> (sum: Vector, carry: Vector) {
    let (first, overflow1) = quadword.addingReportingOverflow(b.quadword)
    let (second, overflow2) = first.addingReportingOverflow(carry ? 1 : 0)
    return (Vector(quadword: second), Vector(0, overflow1 || overflow2 ? 1 : 0))
  }

  /// Quotients; where the architecture leaves the result undefined (divisor 0, or the most
  /// negative number by -1), the dividend.
  @inlinable @inline(__always)
  public func quotients<T: FixedWidthInteger>(_ b: Vector, _ type: T.Type) -> Vector {
    zip(b, T.self) { x, y in
      let (quotient, overflow) = x.dividedReportingOverflow(by: y)
      return overflow ? x : quotient
    }
  }

  /// Remainders; 0 where the architecture leaves the result undefined.
  @inlinable @inline(__always)
  public func remainders<T: FixedWidthInteger>(_ b: Vector, _ type: T.Type) -> Vector {
    zip(b, T.self) { x, y in
      let (remainder, overflow) = x.remainderReportingOverflow(dividingBy: y)
      return overflow ? 0 : remainder
    }
  }
}

extension Vector {
  /// A comparison's lanes as all ones or zeros.
  @inlinable @inline(__always)
  /// All ones in each byte whose comparison holds, and zeros elsewhere.
  public init(mask: SIMDMask<SIMD16<Int8>>) {
    self.init(bytes: SIMD16<UInt8>.zero.replacing(with: .max, where: mask))
  }
  /// All ones in each halfword whose comparison holds, and zeros elsewhere.
  @inlinable @inline(__always)
  public init(mask: SIMDMask<SIMD8<Int16>>) {
    self.init(halfwords: SIMD8<UInt16>.zero.replacing(with: .max, where: mask))
  }
  /// All ones in each word whose comparison holds, and zeros elsewhere.
  @inlinable @inline(__always)
  public init(mask: SIMDMask<SIMD4<Int32>>) {
    self.init(words: SIMD4<UInt32>.zero.replacing(with: .max, where: mask))
  }
  /// All ones in each doubleword whose comparison holds, and zeros elsewhere.
  @inlinable @inline(__always)
  public init(mask: SIMDMask<SIMD2<Int64>>) {
    self.init(doublewords: SIMD2<UInt64>.zero.replacing(with: .max, where: mask))
  }

  /// `vdive…`: quotients of each element of `self` followed by as many zeros. Undefined results
  /// (divisor 0, or a quotient that does not fit) are 0.
  @inlinable @inline(__always)
  public func extendedQuotients<T: FixedWidthInteger>(_ b: Vector, _ type: T.Type) -> Vector {
    zip(b, T.self) { x, y in
      guard y != 0 else { return 0 }
      // Long division of magnitudes: the quotient fits when the high half is below the divisor.
      let (high, divisor) = (x.magnitude, y.magnitude)
      guard high < divisor else { return 0 }
      let quotient = divisor.dividingFullWidth((high, 0)).quotient
      let isNegative = (x < 0) != (y < 0)
      guard T.isSigned else { return T(truncatingIfNeeded: quotient) }
      let limit = T.max.magnitude &+ (isNegative ? 1 : 0)
      guard quotient <= limit else { return 0 }
      let value = T(truncatingIfNeeded: quotient)
      return isNegative ? 0 &- value : value
    }
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// Rotated left by `count` modulo the width.
  @inlinable @inline(__always)
  public func rotatedLeft(_ count: Self) -> Self {
    self &<< count | self &>> (0 &- count)
  }

  /// `vrl*nm` and `vrl*mi`: rotated by the low bits of `control` and kept under the mask whose
  /// bounds are in its next two bytes, begin and then end; elsewhere `other`.
  @inlinable @inline(__always)
  public func rotatedAndMasked(_ control: Self, inserting other: Self) -> Self {
    let last = Self(Self.bitWidth - 1)
    let (begin, end) = (control >> 16 & last, control >> 8 & last)
    let fromBegin = Self.max &>> begin
    let toEnd = Self.max &<< (last - end)
    let mask = begin <= end ? fromBegin & toEnd : fromBegin | toEnd
    return rotatedLeft(control) & mask | other & ~mask
  }

  /// Ones in the least significant bit of each byte.
  @inlinable @inline(__always)
  public static var lowBitOfBytes: Self { max / 0xFF }

  /// 1 when the number of ones is odd.
  @inlinable @inline(__always)
  public var parity: Self { Self(nonzeroBitCount & 1) }
}
