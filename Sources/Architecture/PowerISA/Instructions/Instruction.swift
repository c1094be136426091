/// One instruction as fetched: a word, or a prefix and its suffix (Power ISA 3.1, Book I 1.6).
///
/// Bits are numbered as in the books, bit 0 the most significant of the word; the field accessors
/// in `Instruction+Fields.swift` carry the books' field names.
@frozen
public struct Instruction: RawRepresentable, Hashable, Sendable {
  /// Prefix in the high 32 bits (0 for a word instruction), word or suffix in the low 32.
  public let rawValue: UInt64

  /// An instruction of one word in the low 32 bits, or of a prefix and its suffix.
  @inlinable @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// A word instruction.
  @inlinable
  public init(word: UInt32) { rawValue = UInt64(word) }

  /// A prefixed instruction.
  @inlinable
  public init(prefix: UInt32, suffix: UInt32) {
    rawValue = UInt64(prefix) << 32 | UInt64(suffix)
  }

  /// The word, or the suffix of a prefixed instruction.
  @inlinable public var word: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
  /// The prefix, or 0.
  @inlinable public var prefix: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
  /// Primary opcode 1 is what makes a word a prefix.
  @inlinable public var isPrefixed: Bool { rawValue >> 58 == 1 }
  /// 4 or 8.
  @inlinable public var byteCount: Int { isPrefixed ? 8 : 4 }

  /// Bits `first...last` of the word or suffix, right-justified.
  @inlinable @inline(__always)
  public func bits(_ first: Int, _ last: Int) -> UInt64 {
    (rawValue >> UInt64(31 - last)) & ((1 << UInt64(last - first + 1)) - 1)
  }

  /// Bits `first...last` of the prefix, right-justified.
  @inlinable @inline(__always)
  public func prefixBits(_ first: Int, _ last: Int) -> UInt64 {
    (rawValue >> UInt64(63 - last)) & ((1 << UInt64(last - first + 1)) - 1)
  }

  /// Bits `first...last` of the word or suffix, sign-extended.
  @inlinable @inline(__always)
  public func signedBits(_ first: Int, _ last: Int) -> Int64 {
    Int64(bitPattern: rawValue << UInt64(32 + first)) >> Int64(63 - last + first)
  }
}
