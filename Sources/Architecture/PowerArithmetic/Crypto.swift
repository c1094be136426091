// AES, SHA-2 and carry-less multiplication (Book I, vector exclusive-OR-based instructions).

/// The S-box of FIPS 197 and its inverse, derived from inversion in GF(2^8).
enum AES {
  static let substitution: [UInt8] = {
    var box = [UInt8](repeating: 0, count: 256)
    // 3 generates the multiplicative group, 0xF6 is its inverse: p and q stay inverse.
    var p: UInt8 = 1
    var q: UInt8 = 1
    repeat {
      p = p ^ double(p)
      q = multiply(q, 0xF6)
      box[Int(p)] = affine(q)
    } while p != 1
    box[0] = 0x63
    return box
  }()

  static let inverseSubstitution: [UInt8] = {
    var box = [UInt8](repeating: 0, count: 256)
    for (n, value) in substitution.enumerated() { box[Int(value)] = UInt8(n) }
    return box
  }()

  /// Times x modulo x^8 + x^4 + x^3 + x + 1.
  @inline(__always)
  static func double(_ a: UInt8) -> UInt8 { a << 1 ^ (a & 0x80 != 0 ? 0x1B : 0) }

  static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
    var (product, power) = (UInt8(0), a)
    for n in 0..<8 as Range<UInt8> {
      if b >> n & 1 != 0 { product ^= power }
      power = double(power)
    }
    return product
  }

  private static func affine(_ a: UInt8) -> UInt8 {
    var result: UInt8 = 0x63 ^ a
    for n in 1...4 as ClosedRange<UInt8> { result ^= a << n | a >> (8 - n) }
    return result
  }
}

extension Vector {
  /// `vsbox`.
  public var aesSubstituted: Vector { map(UInt8.self) { AES.substitution[Int($0)] } }

  /// `vcipherlast`: SubBytes, ShiftRows, AddRoundKey.
  public func aesEncryptLast(key: Vector) -> Vector { aesRowsShifted.aesSubstituted ^ key }

  /// `vcipher`: with MixColumns before AddRoundKey.
  public func aesEncrypt(key: Vector) -> Vector {
    aesRowsShifted.aesSubstituted.aesColumnsMixed(2, 3, 1, 1) ^ key
  }

  /// `vncipherlast`: InvShiftRows, InvSubBytes, AddRoundKey.
  public func aesDecryptLast(key: Vector) -> Vector {
    Vector.generate(UInt8.self) { n in
      // Column n / 4 of row n % 4 comes from that many columns to the left.
      AES.inverseSubstitution[Int(self[byte: (n - 4 * (n & 3)) & 15])]
    } ^ key
  }

  /// `vncipher`: with InvMixColumns after AddRoundKey.
  public func aesDecrypt(key: Vector) -> Vector {
    aesDecryptLast(key: key).aesColumnsMixed(14, 11, 13, 9)
  }

  private var aesRowsShifted: Vector {
    Vector.generate(UInt8.self) { n in self[byte: n + 4 * (n & 3)] }
  }

  /// Each column times the circulant matrix whose first row is given; a column is a word, so
  /// that its next byte comes into place by rotating.
  private func aesColumnsMixed(_ m0: UInt8, _ m1: UInt8, _ m2: UInt8, _ m3: UInt8) -> Vector {
    func rotated(_ factor: UInt8, _ count: UInt32) -> Vector {
      aesMultiplied(by: factor).map(UInt32.self) { $0.rotatedLeft(count) }
    }
    return aesMultiplied(by: m0) ^ rotated(m1, 8) ^ rotated(m2, 16) ^ rotated(m3, 24)
  }

  /// Each byte times a factor below 16.
  private func aesMultiplied(by factor: UInt8) -> Vector {
    var (product, power) = (SIMD16<UInt8>.zero, bytes)
    for bit in 0..<4 as Range<UInt8> {
      if factor >> bit & 1 != 0 { product ^= power }
      power = power &<< 1 ^ (power &>> 7) &* 0x1B
    }
    return Vector(bytes: product)
  }

  /// `vshasigmaw`: bit `n` of the four of `selection`, 0 leftmost, chooses the second function.
  public func sha256Sigma(big: Bool, selection: UInt64) -> Vector {
    Vector.generate(UInt32.self) { n in
      let x = self[word: n]
      let second = selection >> UInt64(3 - n) & 1 != 0
      func rotate(_ count: UInt32) -> UInt32 { x >> count | x << (32 - count) }
      return switch (big, second) {
      case (false, false): rotate(7) ^ rotate(18) ^ x >> 3
      case (false, true): rotate(17) ^ rotate(19) ^ x >> 10
      case (true, false): rotate(2) ^ rotate(13) ^ rotate(22)
      case (true, true): rotate(6) ^ rotate(11) ^ rotate(25)
      }
    }
  }

  /// `vshasigmad`: bits 0 and 2 of `selection` choose the second function.
  public func sha512Sigma(big: Bool, selection: UInt64) -> Vector {
    Vector.generate(UInt64.self) { n in
      let x = self[doubleword: n]
      let second = selection >> UInt64(3 - 2 * n) & 1 != 0
      func rotate(_ count: UInt64) -> UInt64 { x >> count | x << (64 - count) }
      return switch (big, second) {
      case (false, false): rotate(1) ^ rotate(8) ^ x >> 7
      case (false, true): rotate(19) ^ rotate(61) ^ x >> 6
      case (true, false): rotate(28) ^ rotate(34) ^ rotate(39)
      case (true, true): rotate(14) ^ rotate(18) ^ rotate(41)
      }
    }
  }

  /// `vpmsumb` and its wider forms: carry-less products of neighbours, added.
  @inlinable @inline(__always)
  public func polynomialMultiplySum<N: FixedWidthInteger, W: FixedWidthInteger>(
    _ b: Vector, _ narrow: N.Type, _ wide: W.Type
  ) -> Vector {
    Vector.generate(W.self) { n in
      var sum: W = 0
      for k in (2 * n)...(2 * n + 1) {
        let x = W(truncatingIfNeeded: self[k, N.self])
        let y = b[k, N.self]
        for bit in 0..<N.bitWidth where y >> bit & 1 != 0 { sum ^= x << bit }
      }
      return sum
    }
  }
}
