import PowerISA

/// What the counters are counting now, and up to where they have been brought.
///
/// Counters are like the decrementer: nothing is added per instruction. They are brought up to
/// date from the instruction count and the timebase when somebody reads or writes the monitor's
/// registers, when the state they count in changes, and when a run ends.
struct PerformanceMonitor {
  /// What a counter counts.
  enum Event: UInt8 {
    case nothing
    case instructions
    case cycles
  }

  /// By counter, PMC1 first; `nothing` while frozen.
  var events = InlineArray<6, Event>(repeating: .nothing)
  /// Any of ``events`` counts.
  var isCounting = false
  /// MMCR0[FC] is 0: a change of MSR[PR] or MSR[PMM] may start or stop counters.
  var followsState = false
  /// `instructionCount` at the last update.
  var instructions: UInt64 = 0
  /// ``VirtualProcessor/cycles`` at the last update.
  var cycles: UInt64 = 0

  /// A counter is negative from here on.
  static let negative: UInt64 = 1 << 31

  /// What MMCR1 selects for PMC1 to PMC4.
  ///
  /// The codes are those of POWER6 and later for cycles and completed instructions, under the names
  /// operating systems use. Every other event, and all of older processors, counts nothing.
  static func selected(_ index: Int, by mmcr1: UInt64, _ hardware: ProcessorModel) -> Event {
    guard hardware.isa >= .v2_05 else { return .nothing }
    switch (index, mmcr1 >> UInt64(24 - 8 * index) & 0xFF) {
    case (_, 0x1E), (0, 0xF0): return .cycles
    case (_, 0x02), (0, 0xFE), (3, 0xFA): return .instructions
    default: return .nothing
    }
  }
}
