import PowerISA

/// The events that the counters count, and the point up to which they are up to date.
///
/// Like the decrementer, the counters cost nothing per instruction. They are updated from the
/// instruction count and the timebase when the monitor's registers are read or written, when the
/// state that they depend on changes, and when a run ends.
struct PerformanceMonitor {
  /// The event that a counter counts.
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

  /// The sign bit of a counter.
  static let negative: UInt64 = 1 << 31

  /// The event that MMCR1 selects for PMC1 to PMC4.
  ///
  /// The codes are those of POWER6 and later for cycles and completed instructions, as operating
  /// systems use them. Every other event, and every event of older processors, counts nothing.
  static func selected(_ index: Int, by mmcr1: UInt64, _ hardware: ProcessorModel) -> Event {
    guard hardware.isa >= .v2_05 else { return .nothing }
    switch (index, mmcr1 >> UInt64(24 - 8 * index) & 0xFF) {
    case (_, 0x1E), (0, 0xF0): return .cycles
    case (_, 0x02), (0, 0xFE), (3, 0xFA): return .instructions
    default: return .nothing
    }
  }
}
