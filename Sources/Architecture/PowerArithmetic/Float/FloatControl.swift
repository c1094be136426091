/// How a result is rounded; the first four are the values of FPSCR[RN].
public enum FloatRounding: UInt8, Sendable {
  case nearestEven = 0
  case towardZero = 1
  case towardPlusInfinity = 2
  case towardMinusInfinity = 3
  /// Ties away from zero, of `frin`, `xsrdpi`, `xsrqpi`.
  case nearestAway = 4
  /// Truncation with the last bit set when inexact, of the `…o` quad instructions.
  case odd = 5
}

/// What the FPSCR or VSCR prescribes for an operation.
@frozen
public struct FloatControl: Hashable, Sendable {
  /// FPSCR[RN], or the rounding that the instruction encodes.
  public var rounding: FloatRounding
  /// FPSCR[OE]: an overflow delivers a result of adjusted exponent.
  public var overflowEnabled: Bool
  /// FPSCR[UE]: an underflow delivers a result of adjusted exponent.
  public var underflowEnabled: Bool
  /// VSCR[NJ]: denormal operands and results are zeros of their sign.
  public var flushesDenormals: Bool

  /// Rounding to nearest even with all exceptions disabled, where nothing else is given.
  @inlinable @inline(__always)
  public init(
    _ rounding: FloatRounding = .nearestEven, overflowEnabled: Bool = false,
    underflowEnabled: Bool = false, flushesDenormals: Bool = false
  ) {
    self.rounding = rounding
    self.overflowEnabled = overflowEnabled
    self.underflowEnabled = underflowEnabled
    self.flushesDenormals = flushesDenormals
  }

  /// The control fields of an FPSCR: RN in bits 62:63, OE in bit 57, UE in bit 58.
  @inlinable @inline(__always)
  public init(fpscr: UInt64) {
    rounding = FloatRounding(rawValue: UInt8(truncatingIfNeeded: fpscr & 3)) ?? .nearestEven
    overflowEnabled = fpscr & 0x40 != 0
    underflowEnabled = fpscr & 0x20 != 0
    flushesDenormals = false
  }

  /// The same with another rounding mode.
  @inlinable @inline(__always)
  public func with(_ rounding: FloatRounding) -> FloatControl {
    var control = self
    control.rounding = rounding
    return control
  }
}
