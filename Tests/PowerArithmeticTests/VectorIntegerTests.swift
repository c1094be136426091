import PowerArithmetic
import Testing

/// Element arithmetic against models on Swift's unbounded-enough integers.
struct VectorIntegerTests {
  /// Every pair of bytes, sixteen at a time.
  static let bytePairs: [(Vector, Vector)] = (0..<256).flatMap { x in
    (0..<16).map { block in
      (
        Vector(repeating: UInt8(x)),
        Vector.generate(UInt8.self) { UInt8(16 * block + $0) }
      )
    }
  }

  private func expectElements<T: FixedWidthInteger>(
    _ result: Vector, _ type: T.Type, _ a: Vector, _ b: Vector, _ model: (Int, Int) -> Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for n in 0..<Vector.count(of: T.self) {
      let expected = T(truncatingIfNeeded: model(Int(a[n, T.self]), Int(b[n, T.self])))
      #expect(result[n, T.self] == expected, sourceLocation: sourceLocation)
    }
  }

  @Test func saturation() {
    for (a, b) in Self.bytePairs {
      let signed = a.addingSaturated(b, Int8.self)
      expectElements(signed.value, Int8.self, a, b) { max(-128, min($0 + $1, 127)) }
      let anyOut = (0..<16).contains {
        let sum = Int(a[$0, Int8.self]) + Int(b[$0, Int8.self])
        return sum < -128 || sum > 127
      }
      #expect(signed.saturated == anyOut)
      expectElements(a.addingSaturated(b, UInt8.self).value, UInt8.self, a, b) {
        min($0 + $1, 255)
      }
      expectElements(a.subtractingSaturated(b, Int8.self).value, Int8.self, a, b) {
        max(-128, min($0 - $1, 127))
      }
      expectElements(a.subtractingSaturated(b, UInt8.self).value, UInt8.self, a, b) {
        max($0 - $1, 0)
      }
    }
  }

  @Test func averages() {
    for (a, b) in Self.bytePairs {
      expectElements(a.average(b, UInt8.self), UInt8.self, a, b) { ($0 + $1 + 1) >> 1 }
      expectElements(a.average(b, Int8.self), Int8.self, a, b) { ($0 + $1 + 1) >> 1 }
    }
  }

  @Test func productsTakeEvenAndOddElements() {
    let a = Vector(0x01FF_8000_7FFF_0203, 0xFFFF_FFFF_0001_8000)
    let b = Vector(0xFF02_8000_8000_0405, 0x0002_FFFF_FFFF_8000)
    #expect(
      a.products(b, Int16.self, Int32.self, from: 0)
        == Vector.generate(Int32.self) {
          Int32(a[2 * $0, Int16.self]) * Int32(b[2 * $0, Int16.self])
        })
    #expect(
      a.products(b, UInt16.self, UInt32.self, from: 1)
        == Vector.generate(UInt32.self) {
          UInt32(a[2 * $0 + 1, UInt16.self]) * UInt32(b[2 * $0 + 1, UInt16.self])
        })
    #expect(
      a.productsHigh(b, Int32.self)[0, Int32.self]
        == Int32((Int64(0x01FF_8000) * Int64(Int32(bitPattern: 0xFF02_8000))) >> 32))
  }

  @Test func multiplyHighAddRoundsAndSaturates() {
    let smallest = Vector(repeating: Int16.min)
    let result = smallest.multiplyHighAdd(smallest, .zero, rounding: 0)
    #expect(result.value == Vector(repeating: Int16.max) && result.saturated)
    let one = Vector(repeating: Int16(1))
    let half = Vector(repeating: Int16(0x4000))
    #expect(one.multiplyHighAdd(half, .zero, rounding: 0).value == .zero)
    #expect(one.multiplyHighAdd(half, .zero, rounding: 0x4000).value == one)
  }

  @Test func sumsAcross() {
    let a = Vector(0x7FFF_FFFF_0000_0001, 0x0000_0002_0000_0003)
    let b = Vector(0x0000_000A_0000_0014, 0x0000_001E_0000_0028)
    #expect(a.sumAcrossWords(b, group: 4) == (Vector(0, 0x7FFF_FFFF), true))
    #expect(a.sumAcrossWords(b, group: 2) == (Vector(0x7FFF_FFFF, 5 + 40), true))
    let ones = Vector(repeating: UInt8(0xFF))
    #expect(ones.sumWithinWords(.zero, Int8.self, Int32.self).value == Vector(repeating: Int32(-4)))
    #expect(
      ones.sumWithinWords(.allOnes, UInt8.self, UInt32.self) == (
        Vector(repeating: ~UInt32(0)), true
      ))
  }

  @Test func multiplySumDoublewordsCarries() {
    let most = Vector.allOnes
    // 2 (2^64 - 1)^2 + 2^128 - 1 = 2^129 - 2^66 + 2 + 2^128 - 1
    let (low, carry) = most.multiplySumDoublewords(most, most)
    #expect(carry == Vector(0, 2))
    #expect(low.quadword == 1 &- 1 << 66)
  }

  @Test func undefinedQuotientsKeepTheHostAlive() {
    let smallest = Vector(repeating: Int32.min)
    let minusOne = Vector(repeating: Int32(-1))
    #expect(smallest.quotients(minusOne, Int32.self) == smallest)
    #expect(smallest.quotients(.zero, UInt128.self) == smallest)
    #expect(smallest.remainders(.zero, Int64.self) == .zero)
    #expect(smallest.remainders(minusOne, Int32.self) == .zero)
    #expect(smallest.extendedQuotients(minusOne, Int32.self) == .zero)
    #expect(
      Vector(1, 1).extendedQuotients(Vector(3, 2), UInt64.self)
        == Vector(0x5555_5555_5555_5555, 1 << 63))
    let minusSix = Vector(quadword: UInt128(bitPattern: -6))
    #expect(
      minusSix.extendedQuotients(Vector(quadword: 12 << 4), Int128.self).quadword
        == UInt128(bitPattern: -(1 << 123)))
  }

  /// `rotatedAndMasked` bit by bit: bit n of the result is of the value when the mask, which may
  /// wrap, covers n.
  @Test func rotateAndMask() {
    let value: UInt32 = 0x8123_4567
    for begin in 0..<32 as Range<UInt32> {
      for end in 0..<32 as Range<UInt32> {
        for count in [0, 1, 13, 31] as [UInt32] {
          var expected: UInt32 = 0
          for n in 0..<32 as Range<UInt32> {
            let covered = begin <= end ? begin <= n && n <= end : n >= begin || n <= end
            let source =
              covered ? value >> (31 - (n + count) % 32) & 1 : 0xDEAD_BEEF >> (31 - n) & 1
            expected = expected << 1 | source
          }
          let control = begin << 16 | end << 8 | count | 0xFFE0_E0E0
          #expect(value.rotatedAndMasked(control, inserting: 0xDEAD_BEEF) == expected)
        }
      }
    }
  }

  @Test func quadwordCarries() {
    #expect(Vector.allOnes.addingQuadword(.allOnes, carry: true) == (.allOnes, Vector(0, 1)))
    #expect(Vector.allOnes.addingQuadword(.zero, carry: true) == (.zero, Vector(0, 1)))
    #expect(Vector.zero.addingQuadword(.zero, carry: true) == (Vector(0, 1), .zero))
  }
}
