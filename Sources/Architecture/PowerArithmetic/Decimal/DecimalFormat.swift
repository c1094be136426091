/// The three formats of decimal floating-point numbers (Book I 5.4).
public struct DecimalFormat: Hashable, Sendable {
  /// Bits of the encoding.
  public let width: UInt128
  /// Digits of the coefficient.
  public let precision: Int
  /// Subtracted from the biased exponent, which counts from the coefficient's last digit.
  public let bias: Int
  /// The greatest biased exponent.
  public let maximumBiased: Int
  /// What an enabled overflow or underflow adjusts the exponent by.
  let exponentAdjust: Int

  /// A storage format only.
  public static let short = DecimalFormat(
    width: 32, precision: 7, bias: 101, maximumBiased: 191, exponentAdjust: 192)
  /// DFP Long: 64 bits, 16 digits.
  public static let long = DecimalFormat(
    width: 64, precision: 16, bias: 398, maximumBiased: 767, exponentAdjust: 576)
  /// DFP Extended: 128 bits, 34 digits.
  public static let extended = DecimalFormat(
    width: 128, precision: 34, bias: 6176, maximumBiased: 12287, exponentAdjust: 9216)

  /// Exponents of the coefficient's last digit.
  var minimumExponent: Int { -bias }
  var maximumExponent: Int { maximumBiased - bias }
  /// Exponent of the first digit of the smallest normal number.
  var minimumNormal: Int { minimumExponent + precision - 1 }

  /// Declets of the trailing significand field.
  var decletCount: Int { (precision - 1) / 3 }
  var trailingBits: UInt128 { UInt128(10 * decletCount) }
  /// Bits of the exponent behind the combination field.
  var continuationBits: UInt128 { width - 6 - trailingBits }
}

/// How a decimal result is rounded; the values are those of FPSCR[DRN].
public enum DecimalRounding: UInt8, Sendable {
  case nearestEven = 0
  case towardZero = 1
  case towardPlusInfinity = 2
  case towardMinusInfinity = 3
  case nearestAway = 4
  case nearestTowardZero = 5
  case awayFromZero = 6
  /// Away from zero when the last digit would be 0 or 5, so that a second rounding is right.
  case prepareForShorter = 7

  /// RMC of the quantise, reround and integer instructions, with `r` the R of the last.
  public init(rmc: UInt64, r: Bool = false, drn: DecimalRounding) {
    self =
      switch (r, rmc & 3) {
      case (false, 0): .nearestEven
      case (false, 1): .towardZero
      case (false, 2): .nearestAway
      case (false, _): drn
      case (true, 0): .towardPlusInfinity
      case (true, 1): .towardMinusInfinity
      case (true, 2): .awayFromZero
      case (true, _): .nearestTowardZero
      }
  }

  /// Whether a magnitude with last digit `last` grows, `digit` and `sticky` being what follows.
  func roundsUp(isNegative: Bool, last: UInt128, digit: UInt128, sticky: Bool) -> Bool {
    guard digit != 0 || sticky else { return false }
    return switch self {
    case .nearestEven: digit > 5 || digit == 5 && (sticky || last & 1 != 0)
    case .towardZero: false
    case .towardPlusInfinity: !isNegative
    case .towardMinusInfinity: isNegative
    case .nearestAway: digit >= 5
    case .nearestTowardZero: digit > 5 || digit == 5 && sticky
    case .awayFromZero: true
    case .prepareForShorter: last % 5 == 0
    }
  }
}

/// What the FPSCR prescribes for a decimal operation.
public struct DecimalControl: Sendable {
  /// FPSCR[DRN], or the rounding that the instruction encodes.
  public var rounding: DecimalRounding
  /// FPSCR[OE]: an overflow delivers a result of adjusted exponent.
  public var overflowEnabled: Bool
  /// FPSCR[UE]: an underflow delivers a result of adjusted exponent.
  public var underflowEnabled: Bool

  /// Rounding, and which of the two exceptions that adjust the exponent are enabled.
  public init(
    _ rounding: DecimalRounding = .nearestEven, overflowEnabled: Bool = false,
    underflowEnabled: Bool = false
  ) {
    self.rounding = rounding
    self.overflowEnabled = overflowEnabled
    self.underflowEnabled = underflowEnabled
  }

  /// DRN in bits 29 to 31, OE in bit 57, UE in bit 58.
  public init(fpscr: UInt64) {
    let drn = UInt8(truncatingIfNeeded: fpscr >> 32 & 7)
    rounding = DecimalRounding(rawValue: drn) ?? .nearestEven
    overflowEnabled = fpscr & 0x40 != 0
    underflowEnabled = fpscr & 0x20 != 0
  }
}
