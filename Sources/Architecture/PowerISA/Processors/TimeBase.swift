/// The time base, which runs alike in every processor here.
public enum TimeBase {
  /// Ticks in a second, as every IBM server since POWER5 has it.
  public static let frequency: UInt64 = 512_000_000
  /// Cycles of a processor in a second, which the device tree gives and the performance monitor counts.
  public static let clockFrequency: UInt64 = 1_000_000_000

  // 512 MHz is 64 ticks in 125 ns; a cycle is 1 ns.

  /// Ticks in a number of nanoseconds, rounded down; exact for all.
  public static func ticks(nanoseconds: UInt64) -> UInt64 {
    nanoseconds / 125 &* 64 &+ nanoseconds % 125 &* 64 / 125
  }

  /// Nanoseconds in a number of ticks, rounded down, modulo 2^64.
  public static func nanoseconds(ticks: UInt64) -> UInt64 {
    ticks / 64 &* 125 &+ ticks % 64 &* 125 / 64
  }

  /// Cycles of a processor in a number of ticks, rounded down, modulo 2^64.
  public static func cycles(ticks: UInt64) -> UInt64 { nanoseconds(ticks: ticks) }
}
