// Moving bytes and bits: pack, unpack, merge, permute, shift, gather (Book I 6.8 and 6.11 to 6.16).

extension Vector {
  /// Byte `n` of `self` (0 to 15) followed by `b` (16 to 31).
  @inlinable @inline(__always)
  public func byte(_ n: Int, followedBy b: Vector) -> UInt8 {
    n & 16 == 0 ? self[byte: n] : b[byte: n]
  }

  /// `vperm`: each byte of `control` chooses one of the 32 bytes of `self` and `b`.
  @inlinable
  public func permuted(_ b: Vector, by control: Vector) -> Vector {
    Vector.generate(UInt8.self) { byte(Int(control[byte: $0] & 31), followedBy: b) }
  }

  /// `vpermr`: as ``permuted(_:by:)`` with the bytes numbered from the right.
  @inlinable
  public func permutedRight(_ b: Vector, by control: Vector) -> Vector {
    permuted(b, by: Vector(doublewords: ~control.doublewords))
  }

  /// `vpermxor`.
  public func permutedXOR(_ b: Vector, by control: Vector) -> Vector {
    Vector.generate(UInt8.self) { n in
      self[byte: Int(control[byte: n] >> 4)] ^ b[byte: Int(control[byte: n] & 15)]
    }
  }

  /// Bytes `count` to `count + 15` of `self` followed by `b` (`vsldoi`), `count` 0 to 15.
  @inlinable
  public func shiftedLeft(octets count: Int, filling b: Vector) -> Vector {
    shiftedLeft(bits: 8 * count, filling: b)
  }

  /// Bits `count` to `count + 127` of `self` followed by `b` (`vsldbi`), `count` 0 to 127.
  @inlinable
  public func shiftedLeft(bits count: Int, filling b: Vector) -> Vector {
    Vector(quadword: quadword << UInt128(count) | b.quadword >> UInt128(128 - count))
  }

  /// Bits `128 - count` to `255 - count` of `self` followed by `b` (`vsrdbi`), `count` 0 to 127.
  @inlinable
  public func shiftedRight(bits count: Int, filling b: Vector) -> Vector {
    Vector(quadword: quadword << UInt128(128 - count) | b.quadword >> UInt128(count))
  }

  /// `vslv`: each byte shifted left by the low bits of its byte of `b`, filled from the next.
  public func bytesShiftedLeft(_ b: Vector) -> Vector {
    Vector.generate(UInt8.self) { n in
      let next = n == 15 ? 0 : UInt16(self[byte: n + 1])
      return UInt8(((UInt16(self[byte: n]) << 8 | next) << UInt16(b[byte: n] & 7)) >> 8)
    }
  }

  /// `vsrv`: each byte shifted right by the low bits of its byte of `b`, filled from the previous.
  public func bytesShiftedRight(_ b: Vector) -> Vector {
    Vector.generate(UInt8.self) { n in
      let previous = n == 0 ? 0 : UInt16(self[byte: n - 1])
      return UInt8(
        truncatingIfNeeded: (previous << 8 | UInt16(self[byte: n])) >> UInt16(b[byte: n] & 7))
    }
  }

  /// The left (`high`) or right halves interleaved, element by element.
  @inlinable @inline(__always)
  public func merged<T: FixedWidthInteger>(_ b: Vector, _ type: T.Type, high: Bool) -> Vector {
    let first = high ? 0 : Vector.count(of: T.self) / 2
    return Vector.generate(T.self) { n in (n & 1 == 0 ? self : b)[first + n / 2, T.self] }
  }

  /// The low halves of the elements of `self`, then of `b`.
  @inlinable @inline(__always)
  public func packed<W: FixedWidthInteger, N: FixedWidthInteger>(
    _ b: Vector, _ wide: W.Type, _ narrow: N.Type
  ) -> Vector {
    let half = Vector.count(of: W.self)
    return Vector.generate(N.self) { n in
      N(truncatingIfNeeded: (n < half ? self : b)[n & (half - 1), W.self])
    }
  }

  /// The elements of `self`, then of `b`, clamped to the narrower type.
  @inlinable @inline(__always)
  public func packedSaturated<W: FixedWidthInteger, N: FixedWidthInteger>(
    _ b: Vector, _ wide: W.Type, _ narrow: N.Type
  ) -> SaturatedVector {
    let half = Vector.count(of: W.self)
    var saturated = false
    let value = Vector.generate(N.self) { n in
      let element = (n < half ? self : b)[n & (half - 1), W.self]
      let clamped = N(clamping: element)
      saturated = saturated || W(truncatingIfNeeded: clamped) != element
      return clamped
    }
    return (value, saturated)
  }

  /// The left (`high`) or right half, each element extended to twice its width.
  @inlinable @inline(__always)
  public func unpacked<N: FixedWidthInteger, W: FixedWidthInteger>(
    _ narrow: N.Type, _ wide: W.Type, high: Bool
  ) -> Vector {
    let first = high ? 0 : Vector.count(of: W.self)
    return Vector.generate(W.self) { n in W(truncatingIfNeeded: self[first + n, N.self]) }
  }

  /// Each wide element is the sign extension of its own rightmost narrow element.
  @inlinable @inline(__always)
  public func extended<N: FixedWidthInteger, W: FixedWidthInteger>(
    _ narrow: N.Type, _ wide: W.Type
  ) -> Vector {
    map(W.self) { W(truncatingIfNeeded: N(truncatingIfNeeded: $0)) }
  }

  /// `vpkpx`: 8:8:8:8 pixels to 1:5:5:5.
  public func packedPixels(_ b: Vector) -> Vector {
    Vector.generate(UInt16.self) { n in
      let pixel = (n < 4 ? self : b)[word: n & 3]
      return UInt16(
        truncatingIfNeeded: pixel >> 9 & 0xFC00 | pixel >> 6 & 0x03E0 | pixel >> 3 & 0x001F)
    }
  }

  /// `vupkhpx` and `vupklpx`: 1:5:5:5 pixels to 8:8:8:8.
  public func unpackedPixels(high: Bool) -> Vector {
    Vector.generate(UInt32.self) { n in
      let pixel = UInt32(self[halfword: n + (high ? 0 : 4)])
      return (pixel & 0x8000 != 0 ? 0xFF00_0000 : 0)
        | (pixel & 0x7C00) << 6 | (pixel & 0x03E0) << 3 | pixel & 0x001F
    }
  }

  // MARK: bits

  /// Bit `n` of the books, 0 to 127.
  @inlinable
  public subscript(bit n: Int) -> Bool {
    self[byte: n >> 3] >> UInt8(7 - n & 7) & 1 != 0
  }

  /// `vbpermq`: the bits of `self` that the 16 bytes of `indices` name, in bits 48 to 63.
  public func bitsPermuted(by indices: Vector) -> Vector {
    var bits: UInt64 = 0
    for n in 0..<16 {
      let index = Int(indices[byte: n])
      bits = bits << 1 | (index < 128 && self[bit: index] ? 1 : 0)
    }
    return Vector(bits, 0)
  }

  /// `vbpermd`: the same within each doubleword, eight bits each.
  public func bitsPermutedInDoublewords(by indices: Vector) -> Vector {
    Vector.generate(UInt64.self) { n in
      var bits: UInt64 = 0
      for k in 0..<8 {
        let index = UInt64(indices[byte: 8 * n + k])
        bits = bits << 1 | (index < 64 ? self[doubleword: n] >> (63 - index) & 1 : 0)
      }
      return bits
    }
  }

  /// `vgbbd`: each doubleword as an 8 by 8 bit matrix, transposed.
  public var bitsGathered: Vector {
    map(UInt64.self) { matrix in
      var result: UInt64 = 0
      for row in 0..<8 as Range<UInt64> {
        for column in 0..<8 as Range<UInt64> {
          result |= (matrix >> (8 * row + column) & 1) << (8 * column + row)
        }
      }
      return result
    }
  }

  /// `vgnb`: every `stride`th bit from the left, left-justified in a doubleword.
  public func everyBit(stride: Int) -> UInt64 {
    var result: UInt64 = 0
    var shift: UInt64 = 64
    for n in Swift.stride(from: 0, to: 128, by: max(stride, 2)) {
      shift -= 1
      if self[bit: n] { result |= 1 << shift }
    }
    return result
  }

  /// The most significant bit of every element, right-justified (`vextractbm` and others).
  @inlinable @inline(__always)
  public func signs<T: FixedWidthInteger>(_ type: T.Type) -> UInt64 {
    var bits: UInt64 = 0
    for n in 0..<Vector.count(of: T.self) {
      bits = bits << 1 | (self[n, T.self].leadingZeroBitCount == 0 ? 1 : 0)
    }
    return bits
  }

  /// All ones in the elements whose bit of `bits` is one, the last element's rightmost.
  @inlinable @inline(__always)
  public init<T: FixedWidthInteger>(mask bits: UInt64, _ type: T.Type) {
    let count = Vector.count(of: T.self)
    self = Vector.generate(T.self) { n in bits >> UInt64(count - 1 - n) & 1 != 0 ? ~0 : 0 }
  }

  // MARK: strings

  /// `vstribl`, `vstrihl`: the elements left of the first zero; `found` is whether there is one.
  @inlinable @inline(__always)
  public func isolatedLeft<T: FixedWidthInteger>(_ type: T.Type) -> (value: Vector, found: Bool) {
    var found = false
    let value = Vector.generate(T.self) { n in
      found = found || self[n, T.self] == 0
      return found ? 0 : self[n, T.self]
    }
    return (value, found)
  }

  /// `vstribr`, `vstrihr`: the elements right of the last zero.
  @inlinable @inline(__always)
  public func isolatedRight<T: FixedWidthInteger>(_ type: T.Type) -> (value: Vector, found: Bool) {
    var found = false
    var value = self
    for n in (0..<Vector.count(of: T.self)).reversed() {
      found = found || self[n, T.self] == 0
      if found { value[n, T.self] = 0 }
    }
    return (value, found)
  }

  /// The rightmost `count` bytes kept, or the leftmost when `fromLeft`; 16 and more keep all.
  public func keepingBytes(_ count: UInt64, fromLeft: Bool) -> Vector {
    guard count < 16 else { return self }
    let bits = UInt128(8 * (16 - count))
    return self & Vector(quadword: fromLeft ? ~0 << bits : ~0 >> bits)
  }

  // MARK: bytes at a position

  /// `size` bytes from byte `index`, right-justified; bytes past the end read as zero.
  public func bytes(from index: Int, size: Int) -> UInt64 {
    bytes(from: index, size: size, followedBy: .zero)
  }

  /// `size` bytes from byte `index` of `self` followed by `b`; bytes past the end read as zero.
  public func bytes(from index: Int, size: Int, followedBy b: Vector) -> UInt64 {
    var value: UInt64 = 0
    for n in index..<(index + size) {
      value = value << 8 | (n >= 0 && n < 32 ? UInt64(byte(n, followedBy: b)) : 0)
    }
    return value
  }

  /// Replaces `size` bytes from byte `index` by the low bytes of `value`. An element that does
  /// not fit is undefined: nothing changes then.
  public mutating func insert(_ value: UInt64, at index: Int, size: Int) {
    guard index >= 0, index + size <= 16 else { return }
    for n in 0..<size {
      self[byte: index + n] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (size - 1 - n)))
    }
  }
}
