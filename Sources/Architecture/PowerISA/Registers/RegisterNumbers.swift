/// A general-purpose register number, 0 to 31.
@frozen
public struct GPR: Hashable, Sendable {
  /// 0 to 31.
  public let number: Int
  /// The register of the low five bits of a field.
  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = Int(truncatingIfNeeded: number & 31) }
  /// The register after this one, as register pairs use it.
  @inlinable public var next: GPR { GPR(UInt64(number + 1)) }
}

/// A floating-point register number, 0 to 31: doubleword 0 of the VSR of the same number.
@frozen
public struct FPR: Hashable, Sendable {
  /// 0 to 31.
  public let number: Int
  /// The register of the low five bits of a field.
  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = Int(truncatingIfNeeded: number & 31) }
  /// The odd register of an even/odd pair.
  @inlinable public var next: FPR { FPR(UInt64(number + 1)) }
}

/// A vector register number, 0 to 31: VSR 32 and up.
@frozen
public struct VR: Hashable, Sendable {
  /// 0 to 31.
  public let number: Int
  /// The register of the low five bits of a field.
  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = Int(truncatingIfNeeded: number & 31) }
}

/// A vector-scalar register number, 0 to 63.
@frozen
public struct VSR: Hashable, Sendable {
  /// 0 to 63.
  public let number: Int
  /// The register of the low six bits of a field.
  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = Int(truncatingIfNeeded: number & 63) }
  /// The vector-scalar register that holds a vector register: 32 to 63.
  @inlinable @inline(__always)
  public init(_ register: VR) { self.number = register.number + 32 }
  /// The vector-scalar register whose doubleword 0 is a floating-point register: 0 to 31.
  @inlinable @inline(__always)
  public init(_ register: FPR) { self.number = register.number }
  /// The register after this one, as register pairs use it.
  @inlinable public var next: VSR { VSR(UInt64(number + 1)) }
}

/// A 4-bit field of the condition register, 0 to 7.
@frozen
public struct CRField: Hashable, Sendable {
  /// 0 to 7.
  public let number: Int
  /// The field of the low three bits of a number.
  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = Int(truncatingIfNeeded: number & 7) }

  // Computed: a stored one is a call into this module for every `add.`.
  /// The result of fixed-point instructions with Rc=1.
  @inlinable public static var cr0: CRField { @inline(__always) get { CRField(0) } }
  /// The exception summary of floating-point instructions with Rc=1.
  @inlinable public static var cr1: CRField { @inline(__always) get { CRField(1) } }
  /// The result of vector comparisons with Rc=1.
  @inlinable public static var cr6: CRField { @inline(__always) get { CRField(6) } }
}

/// A bit of the condition register, 0 (most significant of CR0) to 31.
@frozen
public struct CRBit: Hashable, Sendable {
  /// 0 to 31, bit 0 being the most significant.
  public let number: Int
  /// The bit of the low five bits of a field.
  @inlinable @inline(__always)
  public init(_ number: UInt64) { self.number = Int(truncatingIfNeeded: number & 31) }
}
