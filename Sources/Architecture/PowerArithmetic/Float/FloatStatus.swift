/// What an operation says of its result, at the bit positions of the FPSCR (Book I 4.2.2):
/// exception bits, FR, FI and FPRF. Sticky bits and summaries are the processor's to keep.
@frozen
public struct FloatStatus: OptionSet, Hashable, Sendable {
  /// Bits at their positions in the FPSCR, as a word whose bit 0 is the least significant.
  public var rawValue: UInt32
  /// A status of bits at their positions in the FPSCR.
  @inlinable @inline(__always)
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Overflow.
  @inlinable public static var ox: FloatStatus { FloatStatus(rawValue: 1 << 28) }
  /// Underflow.
  @inlinable public static var ux: FloatStatus { FloatStatus(rawValue: 1 << 27) }
  /// Zero divide.
  @inlinable public static var zx: FloatStatus { FloatStatus(rawValue: 1 << 26) }
  /// Inexact.
  @inlinable public static var xx: FloatStatus { FloatStatus(rawValue: 1 << 25) }
  /// Invalid operation: signalling NaN.
  @inlinable public static var vxsnan: FloatStatus { FloatStatus(rawValue: 1 << 24) }
  /// Infinity - infinity.
  @inlinable public static var vxisi: FloatStatus { FloatStatus(rawValue: 1 << 23) }
  /// Infinity / infinity.
  @inlinable public static var vxidi: FloatStatus { FloatStatus(rawValue: 1 << 22) }
  /// Zero / zero.
  @inlinable public static var vxzdz: FloatStatus { FloatStatus(rawValue: 1 << 21) }
  /// Infinity * zero.
  @inlinable public static var vximz: FloatStatus { FloatStatus(rawValue: 1 << 20) }
  /// Ordered comparison with a NaN.
  @inlinable public static var vxvc: FloatStatus { FloatStatus(rawValue: 1 << 19) }
  /// Fraction rounded up.
  @inlinable public static var fr: FloatStatus { FloatStatus(rawValue: 1 << 18) }
  /// Fraction inexact.
  @inlinable public static var fi: FloatStatus { FloatStatus(rawValue: 1 << 17) }
  /// Square root of a negative number.
  @inlinable public static var vxsqrt: FloatStatus { FloatStatus(rawValue: 1 << 9) }
  /// Invalid conversion to an integer.
  @inlinable public static var vxcvi: FloatStatus { FloatStatus(rawValue: 1 << 8) }

  /// Every invalid operation.
  @inlinable public static var invalid: FloatStatus {
    [.vxsnan, .vxisi, .vxidi, .vxzdz, .vximz, .vxvc, .vxsqrt, .vxcvi]
  }
  /// Every exception.
  @inlinable public static var exceptions: FloatStatus {
    FloatStatus(rawValue: FloatStatus.invalid.rawValue | 0xF << 25)
  }
  /// The five bits of FPRF.
  @inlinable public static var fprf: FloatStatus { FloatStatus(rawValue: 0x1F << 12) }

  /// FPRF of a value's class and sign.
  @inlinable @inline(__always)
  public init(_ resultClass: FloatClass, negative: Bool) {
    let code: UInt32 =
      switch resultClass {
      case .quietNaN: 0b10001
      case .infinity: negative ? 0b01001 : 0b00101
      case .normal: negative ? 0b01000 : 0b00100
      case .denormal: negative ? 0b11000 : 0b10100
      case .zero: negative ? 0b10010 : 0b00010
      }
    self.init(rawValue: code << 12)
  }
}

/// The class of a result, as FPRF encodes it.
public enum FloatClass: Sendable {
  case quietNaN, infinity, normal, denormal, zero
}

/// An operation's result: bits of the stored format, and its status.
@frozen
public struct FloatResult: Hashable, Sendable {
  /// The result in the low bits, in the format that the operation delivers.
  public var bits: UInt128
  /// What the operation reports to the FPSCR.
  public var status: FloatStatus

  /// A result and its status.
  @inlinable @inline(__always)
  public init(_ bits: UInt128, _ status: FloatStatus) {
    self.bits = bits
    self.status = status
  }

  /// The low 64 bits: a result in double format.
  @inlinable public var doubleword: UInt64 {
    @inline(__always) get { UInt64(truncatingIfNeeded: bits) }
  }
  /// The low 32 bits: a result in single format.
  @inlinable public var word: UInt32 {
    @inline(__always) get { UInt32(truncatingIfNeeded: bits) }
  }
}
