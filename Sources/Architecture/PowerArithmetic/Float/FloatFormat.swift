/// A binary interchange format of IEEE 754 (Power ISA 3.1, Book I 4.3.1 and 7.3.2).
@frozen
public struct FloatFormat: Hashable, Sendable {
  /// Fraction bits stored, the leading bit not counted.
  public let fractionBits: Int
  /// Bits of the exponent field.
  public let exponentBits: Int

  @inlinable @inline(__always)
  init(exponentBits: Int, fractionBits: Int) {
    self.exponentBits = exponentBits
    self.fractionBits = fractionBits
  }

  /// Binary16: 5 bits of exponent, 10 of fraction.
  @inlinable public static var half: FloatFormat {
    FloatFormat(exponentBits: 5, fractionBits: 10)
  }
  /// Bfloat16: the upper half of a binary32 number.
  @inlinable public static var bfloat16: FloatFormat {
    FloatFormat(exponentBits: 8, fractionBits: 7)
  }
  /// Binary32, single precision.
  @inlinable public static var single: FloatFormat {
    FloatFormat(exponentBits: 8, fractionBits: 23)
  }
  /// Binary64, double precision.
  @inlinable public static var double: FloatFormat {
    FloatFormat(exponentBits: 11, fractionBits: 52)
  }
  /// Binary128, quadruple precision.
  @inlinable public static var quad: FloatFormat {
    FloatFormat(exponentBits: 15, fractionBits: 112)
  }
  /// The significand of double-extended with the range of quad: `xsrqpxp` rounds to it.
  @inlinable public static var extended: FloatFormat {
    FloatFormat(exponentBits: 15, fractionBits: 63)
  }

  /// What is added to an exponent in its field: 1,023 for binary64.
  @inlinable public var bias: Int { @inline(__always) get { (1 &<< (exponentBits - 1)) &- 1 } }
  /// The biased exponent of infinities and NaNs.
  @inlinable public var maximumBiasedExponent: Int {
    @inline(__always) get { (1 &<< exponentBits) &- 1 }
  }
  /// Exponents of the largest and of the smallest normal number.
  @inlinable public var maximumExponent: Int { @inline(__always) get { bias } }
  /// The exponent, without bias, of the smallest normal number.
  @inlinable public var minimumExponent: Int { @inline(__always) get { 1 &- bias } }
  /// What an enabled overflow subtracts from the exponent and an enabled underflow adds:
  /// 192 for single, 1536 for double, 24576 for quad (Book I 4.4.3 and 4.4.4).
  @inlinable public var exponentAdjustment: Int {
    @inline(__always) get { 3 &<< (exponentBits - 2) }
  }
  /// Bits of the whole format.
  @inlinable public var width: Int {
    @inline(__always) get { 1 &+ exponentBits &+ fractionBits }
  }
}

/// The formats one operation deals with.
@frozen
public struct FloatShape: Hashable, Sendable {
  /// Format of the operands as stored.
  public let operand: FloatFormat
  /// Precision and range that the result is rounded to.
  public let result: FloatFormat
  /// Format the result is stored in.
  public let stored: FloatFormat

  @inlinable @inline(__always)
  init(operand: FloatFormat, result: FloatFormat, stored: FloatFormat) {
    self.operand = operand
    self.result = result
    self.stored = stored
  }

  /// `fadd`, `xsadddp`, `xvadddp`.
  @inlinable public static var double: FloatShape {
    FloatShape(operand: .double, result: .double, stored: .double)
  }
  /// `fadds`, `xsaddsp`: single precision kept in double format.
  @inlinable public static var doubleToSingle: FloatShape {
    FloatShape(operand: .double, result: .single, stored: .double)
  }
  /// `xvaddsp`, `vaddfp`: elements of a word.
  @inlinable public static var single: FloatShape {
    FloatShape(operand: .single, result: .single, stored: .single)
  }
  /// `xsaddqp`.
  @inlinable public static var quad: FloatShape {
    FloatShape(operand: .quad, result: .quad, stored: .quad)
  }
  /// `xsrqpxp`: rounded to double-extended precision, kept in quad format.
  @inlinable public static var quadToExtended: FloatShape {
    FloatShape(operand: .quad, result: .extended, stored: .quad)
  }
  /// A conversion from one format to another.
  @inlinable
  public static func conversion(from operand: FloatFormat, to result: FloatFormat) -> FloatShape {
    FloatShape(operand: operand, result: result, stored: result)
  }
}
