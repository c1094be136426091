import PowerArithmetic
import Testing

/// Packed decimal against Swift integers and their text.
struct BCDTests {
  private func packed(_ value: Int128, plus: UInt128 = 0xC) -> Vector {
    let digits = String(value.magnitude).reduce(0 as UInt128) {
      $0 << 4 | UInt128($1.wholeNumberValue ?? 0)
    }
    return Vector(quadword: digits << 4 | (value < 0 ? 0xD : plus))
  }

  private let largest: Int128 = 9_999_999_999_999_999_999_999_999_999_999

  @Test func sums() {
    let values: [Int128] = [0, 1, -1, 5, 95, -95, 12345, 1 << 64, -(1 << 90), largest, -largest]
    for x in values {
      for y in values {
        let sum = x + y
        let result = packed(x).bcdAdding(packed(y), subtract: false, ps: false)
        let overflow = sum.magnitude > largest.magnitude
        let order: UInt32 = sum < 0 ? 8 : sum > 0 ? 4 : 2
        #expect(result.comparison == order | (overflow ? 1 : 0))
        let kept = Int128(sum.magnitude % (largest.magnitude + 1))
        if !overflow { #expect(result.value == packed(sum < 0 ? -kept : kept)) }
        #expect(packed(x).bcdAdding(packed(-y), subtract: true, ps: false) == result || y == 0)
      }
    }
    #expect(packed(1).bcdAdding(packed(1), subtract: false, ps: true).value == packed(2, plus: 0xF))
  }

  @Test func invalidOperands() {
    let bad = [Vector(0, 0x1A_C), Vector(0, 0x119), Vector(0xA << 60, 0xC)]
    for operand in bad {
      #expect(operand.bcdAdding(packed(1), subtract: false, ps: false).comparison == 1)
      #expect(packed(1).bcdAdding(operand, subtract: true, ps: false).comparison == 1)
      #expect(operand.bcdSettingSign(ps: false).comparison == 1)
      #expect(operand.bcdToQuadword().comparison == 1)
    }
  }

  @Test func conversions() {
    for value in [0, 7, -7, 1_234_567, -9_876_543, 9_999_999] as [Int128] {
      let national = packed(value).bcdToNational()
      #expect(national.comparison & 1 == 0)
      #expect(national.value.bcdFromNational(ps: false).value == packed(value))
      for ps in [false, true] {
        let zoned = packed(value).bcdToZoned(ps: ps)
        #expect(zoned.value.bcdFromZoned(ps: ps).value == packed(value))
      }
      #expect(
        Vector(quadword: UInt128(bitPattern: value)).bcdFromQuadword(ps: false).value
          == packed(value))
      #expect(packed(value).bcdToQuadword().value.quadword == UInt128(bitPattern: value))
    }
    #expect(
      packed(-42).bcdToNational().value == Vector(0x0030_0030_0030_0030, 0x0030_0034_0032_002D))
    #expect(
      packed(-42).bcdToZoned(ps: false).value
        == Vector(0x3030_3030_3030_3030, 0x3030_3030_3030_3472))
    #expect(packed(12_345_678).bcdToNational().comparison == 5)
    #expect(Vector(1 << 63, 0).bcdFromQuadword(ps: false).comparison == 9)
  }

  @Test func shifts() {
    #expect(packed(-1234).bcdShifted(by: 2, rounding: false, ps: false).value == packed(-123400))
    #expect(packed(1250).bcdShifted(by: -2, rounding: true, ps: false).value == packed(13))
    #expect(packed(1250).bcdShifted(by: -2, rounding: false, ps: false).value == packed(12))
    #expect(packed(largest).bcdShifted(by: 1, rounding: false, ps: false).comparison == 5)
    #expect(packed(largest).bcdShifted(by: -128, rounding: true, ps: false).value == packed(0))
    #expect(packed(5).bcdShifted(by: 127, rounding: false, ps: false).comparison == 5)
    #expect(Vector(0, 0x99).bcdUnsignedShifted(by: 31).comparison == 5)
    #expect(packed(123_456).bcdTruncated(to: 3, ps: false).value == packed(456))
    #expect(packed(123_456).bcdTruncated(to: 3, ps: false).comparison == 5)
    #expect(Vector(0, 0x123).bcdUnsignedTruncated(to: 0).comparison == 5)
    #expect(packed(1).bcdTruncated(to: 65535, ps: false).value == packed(1))
  }

  /// CR6 of shifts and truncations compares the source with zero, whatever is left of it.
  @Test func comparisonOfTheSource() {
    let three = Vector(0x0030_0000_0000_0000, 0xC)
    #expect(three.bcdShifted(by: 3, rounding: false, ps: false) == BCDResult(packed(0), 5))
    #expect(three.bcdShifted(by: 3, rounding: true, ps: true) == BCDResult(packed(0, plus: 15), 5))
    // Sign code B is minus, too.
    let negative = Vector(0, 0x753_562B)
    let minusZero = Vector(0, 0xD)
    #expect(negative.bcdShifted(by: -51, rounding: false, ps: false) == BCDResult(minusZero, 8))
    #expect(negative.bcdShifted(by: -51, rounding: true, ps: false) == BCDResult(minusZero, 8))
    #expect(negative.bcdTruncated(to: 0, ps: false) == BCDResult(minusZero, 9))
    #expect(packed(7000).bcdTruncated(to: 3, ps: false) == BCDResult(packed(0), 5))
    #expect(packed(0).bcdShifted(by: 3, rounding: false, ps: false) == BCDResult(packed(0), 2))
    #expect(Vector(0, 0x99).bcdUnsignedShifted(by: -2) == BCDResult(.zero, 4))
    #expect(Vector(0, 0x99).bcdUnsignedShifted(by: 32) == BCDResult(.zero, 5))
    #expect(Vector(0, 0x9900).bcdUnsignedTruncated(to: 2) == BCDResult(.zero, 5))
    #expect(Vector.zero.bcdUnsignedShifted(by: -2) == BCDResult(.zero, 2))
    // Too long for the target: compared as it was.
    #expect(packed(-10_000_000).bcdToNational().comparison == 9)
    #expect(packed(100_000_000_000_000_000).bcdToZoned(ps: false).comparison == 5)
  }

  @Test func timesTen() {
    let (low, carry) = Vector.allOnes.multipliedByTen(adding: 9)
    #expect(carry == Vector(0, 9) && low == Vector(quadword: UInt128.max))
  }
}

extension BCDResult {
  fileprivate init(_ value: Vector, _ comparison: UInt32) {
    self.init(value: value, comparison: comparison)
  }
}
