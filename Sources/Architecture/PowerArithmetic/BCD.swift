// Packed, national and zoned decimal in vectors (Book I 6.17).

/// A signed packed decimal: 31 digits and a sign code in the rightmost four bits.
struct PackedDecimal {
  /// Four bits a digit, the last digit rightmost, no sign.
  var digits: UInt128
  var isNegative: Bool

  init(digits: UInt128, isNegative: Bool) {
    self.digits = digits
    self.isNegative = isNegative
  }

  /// nil when a digit is not 0 to 9 or the sign code is not A to F.
  init?(_ vector: Vector) {
    let quadword = vector.quadword
    let sign = UInt8(truncatingIfNeeded: quadword) & 15
    guard sign >= 10, (quadword >> 4).hasDecimalDigits else { return nil }
    self.init(digits: quadword >> 4, isNegative: sign == 0xB || sign == 0xD)
  }

  /// With the preferred sign code: C or, if `ps`, F for plus, D for minus.
  func vector(ps: Bool) -> Vector {
    let sign: UInt128 = isNegative ? 0xD : ps ? 0xF : 0xC
    return Vector(quadword: digits << 4 | sign)
  }

  /// LT, GT or EQ.
  var comparison: UInt32 { digits == 0 ? 2 : isNegative ? 8 : 4 }

  static let maximumMagnitude: UInt128 = 9_999_999_999_999_999_999_999_999_999_999
}

extension UInt128 {
  /// Whether no four bits exceed 9.
  var hasDecimalDigits: Bool {
    let low: UInt128 = 0x1111_1111_1111_1111_1111_1111_1111_1111
    // A digit exceeds 9 when bit 3 and one of bits 2 and 1 are set.
    return self >> 3 & (self >> 2 | self >> 1) & low == 0
  }

  /// The number that packed digits show.
  var fromPackedDigits: UInt128 {
    var value: UInt128 = 0
    for shift in stride(from: 124 as UInt128, through: 0, by: -4) {
      value = value &* 10 &+ (self >> shift & 15)
    }
    return value
  }

  /// The rightmost 32 decimal digits, packed.
  var packedDigits: UInt128 {
    var (rest, digits) = (self, 0 as UInt128)
    for shift in stride(from: 0 as UInt128, to: 128, by: 4) where rest != 0 {
      digits |= (rest % 10) << shift
      rest /= 10
    }
    return digits
  }
}

/// What a decimal instruction gives: VRT, and CR6 as LT, GT, EQ and overflow or invalid.
public struct BCDResult: Equatable, Sendable {
  /// The 128 bits for VRT; 0 where an operand is invalid and the instruction leaves VRT undefined.
  public var value: Vector
  /// CR field 6: 8 for less than zero, 4 for greater, 2 for zero, 1 for overflow or an invalid
  /// operand.
  public var comparison: UInt32

  /// An operand is not a valid number. VRT is undefined; zero here.
  static let invalid = BCDResult(value: .zero, comparison: 1)

  /// A result of 128 bits and the four bits of CR field 6.
  public init(value: Vector, comparison: UInt32) {
    self.value = value
    self.comparison = comparison
  }

  init(_ decimal: PackedDecimal, ps: Bool, overflow: Bool = false) {
    self.init(
      value: decimal.vector(ps: ps), comparison: decimal.comparison | (overflow ? 1 : 0))
  }
}

extension Vector {
  /// `bcdadd.` and, with the sign of `b` changed, `bcdsub.`.
  public func bcdAdding(_ b: Vector, subtract: Bool, ps: Bool) -> BCDResult {
    guard let a = PackedDecimal(self), let b = PackedDecimal(b) else { return .invalid }
    let x = a.digits.fromPackedDigits
    let y = b.digits.fromPackedDigits
    let bIsNegative = b.isNegative != subtract
    let magnitude: UInt128
    let isNegative: Bool
    if a.isNegative == bIsNegative {
      (magnitude, isNegative) = (x + y, a.isNegative)
    } else {
      (magnitude, isNegative) = x >= y ? (x - y, a.isNegative) : (y - x, bIsNegative)
    }
    let overflow = magnitude > PackedDecimal.maximumMagnitude
    // The sign and CR6 are those of the unbounded sum, zero being positive.
    let sum = PackedDecimal(
      digits: magnitude.packedDigits & (~0 >> 4), isNegative: isNegative && magnitude != 0)
    let comparison: UInt32 = magnitude == 0 ? 2 : isNegative ? 8 : 4
    return BCDResult(value: sum.vector(ps: ps), comparison: comparison | (overflow ? 1 : 0))
  }

  // MARK: conversion

  /// `bcdcfn.`: seven halfword digits U+0030 to U+0039 and a sign, plus U+002B or minus U+002D.
  public func bcdFromNational(ps: Bool) -> BCDResult {
    var digits: UInt128 = 0
    for n in 0..<7 {
      let character = self[halfword: n]
      guard character >= 0x30, character <= 0x39 else { return .invalid }
      digits = digits << 4 | UInt128(character & 15)
    }
    let sign = self[halfword: 7]
    guard sign == 0x2B || sign == 0x2D else { return .invalid }
    return BCDResult(PackedDecimal(digits: digits, isNegative: sign == 0x2D), ps: ps)
  }

  /// `bcdctn.`
  public func bcdToNational() -> BCDResult {
    guard let decimal = PackedDecimal(self) else { return .invalid }
    var result = Vector.zero
    for n in 0..<7 {
      let digit = decimal.digits >> UInt128(4 * (6 - n)) & 15
      result[halfword: n] = 0x30 | UInt16(digit)
    }
    result[halfword: 7] = decimal.isNegative ? 0x2D : 0x2B
    let overflow: UInt32 = decimal.digits >> 28 != 0 ? 1 : 0
    return BCDResult(value: result, comparison: decimal.comparison | overflow)
  }

  /// `bcdcfz.`: sixteen bytes of a zone and a digit, zone 3 (`ps` 0) or F; the zone of the last
  /// is the sign: with `ps` a packed sign code, else negative when it has the bit of 4.
  public func bcdFromZoned(ps: Bool) -> BCDResult {
    var digits: UInt128 = 0
    for n in 0..<16 {
      let byte = self[byte: n]
      guard byte & 15 <= 9, n == 15 || byte >> 4 == (ps ? 0xF : 0x3) else { return .invalid }
      digits = digits << 4 | UInt128(byte & 15)
    }
    let sign = self[byte: 15] >> 4
    if ps, sign < 10 { return .invalid }
    let isNegative = ps ? sign == 0xB || sign == 0xD : sign & 4 != 0
    return BCDResult(PackedDecimal(digits: digits, isNegative: isNegative), ps: false)
  }

  /// `bcdctz.`
  public func bcdToZoned(ps: Bool) -> BCDResult {
    guard let decimal = PackedDecimal(self) else { return .invalid }
    var result = Vector.zero
    for n in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: decimal.digits >> UInt128(4 * (15 - n))) & 15
      result[byte: n] = (ps ? 0xF0 : 0x30) | digit
    }
    let sign: UInt8 = ps ? (decimal.isNegative ? 0xD0 : 0xC0) : decimal.isNegative ? 0x70 : 0x30
    result[byte: 15] = result[byte: 15] & 15 | sign
    let overflow: UInt32 = decimal.digits >> 64 != 0 ? 1 : 0
    return BCDResult(value: result, comparison: decimal.comparison | overflow)
  }

  /// `bcdcfsq.`: from a signed quadword.
  public func bcdFromQuadword(ps: Bool) -> BCDResult {
    let value = Int128(bitPattern: quadword)
    let overflow = value.magnitude > PackedDecimal.maximumMagnitude
    let decimal = PackedDecimal(
      digits: value.magnitude.packedDigits & (~0 >> 4), isNegative: value < 0)
    let comparison: UInt32 = value == 0 ? 2 : value < 0 ? 8 : 4
    return BCDResult(value: decimal.vector(ps: ps), comparison: comparison | (overflow ? 1 : 0))
  }

  /// `bcdctsq.`: to a signed quadword.
  public func bcdToQuadword() -> BCDResult {
    guard let decimal = PackedDecimal(self) else { return .invalid }
    let magnitude = decimal.digits.fromPackedDigits
    return BCDResult(
      value: Vector(quadword: decimal.isNegative ? 0 &- magnitude : magnitude),
      comparison: decimal.comparison)
  }

  // MARK: sign

  /// `bcdcpsgn.`: the digits of `self` and the sign code of `b`.
  public func bcdCopyingSign(of b: Vector) -> BCDResult {
    guard let a = PackedDecimal(self), let sign = PackedDecimal(b) else { return .invalid }
    let decimal = PackedDecimal(digits: a.digits, isNegative: sign.isNegative)
    return BCDResult(
      value: Vector(quadword: quadword & ~15 | b.quadword & 15), comparison: decimal.comparison)
  }

  /// `bcdsetsgn.`: with the preferred sign code.
  public func bcdSettingSign(ps: Bool) -> BCDResult {
    guard let decimal = PackedDecimal(self) else { return .invalid }
    return BCDResult(decimal, ps: ps)
  }

  // MARK: shift and truncate: CR6 compares the source with zero, not the result

  /// `bcds.` and, when `rounding`, `bcdsr.`: left by `count` digits, or right when negative.
  public func bcdShifted(by count: Int8, rounding: Bool, ps: Bool) -> BCDResult {
    guard let source = PackedDecimal(self) else { return .invalid }
    var (shifted, lost) = source.digits.shiftedDigits(by: Int(count), of: 31)
    if rounding, count < 0, lost >= 5 { shifted = (shifted.fromPackedDigits &+ 1).packedDigits }
    return BCDResult(shifted, of: source, ps: ps, overflow: count > 0 && lost != 0)
  }

  /// `bcdus.`: 32 digits without a sign.
  public func bcdUnsignedShifted(by count: Int8) -> BCDResult {
    guard quadword.hasDecimalDigits else { return .invalid }
    let (shifted, lost) = quadword.shiftedDigits(by: Int(count), of: 32)
    return BCDResult(shifted, unsigned: quadword, overflow: count > 0 && lost != 0)
  }

  /// `bcdtrunc.`: the rightmost `length` digits.
  public func bcdTruncated(to length: UInt16, ps: Bool) -> BCDResult {
    guard let source = PackedDecimal(self) else { return .invalid }
    guard length < 31 else { return BCDResult(source, ps: ps) }
    let lost = source.digits >> UInt128(4 * length)
    let kept = source.digits & ((1 << UInt128(4 * length)) - 1)
    return BCDResult(kept, of: source, ps: ps, overflow: lost != 0)
  }

  /// `bcdutrunc.`: 32 digits without a sign.
  public func bcdUnsignedTruncated(to length: UInt16) -> BCDResult {
    guard quadword.hasDecimalDigits else { return .invalid }
    guard length < 32 else { return BCDResult(quadword, unsigned: quadword, overflow: false) }
    let lost = quadword >> UInt128(4 * length)
    return BCDResult(
      quadword & ((1 << UInt128(4 * length)) - 1), unsigned: quadword, overflow: lost != 0)
  }

  // MARK: multiply by 10

  /// `vmul10euq` and `vmul10ecuq`: ten times the quadword and a digit, and what is carried out.
  public func multipliedByTen(adding digit: UInt128) -> (low: Vector, carry: Vector) {
    let product = quadword.multipliedFullWidth(by: 10)
    let (low, overflow) = product.low.addingReportingOverflow(digit)
    return (
      Vector(quadword: low), Vector(quadword: product.high &+ (overflow ? 1 : 0))
    )
  }
}

extension BCDResult {
  /// Digits with the sign of the source, and CR6 of the source.
  fileprivate init(_ digits: UInt128, of source: PackedDecimal, ps: Bool, overflow: Bool) {
    let decimal = PackedDecimal(digits: digits, isNegative: source.isNegative)
    self.init(
      value: decimal.vector(ps: ps), comparison: source.comparison | (overflow ? 1 : 0))
  }

  /// Digits without a sign, and CR6 of the source.
  fileprivate init(_ digits: UInt128, unsigned source: UInt128, overflow: Bool) {
    self.init(
      value: Vector(quadword: digits), comparison: (source == 0 ? 2 : 4) | (overflow ? 1 : 0))
  }
}

extension UInt128 {
  /// Packed digits moved left by `count`, or right when negative, within the rightmost `width`.
  /// `lost`: left, whether a digit that is not zero went; right, the last digit that went.
  fileprivate func shiftedDigits(by count: Int, of width: Int) -> (digits: UInt128, lost: UInt128) {
    let all = ~0 >> UInt128(128 - 4 * width) as UInt128
    if count >= 0 {
      let bits = UInt128(4 * Swift.min(count, width))
      let lost: UInt128 = count == 0 ? 0 : self & all & ~(all >> bits)
      return (self << bits & all, lost)
    }
    let bits = UInt128(4 * Swift.min(-count, width + 1))
    return (self >> bits, self >> (bits - 4) & 15)
  }
}
