/// The state of one server's interrupt presentation controller (LoPAR "Interrupt Presentation
/// Layer"). Priorities: 0 is the most favoured, 0xFF means none.
struct InterruptPresentation {
  /// Current processor priority: interrupts must be more favoured to be presented.
  var cppr: UInt8 = 0
  /// The most favoured pending request of inter-processor interrupts.
  var mfrr: UInt8 = 0xFF
  /// The presented source, 0 when none; 24 bits.
  var source: UInt32 = 0
  /// The presented source's priority.
  var pendingPriority: UInt8 = 0xFF
  /// Timebase when ``source`` was presented.
  var timestamp: UInt64 = 0

  /// XIRR: CPPR and XISR in one register.
  var xirr: UInt32 { UInt32(cppr) << 24 | source }

  /// The source number of inter-processor interrupts.
  static let interProcessor: UInt32 = 2
}
