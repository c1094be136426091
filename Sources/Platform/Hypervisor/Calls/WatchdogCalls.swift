/// Watchdog timers of the platform (PAPR "H_WATCHDOG").
enum WatchdogCalls {
  /// Bits 48:55 of the flags.
  private enum Operation {
    static let start: UInt64 = 1
    static let stop: UInt64 = 2
    static let queryCapabilities: UInt64 = 3
    static let queryMigration: UInt64 = 4
  }

  /// Bit 47 of the flags: the other timers continue when this one expires.
  private static let leavesOthers: UInt64 = 1 << 16
  /// Bits of flags that are defined.
  private static let flags: UInt64 = 0x1_FFFF
  /// Stops every timer.
  private static let all = UInt64.max
  /// A timer need not be stopped before a migration: it moves with the guest.
  private static let moves: UInt64 = 2

  /// H_WATCHDOG: starts or stops a timer, or says what timers can do.
  static func watchdog(
    _ call: HypercallContext, flags: UInt64, number: UInt64, timeout: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    let timers = call.partition.watchdogs
    guard flags & ~Self.flags == 0 else { throw .parameter }
    let operation = flags >> 8 & 0xFF
    switch operation {
    case Operation.start:
      guard let action = WatchdogAction(rawValue: UInt8(truncatingIfNeeded: flags)) else {
        throw .parameter
      }
      let number = try timer(number)
      guard timeout >= WatchdogTimers.shortestTimeout else { throw .parameter3 }
      timers.start(
        number, action, timeout: timeout, now: call.processor.control.read(.timebase),
        leavesOthers: flags & leavesOthers != 0)
    case Operation.stop where number == all: timers.reset()
    case Operation.stop:
      guard timers.stop(try timer(number)) else { throw .noOperation }
    case Operation.queryCapabilities:
      return WatchdogTimers.shortestTimeout << 48 | UInt64(WatchdogTimers.count) << 32
    case Operation.queryMigration:
      _ = try timer(number)
      return moves
    default: throw .parameter
    }
    return 0
  }

  private static func timer(_ number: UInt64) throws(HypercallStatus) -> Int {
    guard (1...UInt64(WatchdogTimers.count)).contains(number) else { throw .parameter2 }
    return Int(number)
  }
}
