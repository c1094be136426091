internal import Devices
internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import PowerCPU
internal import PowerISA

/// The real-time clock: its source, and its distance from the source. A saved state has both, so
/// that the clock of a guest that arrives continues from its own source.
extension PowerMachine {
  private static let nanoseconds: Int64 = 1_000_000_000

  func addClock() {
    let source = clockSource()
    let now = source().dividedDown(by: Self.nanoseconds)
    let offset: Int64 =
      switch configuration.clockBase {
      case .date(let seconds): seconds - now
      case .host where configuration.isDeterministic: 0
      case .host(let ahead):
        HostTime.sinceEpoch.dividedDown(by: Self.nanoseconds) - now + ahead
      }
    partition.clock = RealTimeClock(offset: offset, source: source)
  }

  private func clockSource() -> @Sendable () -> Int64 {
    if case .deterministic(let clock) = clock {
      // The beginning of 2024, so that certificates and file systems of guests are valid.
      return { 1_704_067_200 * Self.nanoseconds + Int64(clock.now) }
    }
    switch description.devices.clockSource {
    case .host: return { HostTime.sinceEpoch }
    case .rt:
      let (start, clock) = (HostTime.sinceEpoch, hostClock)
      return { start + Int64(clamping: clock.nanoseconds) }
    case .vm:
      // Safety: only the machine's thread calls it, from RTAS and the client interface.
      nonisolated(unsafe) let processor = slots[0].engine
      return { Int64(clamping: TimeBase.nanoseconds(ticks: processor.timebase)) }
    }
  }
}

extension Int64 {
  /// The quotient, rounded down.
  fileprivate func dividedDown(by divisor: Int64) -> Int64 {
    self / divisor - (self % divisor < 0 ? 1 : 0)
  }
}
