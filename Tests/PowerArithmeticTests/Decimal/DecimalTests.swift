import PowerArithmetic
import Testing

/// Decimal floating point: encodings written out by the rules of Book I 5.4, results by hand.
struct DecimalTests {
  private typealias D = DecimalArithmetic
  private let nearest = DecimalControl()

  /// A long encoding from at most fifteen digits and a biased exponent below 0x100 in the
  /// continuation, with the high exponent bits `high`; 398 is 01 and 0x8E.
  private func long(_ digits: String, _ exponent: Int = 0) -> UInt128 {
    let negative = digits.hasPrefix("-")
    let value = digits.drop { $0 == "-" }
    let packed = value.reduce(0 as UInt128) { $0 << 4 | UInt128($1.wholeNumberValue ?? 0) }
    let zero = D.fromPackedDecimal(packed, signed: false, .long).bits
    let number = D.inserting(biasedExponent: Int64(exponent + 398), in: zero, .long)
    return number | (negative ? 1 << 63 : 0)
  }

  private func expect(
    _ result: FloatResult, _ bits: UInt128, _ status: FloatStatus,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.bits == bits, sourceLocation: sourceLocation)
    #expect(result.status == status, sourceLocation: sourceLocation)
  }

  private let positive = FloatStatus(.normal, negative: false)
  private let negative = FloatStatus(.normal, negative: true)

  @Test func encodings() {
    #expect(long("12") == 0x2238_0000_0000_0012)
    #expect(long("0") == 0x2238_0000_0000_0000)
    #expect(long("-1") == 0xA238_0000_0000_0001)
    // Sixteen nines: a first digit of 8 or 9 moves into the combination field.
    let nines = D.fromPackedDecimal(0x9999_9999_9999_9999, signed: false, .long)
    #expect(nines.bits == 0x6E38_FF3F_CFF3_FCFF)
    #expect(
      D.toPackedDecimal(nines.bits, signed: false, plusIsF: false, .long) == 0x9999_9999_9999_9999)
    #expect(
      D.toPackedDecimal(nines.bits | 1 << 63, signed: true, plusIsF: false, .long)
        == 0x9999_9999_9999_999D)
    // Non-canonical declets are read, canonical ones written.
    #expect(D.add(0x2238_0000_0000_02FF, long("0"), .long, nearest).bits == long("999"))
  }

  @Test func everyDecletKeepsItsNumber() {
    for number in 0..<1000 {
      let text = String(number)
      let digits = D.toPackedDecimal(long(text), signed: false, plusIsF: false, .long)
      #expect(String(digits, radix: 16) == text)
    }
  }

  @Test func idealExponents() {
    expect(D.add(long("12", -1), long("3", 2), .long, nearest), long("3012", -1), positive)
    expect(D.multiply(long("120", -1), long("30", 2), .long, nearest), long("3600", 1), positive)
    expect(D.divide(long("6", 3), long("2", 1), .long, nearest), long("3", 2), positive)
    expect(D.divide(long("1", 0), long("8", 0), .long, nearest), long("125", -3), positive)
    expect(
      D.add(long("5", -2), long("5", 0), subtract: true, .long, nearest), long("-495", -2), negative
    )
    expect(
      D.add(long("7", 3), long("7", 3), subtract: true, .long, nearest), long("0", 3),
      FloatStatus(.zero, negative: false))
    expect(
      D.add(long("7"), long("7"), subtract: true, .long, DecimalControl(.towardMinusInfinity)),
      long("-0"), FloatStatus(.zero, negative: true))
  }

  @Test(arguments: [
    // ±2/3 with sixteen digits ends in …6|6, ±1/3 in …3|3; 1 + 5e-16 is a tie.
    (DecimalRounding.nearestEven, [7, 7, 3, 0, 2]), (.towardZero, [6, 6, 3, 0, 1]),
    (.towardPlusInfinity, [7, 6, 4, 1, 2]), (.towardMinusInfinity, [6, 7, 3, 0, 1]),
    (.nearestAway, [7, 7, 3, 1, 2]), (.nearestTowardZero, [7, 7, 3, 0, 1]),
    (.awayFromZero, [7, 7, 4, 1, 2]), (.prepareForShorter, [6, 6, 3, 1, 1]),
  ])
  func roundings(_ rounding: DecimalRounding, _ last: [Int]) {
    let control = DecimalControl(rounding)
    func lastDigit(_ result: FloatResult) -> Int {
      Int(D.toPackedDecimal(result.bits, signed: false, plusIsF: false, .long) & 15)
    }
    #expect(lastDigit(D.divide(long("2"), long("3"), .long, control)) == last[0])
    #expect(lastDigit(D.divide(long("-2"), long("3"), .long, control)) == last[1])
    #expect(lastDigit(D.divide(long("1"), long("3"), .long, control)) == last[2])
    #expect(lastDigit(D.add(long("1"), long("5", -16), .long, control)) == last[3])
    let odd = D.add(long("1"), long("1", -15), .long, control).bits
    #expect(lastDigit(D.add(odd, long("5", -16), .long, control)) == last[4])
  }

  @Test func inexactResultsHaveAllDigits() {
    let third = D.divide(long("1"), long("3"), .long, nearest)
    #expect(third.status == positive.union([.xx, .fi]))
    #expect(
      D.toPackedDecimal(third.bits, signed: false, plusIsF: false, .long) == 0x3333_3333_3333_3333)
    #expect(D.biasedExponent(third.bits, .long) == 398 - 16)
    #expect(
      D.divide(long("2"), long("3"), .long, nearest).status == positive.union([.xx, .fi, .fr]))
    // A far smaller addend is seen only as a sticky remainder, in both directions.
    let below = D.add(
      long("1", 300), long("1", -300), subtract: true, .long, DecimalControl(.towardZero))
    #expect(
      D.toPackedDecimal(below.bits, signed: false, plusIsF: false, .long) == 0x9999_9999_9999_9999)
    #expect(D.biasedExponent(below.bits, .long) == Int64(398 + 300 - 16))
  }

  @Test func overflow() {
    let large = long("9", 369)
    expect(
      D.multiply(large, long("1", 369), .long, nearest), 0x7800_0000_0000_0000,
      [.ox, .xx, .fi, .fr, FloatStatus(.infinity, negative: false)])
    let largest = D.multiply(large, long("-1", 369), .long, DecimalControl(.towardZero))
    expect(largest, 0xF7FC_FF3F_CFF3_FCFF, negative.union([.ox, .xx, .fi]))
    // Enabled: the exponent wraps by 576.
    expect(
      D.multiply(large, long("1", 369), .long, DecimalControl(overflowEnabled: true)),
      long("9", 738 - 576), positive.union(.ox))
    // Clamping fills up with zeros and is exact.
    expect(
      D.multiply(long("1", 300), long("1", 84), .long, nearest),
      D.multiply(long("1000000", 300), long("1000000000", 69), .long, nearest).bits, positive)
  }

  @Test func underflow() {
    let tiny = long("1", -398)
    expect(
      D.multiply(tiny, long("4", -1), .long, nearest), long("0", -398),
      [.ux, .xx, .fi, FloatStatus(.zero, negative: false)])
    expect(
      D.multiply(tiny, long("6", -1), .long, nearest), tiny,
      [.ux, .xx, .fi, .fr, FloatStatus(.denormal, negative: false)])
    // Exact and tiny: no underflow, unless enabled, when the exponent wraps.
    expect(
      D.multiply(long("3", -300), long("1", -98), .long, nearest), long("3", -398),
      FloatStatus(.denormal, negative: false))
    expect(
      D.multiply(long("3", -300), long("1", -98), .long, DecimalControl(underflowEnabled: true)),
      long("3", -398 + 576), positive.union(.ux))
  }

  @Test func invalidOperations() {
    let infinity: UInt128 = 0x7800_0000_0000_0000
    let quiet: UInt128 = 0x7C00_0000_0000_0000
    let nan = FloatStatus(.quietNaN, negative: false)
    expect(D.add(infinity, infinity, subtract: true, .long, nearest), quiet, nan.union(.vxisi))
    expect(D.multiply(infinity, long("0"), .long, nearest), quiet, nan.union(.vximz))
    expect(D.divide(infinity, infinity, .long, nearest), quiet, nan.union(.vxidi))
    expect(D.divide(long("0"), long("0"), .long, nearest), quiet, nan.union(.vxzdz))
    expect(
      D.divide(long("-1"), long("0"), .long, nearest), infinity | 1 << 63,
      [.zx, FloatStatus(.infinity, negative: true)])
    // A signalling NaN wins over a quiet one; its payload stays.
    let signalling: UInt128 = 0x7E00_0000_0000_0123
    expect(D.add(quiet | 5, signalling, .long, nearest), 0x7C00_0000_0000_0123, nan.union(.vxsnan))
    #expect(
      D.compare(long("1"), quiet, ordered: true, invalidEnabled: false, .long) == (
        .unordered, .vxvc
      ))
    #expect(
      D.compare(signalling, quiet, ordered: true, invalidEnabled: true, .long)
        == (.unordered, .vxsnan))
  }

  @Test func comparisons() {
    func order(_ a: UInt128, _ b: UInt128) -> FloatOrder {
      D.compare(a, b, ordered: false, invalidEnabled: false, .long).order
    }
    #expect(order(long("100", -2), long("1")) == .equal)
    #expect(order(long("0", 300), long("-0", -300)) == .equal)
    #expect(order(long("1", 300), long("9", 299)) == .greater)
    #expect(order(long("-1", 300), long("9", -300)) == .less)
    #expect(order(long("-12"), long("-11")) == .less)
  }

  @Test func quanta() {
    expect(
      D.quantize(long("12345", -3), exponent: 0, .long, .nearestEven), long("12"),
      positive.union([.xx, .fi]))
    expect(D.quantize(long("12"), exponent: -3, .long, .nearestEven), long("12000", -3), positive)
    expect(
      D.quantize(long("12"), exponent: -15, .long, .nearestEven), 0x7C00_0000_0000_0000,
      FloatStatus(.quietNaN, negative: false).union(.vxcvi))
    expect(
      D.reround(long("99951", -2), significance: 4, .long, .nearestAway), long("9995", -1),
      positive.union([.xx, .fi]))
    expect(
      D.reround(long("99995"), significance: 4, .long, .nearestAway), long("1000", 2),
      positive.union([.xx, .fi, .fr]))
    expect(
      D.roundToIntegral(long("25", -1), signalsInexact: false, .long, .nearestEven), long("2"),
      positive)
    expect(
      D.roundToIntegral(long("35", -1), signalsInexact: true, .long, .nearestEven), long("4"),
      positive.union([.xx, .fi, .fr]))
  }

  @Test func integers() {
    #expect(D.toInteger(long("-25", -1), Int64.self, .long, .nearestEven) == (-2, [.xx, .fi]))
    #expect(D.toInteger(long("1", 19), Int64.self, .long, .nearestEven) == (.max, .vxcvi))
    #expect(D.toInteger(long("-1", 369), Int128.self, .long, .nearestEven) == (.min, .vxcvi))
    #expect(
      D.toInteger(0x7E00 << 48, Int64.self, .long, .nearestEven) == (.min, [.vxcvi, .vxsnan]))
    let least = D.fromInteger(Int128(Int64.min), .extended, nearest)
    #expect(D.toInteger(least.bits, Int64.self, .extended, .towardZero) == (.min, []))
    let most = D.fromInteger(.max, .extended, nearest)
    #expect(most.status == positive.union([.xx, .fi]))
  }

  @Test func shortFormat() {
    let short = D.convertShort(long("1234567", -2), from: .long, to: .short, nearest)
    #expect(short.bits >> 32 == 0)
    expect(
      D.convertShort(short.bits, from: .short, to: .long, nearest), long("1234567", -2), positive)
    let rounded = D.convertShort(long("12345678"), from: .long, to: .short, nearest)
    expect(
      D.convertShort(rounded.bits, from: .short, to: .long, nearest), long("1234568", 1), positive)
    #expect(rounded.status == positive.union([.xx, .fi, .fr]))
    // Signalling NaNs survive, with the code that only decimal results have.
    expect(
      D.convertShort(0x7E00 << 48, from: .long, to: .short, nearest), 0x7E00_0000,
      FloatStatus(rawValue: 1 << 12))
  }

  @Test func extendedFormat() {
    let a = D.fromInteger(12_345_678_901_234_567_890_123_456_789_012_345, .extended, nearest)
    #expect(a.status == positive.union([.xx, .fi]))
    let square = D.multiply(
      D.fromInteger(1_000_000_007, .extended, nearest).bits,
      D.fromInteger(1_000_000_007, .extended, nearest).bits, .extended, nearest)
    #expect(square.bits == D.fromInteger(1_000_000_014_000_000_049, .extended, nearest).bits)
    let back = D.convert(square.bits, from: .extended, to: .long, DecimalControl(.towardZero))
    #expect(back.status == positive.union([.xx, .fi]))
    #expect(D.convert(long("42", -7), from: .long, to: .extended, nearest).status == positive)
  }
}
