/// Fixed-point arithmetic of Power ISA Book I chapter 3, as pure functions.
public enum FixedPoint {}

extension FixedPoint {
  /// The carry out of every bit position of the addition that gave `sum`: bit 63 is CA in 64-bit
  /// mode, bit 31 CA32 and CA in 32-bit mode (from the least significant bit, as a host counts).
  @inlinable @inline(__always)
  public static func carries(_ a: UInt64, _ b: UInt64, _ sum: UInt64) -> UInt64 {
    (a & b) | ((a | b) & ~sum)
  }

  /// Whether the addition that gave `sum` overflows as a signed one that ends at a bit position:
  /// bit 63 is OV in 64-bit mode, bit 31 OV32 and OV in 32-bit mode.
  @inlinable @inline(__always)
  public static func overflows(_ a: UInt64, _ b: UInt64, _ sum: UInt64) -> UInt64 {
    (a ^ sum) & (b ^ sum)
  }

  /// Six in every digit of the sum that does not carry out (`addg6s`).
  @inlinable
  public static func sixes(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let quiet = ~carries(a, b, a &+ b) & 0x8888_8888_8888_8888
    return quiet >> 1 | quiet >> 2
  }
}
