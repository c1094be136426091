internal import PowerISA
public import SavedState
internal import Synchronization

/// What a watchdog timer does when it expires: the timeoutAction of H_WATCHDOG.
public enum WatchdogAction: UInt8, Hashable, Sendable, CustomStringConvertible {
  /// The partition is powered off.
  case powerOff = 1
  /// The partition is started again.
  case restart = 2
  /// Every processor takes a system reset, so that the guest can write a dump and restart.
  case dumpRestart = 3

  /// What is done, in words.
  public var description: String {
    switch self {
    case .powerOff: "power-off"
    case .restart: "restart"
    case .dumpRestart: "system reset"
    }
  }
}

/// The watchdog timers of a partition, for H_WATCHDOG. Times are those of the guest's timebase, so
/// that a timer stands still while the guest does. Any thread may call it.
public final class WatchdogTimers: PartitionDevice {
  /// Timers, with numbers from 1.
  static let count = 4
  /// The shortest timeout in milliseconds.
  static let shortestTimeout: UInt64 = 500

  private struct Timer: Hashable {
    var deadline: UInt64
    var action: WatchdogAction
    /// Whether the other timers continue when it expires.
    var leavesOthers: Bool
  }
  private static let none = [Timer?](repeating: nil, count: count)
  private let timers = Mutex(none)
  private let soonest = Atomic<UInt64>(.max)

  init() {}

  /// The timebase at which the first timer expires; nil when none runs.
  public var deadline: UInt64? {
    let deadline = soonest.load(ordering: .relaxed)
    return deadline == .max ? nil : deadline
  }

  /// Starts a timer, again if it runs.
  /// - Parameters:
  ///   - number: 1 to ``count``.
  ///   - timeout: milliseconds.
  ///   - now: the timebase.
  func start(
    _ number: Int, _ action: WatchdogAction, timeout: UInt64, now: UInt64, leavesOthers: Bool
  ) {
    // A timeout of up to 2^64 milliseconds is clamped; the timebase never gets that far.
    let ticks = timeout.multipliedReportingOverflow(by: TimeBase.frequency / 1000)
    let end = now.addingReportingOverflow(ticks.partialValue)
    let deadline = ticks.overflow || end.overflow ? .max - 1 : min(end.partialValue, .max - 1)
    change {
      $0[number - 1] = Timer(deadline: deadline, action: action, leavesOthers: leavesOthers)
    }
  }

  /// Stops a timer.
  /// - Returns: whether it ran.
  func stop(_ number: Int) -> Bool {
    change { timers in
      defer { timers[number - 1] = nil }
      return timers[number - 1] != nil
    }
  }

  /// Stops all timers.
  public func reset() { change { $0 = Self.none } }

  /// Stops a timer that has expired.
  /// - Parameter now: the timebase, which is read only while a timer runs.
  /// - Returns: what the timer does; nil when none has expired.
  public func takeExpired(at now: @autoclosure () -> UInt64) -> WatchdogAction? {
    guard let deadline, deadline <= now() else { return nil }
    return change { timers in
      guard let place = timers.firstIndex(where: { $0?.deadline == deadline }),
        let timer = timers[place]
      else { return nil }
      if timer.leavesOthers {
        timers[place] = nil
      } else {
        timers = Self.none
      }
      return timer.action
    }
  }

  private func change<Result: Sendable>(_ body: (inout sending [Timer?]) -> Result) -> Result {
    timers.withLock { timers in
      defer {
        soonest.store(timers.compactMap { $0?.deadline }.min() ?? .max, ordering: .relaxed)
      }
      return body(&timers)
    }
  }
}

extension StateSection {
  /// Watchdog timers that run.
  public static let watchdogTimers = StateSection("wdt")
}

extension WatchdogTimers {
  /// That of watchdog timers.
  public var section: StateSection { .watchdogTimers }
  /// Only while one runs.
  public var isSaved: Bool? { deadline != nil }

  /// Saves or restores the timers that run.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    var saved: [(number: UInt8, timer: Timer)] = []
    for (place, timer) in timers.withLock({ $0 }).enumerated() {
      if let timer { saved.append((UInt8(place + 1), timer)) }
    }
    let initial = (
      number: UInt8(1), timer: Timer(deadline: 0, action: .restart, leavesOthers: false)
    )
    try coder.list("timers", &saved, initial: initial) { entry, coder throws(StateError) in
      try coder.field("num", entry.number) { number throws(InvalidValue) in
        guard (1...UInt8(Self.count)).contains(number) else {
          throw InvalidValue("there is no timer \(number)")
        }
        entry.number = number
      }
      try coder.field("end", &entry.timer.deadline)
      try coder.field("action", entry.timer.action.rawValue) { raw throws(InvalidValue) in
        guard let action = WatchdogAction(rawValue: raw) else {
          throw InvalidValue("no timer does \(raw)")
        }
        entry.timer.action = action
      }
      try coder.field("leave", &entry.timer.leavesOthers)
    }
    guard coder.isReading else { return }
    var restored = Self.none
    for entry in saved { restored[Int(entry.number) - 1] = entry.timer }
    change { [restored] in $0 = restored }
  }
}
