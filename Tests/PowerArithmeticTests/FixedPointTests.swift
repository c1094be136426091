import PowerArithmetic
import Testing

@Suite struct FixedPointTests {
  /// Numbers where carries, signs and words change.
  static let edges: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
    0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_8000_0000, ~0, ~0 - 1,
    0x0123_4567_89AB_CDEF,
  ]

  @Test func carriesAreThoseOfWiderSums() {
    for a in Self.edges {
      for b in Self.edges {
        for carry: UInt64 in [0, 1] {
          let sum = a &+ b &+ carry
          let carries = FixedPoint.carries(a, b, sum)
          let wide = UInt128(a) + UInt128(b) + UInt128(carry)
          let word = (a & 0xFFFF_FFFF) + (b & 0xFFFF_FFFF) + carry
          #expect(carries >> 63 == UInt64(wide >> 64))
          #expect(carries >> 31 & 1 == word >> 32)
          let overflows = FixedPoint.overflows(a, b, sum)
          let signed =
            Int128(Int64(bitPattern: a)) + Int128(Int64(bitPattern: b)) + Int128(carry)
          #expect((overflows >> 63 == 1) == (signed != Int128(Int64(truncatingIfNeeded: signed))))
          let signedWord =
            Int64(Int32(truncatingIfNeeded: a)) + Int64(Int32(truncatingIfNeeded: b))
            + Int64(carry)
          let fits = signedWord == Int64(Int32(truncatingIfNeeded: signedWord))
          #expect((overflows >> 31 & 1 == 1) == !fits)
        }
      }
    }
  }

  @Test(
    arguments: [
      (0, 63, ~0), (63, 63, 1), (0, 0, 1 << 63), (32, 63, 0xFFFF_FFFF),
      (60, 3, 0xF000_0000_0000_000F),
      (1, 0, ~0), (16, 47, 0x0000_FFFF_FFFF_0000),
    ] as [(UInt64, UInt64, UInt64)])
  func masks(first: UInt64, last: UInt64, mask: UInt64) {
    #expect(FixedPoint.mask(first, last) == mask)
  }

  @Test func rotations() {
    #expect(FixedPoint.rotate(0x8000_0000_0000_0001, 1) == 3)
    #expect(FixedPoint.rotate(5, 0) == 5)
    #expect(FixedPoint.rotateWord(0xFFFF_FFFF_8000_0001, 1) == 0x0000_0003_0000_0003)
    #expect(FixedPoint.rotateWord(0x1234_5678, 0) == 0x1234_5678_1234_5678)
  }

  @Test func shiftsPastTheEnd() {
    #expect(FixedPoint.shiftLeftWord(0xFFFF_FFFF_FFFF_FFFF, 31) == 0x8000_0000)
    #expect(FixedPoint.shiftLeftWord(1, 32) == 0)
    #expect(FixedPoint.shiftLeftWord(1, 64) == 1)
    #expect(FixedPoint.shiftRightWord(0xFFFF_FFFF_8000_0000, 31) == 1)
    #expect(FixedPoint.shiftRightWord(~0, 63) == 0)
    #expect(FixedPoint.shiftLeft(1, 63) == 1 << 63)
    #expect(FixedPoint.shiftLeft(1, 64) == 0)
    #expect(FixedPoint.shiftLeft(1, 128) == 1)
    #expect(FixedPoint.shiftRight(~0, 127) == 0)
  }

  @Test(
    arguments: [
      (0x8000_0000, 31, ~0, false), (0x8000_0001, 31, ~0, true),
      (0x8000_0001, 0, 0xFFFF_FFFF_8000_0001, false),
      (0x8000_0000, 32, ~0, true), (0x8000_0000, 63, ~0, true), (0x7FFF_FFFF, 63, 0, false),
      (0x7FFF_FFFF, 1, 0x3FFF_FFFF, false), (0xFFFF_FFFF_0000_0000, 5, 0, false),
    ] as [(UInt64, UInt64, UInt64, Bool)])
  func algebraicWordShifts(value: UInt64, amount: UInt64, result: UInt64, carry: Bool) {
    #expect(FixedPoint.shiftRightAlgebraicWord(value, amount) == (result, carry))
  }

  @Test(
    arguments: [
      (1 << 63, 63, ~0, false), (1 << 63, 64, ~0, true),
      (1 << 63 | 1, 1, 0xC000_0000_0000_0000, true),
      (~0, 0, ~0, false), (~0 >> 1, 127, 0, false), (~0 >> 1, 62, 1, false),
    ] as [(UInt64, UInt64, UInt64, Bool)])
  func algebraicShifts(value: UInt64, amount: UInt64, result: UInt64, carry: Bool) {
    #expect(FixedPoint.shiftRightAlgebraic(value, amount) == (result, carry))
  }

  @Test func divisions() {
    #expect(FixedPoint.quotient(7 as Int32, -2) == -3)
    #expect(FixedPoint.quotient(Int64.min, -1) == nil)
    #expect(FixedPoint.quotient(1 as UInt64, 0) == nil)
    #expect(FixedPoint.remainder(-7 as Int64, 2) == -1)
    #expect(FixedPoint.remainder(Int32.min, -1) == nil)
    #expect(FixedPoint.remainder(5 as UInt32, 0) == nil)
  }

  @Test func extendedDivisions() {
    for high in -20...20 as ClosedRange<Int64> {
      for divisor in [-7, -3, -2, -1, 0, 1, 2, 3, 10, Int64(Int32.min), Int64(Int32.max)] {
        let exact = divisor == 0 ? nil : Int64(high << 32) / divisor
        let expected = exact.flatMap { Int32(exactly: $0) }
        #expect(
          FixedPoint.extendedQuotient(Int32(high), Int32(truncatingIfNeeded: divisor)) == expected)
      }
    }
    #expect(FixedPoint.extendedQuotient(1 as UInt64, 2) == 1 << 63)
    #expect(FixedPoint.extendedQuotient(2 as UInt64, 2) == nil)
    #expect(FixedPoint.extendedQuotient(-1 as Int64, 2) == Int64.min)
    #expect(FixedPoint.extendedQuotient(1 as Int64, 2) == nil)
    #expect(FixedPoint.extendedQuotient(Int64.min, Int64.min) == nil)
  }

  @Test func counts() {
    #expect(FixedPoint.populationOfBytes(0xFF01_0380_0000_7F0F) == 0x0801_0201_0000_0704)
    #expect(FixedPoint.populationOfWords(0xFFFF_FFFF_0000_0101) == 0x0000_0020_0000_0002)
    #expect(FixedPoint.parityOfWords(0x0101_0100_0100_0001) == 0x0000_0001_0000_0000)
    #expect(FixedPoint.parity(0x0101_0100_0100_0000) == 0)
    #expect(FixedPoint.parity(0xFE01_0100_0100_0000 | 1 << 0) == 0)
    #expect(FixedPoint.parity(1 << 56) == 1)
    for value in Self.edges {
      #expect(FixedPoint.leadingZeros(value, under: ~0) == UInt64(value.leadingZeroBitCount))
      #expect(FixedPoint.trailingZeros(value, under: ~0) == UInt64(value.trailingZeroBitCount))
      #expect(FixedPoint.leadingZeros(value, under: 0) == 0)
    }
    #expect(FixedPoint.leadingZeros(0x0000_0001, under: 0xF0F0_0001) == 8)
    #expect(FixedPoint.trailingZeros(0x1000_0000, under: 0xF0F0_0001) == 5)
  }

  @Test func movingBits() {
    #expect(FixedPoint.deposit(0b1011, 0xF0F0) == 0x00B0)
    #expect(FixedPoint.extract(0xABCD, 0xF0F0) == 0xAC)
    #expect(FixedPoint.centrifuge(0xABCD, 0xF0F0) == 0x0000_0000_0000_BDAC)
    for value in Self.edges {
      #expect(FixedPoint.centrifuge(value, 0) == value)
      #expect(FixedPoint.centrifuge(value, ~0) == value)
      for mask in Self.edges {
        #expect(FixedPoint.deposit(FixedPoint.extract(value, mask), mask) == value & mask)
        #expect(FixedPoint.centrifuge(value, mask).nonzeroBitCount == value.nonzeroBitCount)
      }
    }
    #expect(FixedPoint.bitPermute(0x3F_00_40_FF_01_02_03_3E, 0x8000_0000_0000_0001) == 0xC0)
  }

  @Test func bytes() {
    #expect(
      FixedPoint.equalBytes(0x0011_2233_4455_6677, 0x0010_2233_FF55_8077) == 0xFF00_FFFF_00FF_00FF)
    #expect(FixedPoint.equalBytes(0x80, 0x00) == 0xFFFF_FFFF_FFFF_FF00)
    #expect(FixedPoint.isInRange(0x35, 0x3930, two: false))
    #expect(!FixedPoint.isInRange(0x2F, 0x3930, two: false))
    #expect(!FixedPoint.isInRange(0x41, 0x5A41_3930, two: false))
    #expect(FixedPoint.isInRange(0x41, 0x5A41_3930, two: true))
    #expect(FixedPoint.reverseHalfwords(0x0123_4567_89AB_CDEF) == 0x2301_6745_AB89_EFCD)
    #expect(FixedPoint.reverseWords(0x0123_4567_89AB_CDEF) == 0x6745_2301_EFCD_AB89)
  }

  @Test func decimal() {
    // 999 + 1: no digit but the last three carries, so six everywhere else.
    #expect(FixedPoint.sixes(0x999, 0x667) == 0x6666_6666_6666_6000)
    for number in 0..<1000 as Range<UInt64> {
      let digits = (number / 100) << 8 | (number / 10 % 10) << 4 | number % 10
      #expect(DenselyPackedDecimal.digits(DenselyPackedDecimal.declet(digits)) == digits)
    }
    #expect(DenselyPackedDecimal.declet(0x005) == 0x005)
    #expect(DenselyPackedDecimal.declet(0x009) == 0x009)
    #expect(DenselyPackedDecimal.declet(0x999) == 0x0FF)
    // The 24 redundant declets: the first two bits do not matter when all digits are 8 or 9.
    #expect(DenselyPackedDecimal.digits(0x3FF) == 0x999)
    #expect(DenselyPackedDecimal.digitsOfWords(0x0003_FFFF_0000_0405) == 0x0099_9999_0000_1005)
    #expect(DenselyPackedDecimal.decletsOfWords(0x0099_9999_0000_1005) == 0x0003_FCFF_0000_0405)
  }
}
