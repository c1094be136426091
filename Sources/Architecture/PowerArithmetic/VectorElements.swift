// Element-wise work on a vector as 16 bytes, 8 halfwords, 4 words, 2 doublewords or 1 quadword,
// signed or unsigned: the element type is a Swift integer from `Int8` to `UInt128`.

extension Vector {
  /// How many elements of type `T` a vector holds.
  @inlinable @inline(__always)
  public static func count<T: FixedWidthInteger>(of type: T.Type) -> Int {
    16 / MemoryLayout<T>.size
  }

  /// Element `n` of the books, 0 leftmost; `n` modulo the number of elements.
  @inlinable
  public subscript<T: FixedWidthInteger>(n: Int, type: T.Type) -> T {
    @inline(__always) get { self[lane: Vector.count(of: T.self) - 1 - n, type] }
    @inline(__always) set { self[lane: Vector.count(of: T.self) - 1 - n, type] = newValue }
  }

  /// Lane `n`, 0 rightmost; `n` modulo the number of elements.
  @inlinable
  public subscript<T: FixedWidthInteger>(lane n: Int, type: T.Type) -> T {
    // Safety: the offset is below 16 and a multiple of the size of `T`, which divides 16.
    @inline(__always) get {
      let offset = (n & (Vector.count(of: T.self) - 1)) * MemoryLayout<T>.size
      return withUnsafeBytes(of: doublewords) { $0.load(fromByteOffset: offset, as: T.self) }
    }
    @inline(__always) set {
      let offset = (n & (Vector.count(of: T.self) - 1)) * MemoryLayout<T>.size
      withUnsafeMutableBytes(of: &doublewords) {
        $0.storeBytes(of: newValue, toByteOffset: offset, as: T.self)
      }
    }
  }

  /// Element `n` of the result is `element(n)`, in the books' numbering.
  @inlinable @inline(__always)
  public static func generate<T: FixedWidthInteger>(
    _ type: T.Type, _ element: (Int) -> T
  ) -> Vector {
    var result = Vector.zero
    for n in 0..<count(of: T.self) { result[n, T.self] = element(n) }
    return result
  }

  /// Each element on its own.
  @inlinable @inline(__always)
  public func map<T: FixedWidthInteger>(_ type: T.Type, _ transform: (T) -> T) -> Vector {
    var result = self
    for n in 0..<Vector.count(of: T.self) {
      result[lane: n, T.self] = transform(self[lane: n, T.self])
    }
    return result
  }

  /// Each pair of corresponding elements.
  @inlinable @inline(__always)
  public func zip<T: FixedWidthInteger>(
    _ b: Vector, _ type: T.Type, _ combine: (T, T) -> T
  ) -> Vector {
    var result = self
    for n in 0..<Vector.count(of: T.self) {
      result[lane: n, T.self] = combine(self[lane: n, T.self], b[lane: n, T.self])
    }
    return result
  }

  /// Each triple of corresponding elements.
  @inlinable @inline(__always)
  public func zip<T: FixedWidthInteger>(
    _ b: Vector, _ c: Vector, _ type: T.Type, _ combine: (T, T, T) -> T
  ) -> Vector {
    var result = self
    for n in 0..<Vector.count(of: T.self) {
      result[lane: n, T.self] = combine(
        self[lane: n, T.self], b[lane: n, T.self], c[lane: n, T.self])
    }
    return result
  }

  /// All ones where `isTrue`, else zeros.
  @inlinable @inline(__always)
  public func mask<T: FixedWidthInteger>(
    _ b: Vector, _ type: T.Type, where isTrue: (T, T) -> Bool
  ) -> Vector {
    zip(b, T.self) { isTrue($0, $1) ? ~0 : 0 }
  }

  /// A vector whose elements are all `value`.
  @inlinable @inline(__always)
  public init<T: FixedWidthInteger>(repeating value: T) {
    self = .zero
    for n in 0..<Vector.count(of: T.self) { self[lane: n, T.self] = value }
  }
}

extension Vector {
  /// Bitwise AND of all 128 bits.
  @inlinable @inline(__always)
  public static func & (a: Vector, b: Vector) -> Vector {
    Vector(doublewords: a.doublewords & b.doublewords)
  }
  /// Bitwise OR of all 128 bits.
  @inlinable @inline(__always)
  public static func | (a: Vector, b: Vector) -> Vector {
    Vector(doublewords: a.doublewords | b.doublewords)
  }
  /// Bitwise exclusive OR of all 128 bits.
  @inlinable @inline(__always)
  public static func ^ (a: Vector, b: Vector) -> Vector {
    Vector(doublewords: a.doublewords ^ b.doublewords)
  }
  /// All 128 bits inverted.
  @inlinable @inline(__always)
  public static prefix func ~ (a: Vector) -> Vector { Vector(doublewords: ~a.doublewords) }

  /// 128 one bits.
  @inlinable public static var allOnes: Vector {
    @inline(__always) get { Vector(~0, ~0) }
  }
}
