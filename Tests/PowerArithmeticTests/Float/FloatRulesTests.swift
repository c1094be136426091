import Glibc
import HostSupport
import PowerArithmetic
import Testing

/// The rules of the Power ISA that a host does not follow: NaNs, enabled exceptions, tininess,
/// round to odd, minimum and maximum, estimates.
@Suite struct FloatRulesTests {
  private let quiet: UInt128 = 0x7FF8_0000_0000_0ABC
  private let signaling: UInt128 = 0x7FF0_0000_0000_0DEF
  private let other: UInt128 = 0xFFF8_0000_0000_0123
  private let one = UInt128((1.0).bitPattern)
  private let infinity = UInt128(Double.infinity.bitPattern)

  @Test func theFirstNaNWins() {
    let control = FloatControl()
    #expect(FloatArithmetic.add(quiet, other, .double, control).bits == quiet)
    #expect(FloatArithmetic.add(other, quiet, .double, control).bits == other)
    let quieted = FloatArithmetic.add(one, signaling, .double, control)
    #expect(quieted.bits == 0x7FF8_0000_0000_0DEF)
    #expect(quieted.status == [.vxsnan, FloatStatus(.quietNaN, negative: false)])
    // A quiet NaN before a signalling one: the former is the result, the latter the cause.
    let both = FloatArithmetic.multiply(quiet, signaling, .double, control)
    #expect(both.bits == quiet && both.status.contains(.vxsnan))
    // The order of multiply-add is a, b (the addend), c.
    let sum = FloatArithmetic.multiplyAdd(.add, one, quiet, plus: other, .double, control)
    #expect(sum.bits == other)
    // The negative forms leave a NaN's sign.
    let negative = FloatArithmetic.multiplyAdd(
      .negativeAdd, one, one, plus: quiet, .double, control)
    #expect(negative.bits == quiet)
  }

  /// A NaN that a single-precision operation delivers is a single: its low 29 bits are clear.
  @Test func singlesHaveNaNsOfSingles() {
    let control = FloatControl()
    let operands: [UInt128: UInt128] = [
      0x7FFF_FFFF_FFFF_FFFF: 0x7FFF_FFFF_E000_0000,
      0x7FF7_FFFF_FFFF_FFFF: 0x7FFF_FFFF_E000_0000,
      0xFFF8_0000_1FFF_FFFF: 0xFFF8_0000_0000_0000,
      0x7FF0_0000_0000_0001: 0x7FF8_0000_0000_0000,
    ]
    for (nan, expected) in operands {
      let shape = FloatShape.doubleToSingle
      var results = [
        FloatArithmetic.add(nan, one, shape, control),
        FloatArithmetic.add(one, nan, shape, control),
        FloatArithmetic.subtract(one, nan, shape, control),
        FloatArithmetic.multiply(nan, one, shape, control),
        FloatArithmetic.divide(one, nan, shape, control),
        FloatArithmetic.squareRoot(nan, shape, control),
        FloatArithmetic.reciprocalEstimate(nan, shape, control),
        FloatArithmetic.reciprocalSquareRootEstimate(nan, shape, control),
        FloatArithmetic.convert(nan, shape, control),
      ]
      for operation in [
        FloatArithmetic.MultiplyAdd.add, .subtract, .negativeAdd, .negativeSubtract,
      ] {
        results += [
          FloatArithmetic.multiplyAdd(operation, nan, one, plus: one, shape, control),
          FloatArithmetic.multiplyAdd(operation, one, nan, plus: one, shape, control),
          FloatArithmetic.multiplyAdd(operation, one, one, plus: nan, shape, control),
        ]
      }
      for result in results { #expect(result.bits == expected, "\(nan.hexDigits())") }
      // A double keeps them.
      #expect(FloatArithmetic.add(nan, one, .double, control).bits == nan | 1 << 51)
    }
  }

  @Test func invalidOperationsGiveTheDefaultNaN() {
    let control = FloatControl()
    let defaultNaN: UInt128 = 0x7FF8_0000_0000_0000
    let minusInfinity = UInt128((-Double.infinity).bitPattern)
    let cases: [(FloatResult, FloatStatus)] = [
      (FloatArithmetic.add(infinity, minusInfinity, .double, control), .vxisi),
      (FloatArithmetic.multiply(infinity, 0, .double, control), .vximz),
      (FloatArithmetic.divide(infinity, minusInfinity, .double, control), .vxidi),
      (FloatArithmetic.divide(0, 0, .double, control), .vxzdz),
      (FloatArithmetic.squareRoot(minusInfinity, .double, control), .vxsqrt),
      (FloatArithmetic.reciprocalSquareRootEstimate(minusInfinity, .double, control), .vxsqrt),
    ]
    for (result, cause) in cases {
      #expect(result.bits == defaultNaN)
      #expect(result.status == cause.union(FloatStatus(.quietNaN, negative: false)))
    }
    let product = FloatArithmetic.multiplyAdd(.add, infinity, 0, plus: quiet, .double, control)
    #expect(product.bits == quiet && product.status.contains(.vximz))
    let divided = FloatArithmetic.divide(one, 1 << 63, .double, control)
    #expect(divided.bits == minusInfinity)
    #expect(divided.status == [.zx, FloatStatus(.infinity, negative: true)])
  }

  /// An enabled overflow subtracts 1536 or 192 from the exponent, an enabled underflow adds it.
  @Test func enabledExceptionsAdjustTheExponent() {
    let enabled = FloatControl(overflowEnabled: true, underflowEnabled: true)
    func power(_ exponent: Int) -> UInt128 { UInt128(exponent + 1023) << 52 }
    let large = FloatArithmetic.multiply(power(1000), power(500), .double, enabled)
    #expect(large.bits == power(1500 - 1536))
    #expect(large.status == [.ox, FloatStatus(.normal, negative: false)])
    let small = FloatArithmetic.multiply(power(-1000), power(-500), .double, enabled)
    #expect(small.bits == power(-1500 + 1536))
    #expect(small.status == [.ux, FloatStatus(.normal, negative: false)])
    let single = FloatArithmetic.multiply(power(100), power(100), .doubleToSingle, enabled)
    #expect(single.bits == power(200 - 192) && single.status.contains(.ox))
    // Exact and denormal: an underflow only when enabled.
    let denormal = FloatArithmetic.multiply(power(-1000), power(-40), .double, FloatControl())
    #expect(denormal.status == FloatStatus(.denormal, negative: false))
  }

  /// Tininess is found before rounding: a number that rounds up to the smallest normal one is
  /// an underflow.
  @Test func tininessBeforeRounding() {
    let belowOne = UInt128((1.0).nextDown.bitPattern)
    let smallest = UInt128(1) << 52
    let result = FloatArithmetic.multiply(belowOne, smallest, .double, FloatControl())
    #expect(result.bits == smallest)
    #expect(result.status.isSuperset(of: [.ux, .xx, .fi, .fr]))
    #expect(result.status.intersection(.fprf) == FloatStatus(.normal, negative: false))
  }

  @Test func roundToOdd() {
    let third = FloatArithmetic.divide(
      0x3FFF << 112, UInt128(0x4000) << 112 | 1 << 111, .quad, FloatControl(.odd))
    #expect(third.bits & 1 == 1)
    #expect(third.status.isSuperset(of: [.fi, .xx]))
    // Rounding a result to odd in quad and then to double is one rounding to double.
    var doubles = FloatOperands(.double, seed: 9)
    for _ in 0..<5_000 {
      let (a, b) = doubles.randomPair()
      let widen = FloatShape.conversion(from: .double, to: .quad)
      let narrow = FloatShape.conversion(from: .quad, to: .double)
      let wideA = FloatArithmetic.convert(a, widen, FloatControl()).bits
      let wideB = FloatArithmetic.convert(b, widen, FloatControl()).bits
      let quotient = FloatArithmetic.divide(wideA, wideB, .quad, FloatControl(.odd)).bits
      let twice = FloatArithmetic.convert(quotient, narrow, FloatControl())
      let once = FloatArithmetic.divide(a, b, .double, FloatControl())
      #expect(twice.bits == once.bits, "\(a.hexDigits()) / \(b.hexDigits())")
    }
  }

  /// Quad arithmetic on doubles, narrowed, against the host where the quad result is exact.
  @Test func quadArithmeticHoldsDoubleProducts() {
    var doubles = FloatOperands(.double, seed: 10)
    let widen = FloatShape.conversion(from: .double, to: .quad)
    let narrow = FloatShape.conversion(from: .quad, to: .double)
    for _ in 0..<5_000 {
      let (a, b) = doubles.randomPair()
      let c = doubles.random()
      let wide = [a, b, c].map { FloatArithmetic.convert($0, widen, FloatControl()).bits }
      let product = FloatArithmetic.multiply(wide[0], wide[1], .quad, FloatControl())
      #expect(product.status.isDisjoint(with: .fi))
      let narrowed = FloatArithmetic.convert(product.bits, narrow, FloatControl())
      #expect(
        narrowed.bits == FloatArithmetic.multiply(a, b, .double, FloatControl()).bits)
      let sum = FloatArithmetic.multiplyAdd(
        .add, wide[0], wide[1], plus: wide[2], .quad, FloatControl(.odd))
      #expect(
        FloatArithmetic.convert(sum.bits, narrow, FloatControl()).bits
          == FloatArithmetic.multiplyAdd(.add, a, b, plus: c, .double, FloatControl()).bits,
        "\(a.hexDigits()) * \(b.hexDigits()) + \(c.hexDigits())")
    }
  }

  @Test func minimumAndMaximum() {
    func maximum(_ flavor: FloatArithmetic.Extremum, _ a: UInt128, _ b: UInt128) -> UInt128 {
      FloatArithmetic.extremum(flavor, maximum: true, a, b, .double).bits
    }
    let minusZero: UInt128 = 1 << 63
    #expect(maximum(.number, quiet, one) == one)
    #expect(maximum(.number, one, quiet) == one)
    #expect(maximum(.number, signaling, one) == 0x7FF8_0000_0000_0DEF)
    #expect(maximum(.number, minusZero, 0) == 0)
    #expect(maximum(.conditional, 0, minusZero) == minusZero)
    #expect(maximum(.conditional, quiet, one) == one)
    #expect(maximum(.conditional, one, quiet) == quiet)
    #expect(maximum(.java, one, quiet) == quiet)
    #expect(maximum(.java, minusZero, 0) == 0)
    #expect(
      FloatArithmetic.extremum(.java, maximum: false, 0, minusZero, .double).bits == minusZero)
  }

  @Test func comparisonsOfNaNs() {
    func causes(_ a: UInt128, ordered: Bool, enabled: Bool) -> FloatStatus {
      FloatArithmetic.compare(a, one, ordered: ordered, invalidEnabled: enabled, .double).causes
    }
    #expect(causes(quiet, ordered: false, enabled: false) == [])
    #expect(causes(quiet, ordered: true, enabled: false) == .vxvc)
    #expect(causes(signaling, ordered: false, enabled: false) == .vxsnan)
    #expect(causes(signaling, ordered: true, enabled: false) == [.vxsnan, .vxvc])
    #expect(causes(signaling, ordered: true, enabled: true) == .vxsnan)
  }

  @Test func exponentialAndLogarithmEstimates() {
    var singles = FloatOperands(.single, seed: 11)
    for _ in 0..<5_000 {
      let word = UInt32(truncatingIfNeeded: singles.random())
      let value = Float(bitPattern: word)
      guard value.isFinite else { continue }
      let power = Float(bitPattern: FloatArithmetic.exponentialEstimate(word, FloatControl()))
      let exact = Float(exp2(Double(value)))
      #expect(power == exact || abs(power / exact - 1) < 1e-6, "2^\(value)")
      guard value > 0 else { continue }
      let logarithm = Float(bitPattern: FloatArithmetic.logarithmEstimate(word, FloatControl()))
      #expect(abs(logarithm - Float(log2(Double(value)))) <= abs(logarithm) * 1e-6)
    }
    #expect(
      FloatArithmetic.exponentialEstimate(Float(5).bitPattern, FloatControl())
        == Float(32).bitPattern)
    #expect(
      FloatArithmetic.logarithmEstimate(Float(0.25).bitPattern, FloatControl())
        == Float(-2).bitPattern)
  }

  @Test func halfAndBFloat16() {
    let control = FloatControl()
    func convert(_ value: Double, _ format: FloatFormat) -> UInt128 {
      FloatArithmetic.convert(
        UInt128(value.bitPattern), .conversion(from: .double, to: format), control
      ).bits
    }
    #expect(convert(1, .half) == 0x3C00)
    #expect(convert(65504, .half) == 0x7BFF)
    #expect(convert(65520, .half) == 0x7C00)
    #expect(convert(0x1p-24, .half) == 1)
    #expect(convert(-2.5, .bfloat16) == 0xC020)
    #expect(convert(1, .quad) == 0x3FFF << 112)
  }
}
