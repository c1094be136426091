/// The 128 bits of a vector-scalar register.
///
/// Lane 0 of every SIMD view is the *least* significant element, so element `n` of the books,
/// counted from the left, is lane `count - 1 - n`. Lane-wise operations need not care.
@frozen
public struct Vector: Hashable, Sendable {
  /// Lane 1 is doubleword element 0 of the books, lane 0 doubleword element 1.
  public var doublewords: SIMD2<UInt64>

  /// A vector of two doublewords, lane 1 being doubleword element 0 of the books.
  @inlinable @inline(__always)
  public init(doublewords: SIMD2<UInt64>) { self.doublewords = doublewords }

  /// Doubleword elements 0 and 1, in the books' order.
  @inlinable @inline(__always)
  public init(_ doubleword0: UInt64, _ doubleword1: UInt64) {
    doublewords = SIMD2(doubleword1, doubleword0)
  }
  /// A vector of 16 bytes, lane 15 being byte element 0 of the books.
  @inlinable @inline(__always)
  public init(bytes: SIMD16<UInt8>) { doublewords = unsafeBitCast(bytes, to: SIMD2<UInt64>.self) }
  /// A vector of 8 halfwords, lane 7 being halfword element 0 of the books.
  @inlinable @inline(__always)
  public init(halfwords: SIMD8<UInt16>) {
    doublewords = unsafeBitCast(halfwords, to: SIMD2<UInt64>.self)
  }
  /// A vector of 4 words, lane 3 being word element 0 of the books.
  @inlinable @inline(__always)
  public init(words: SIMD4<UInt32>) { doublewords = unsafeBitCast(words, to: SIMD2<UInt64>.self) }
  /// A vector of one quadword.
  @inlinable @inline(__always)
  public init(quadword: UInt128) {
    self.init(UInt64(truncatingIfNeeded: quadword >> 64), UInt64(truncatingIfNeeded: quadword))
  }

  /// 128 zero bits.
  @inlinable public static var zero: Vector { @inline(__always) get { Vector(0, 0) } }

  /// The bytes: lane 15 is byte element 0 of the books.
  @inlinable public var bytes: SIMD16<UInt8> {
    @inline(__always) get { unsafeBitCast(doublewords, to: SIMD16<UInt8>.self) }
  }
  /// The halfwords: lane 7 is halfword element 0 of the books.
  @inlinable public var halfwords: SIMD8<UInt16> {
    @inline(__always) get { unsafeBitCast(doublewords, to: SIMD8<UInt16>.self) }
  }
  /// The words: lane 3 is word element 0 of the books.
  @inlinable public var words: SIMD4<UInt32> {
    @inline(__always) get { unsafeBitCast(doublewords, to: SIMD4<UInt32>.self) }
  }
  /// All 128 bits as one number.
  @inlinable public var quadword: UInt128 {
    @inline(__always) get { UInt128(doubleword0) << 64 | UInt128(doubleword1) }
  }

  /// Doubleword element 0 of the books, the more significant: where a scalar or an FPR lives.
  @inlinable public var doubleword0: UInt64 {
    @inline(__always) get { doublewords[1] }
    @inline(__always) set { doublewords[1] = newValue }
  }
  /// Doubleword element 1 of the books.
  @inlinable public var doubleword1: UInt64 {
    @inline(__always) get { doublewords[0] }
    @inline(__always) set { doublewords[0] = newValue }
  }

  /// Byte element `n` of the books, 0 leftmost; `n` modulo 16.
  @inlinable public subscript(byte n: Int) -> UInt8 {
    @inline(__always) get { bytes[15 - (n & 15)] }
    @inline(__always) set {
      var lanes = bytes
      lanes[15 - (n & 15)] = newValue
      self = Vector(bytes: lanes)
    }
  }
  /// Halfword element `n` of the books, 0 leftmost; `n` modulo 8.
  @inlinable public subscript(halfword n: Int) -> UInt16 {
    @inline(__always) get { halfwords[7 - (n & 7)] }
    @inline(__always) set {
      var lanes = halfwords
      lanes[7 - (n & 7)] = newValue
      self = Vector(halfwords: lanes)
    }
  }
  /// Word element `n` of the books, 0 leftmost; `n` modulo 4.
  @inlinable public subscript(word n: Int) -> UInt32 {
    @inline(__always) get { words[3 - (n & 3)] }
    @inline(__always) set {
      var lanes = words
      lanes[3 - (n & 3)] = newValue
      self = Vector(words: lanes)
    }
  }
  /// Doubleword element `n` of the books, 0 leftmost; `n` modulo 2.
  @inlinable public subscript(doubleword n: Int) -> UInt64 {
    @inline(__always) get { doublewords[1 - (n & 1)] }
    @inline(__always) set { doublewords[1 - (n & 1)] = newValue }
  }
}
