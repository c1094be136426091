import HostSupport
import Synchronization
import Testing

@testable import Devices

@Suite struct ClockTests {
  @Test func `a clock that was set goes on from there`() throws {
    let now = Atomic<Int64>(1_000_000_000_250_000_000)
    let clock = RealTimeClock(source: { now.load(ordering: .relaxed) })
    #expect(clock.now == CalendarDate(secondsSinceEpoch: 1_000_000_000, nanosecond: 250_000_000))
    let date = try #require(
      CalendarDate(year: 1999, month: 12, day: 31, hour: 23, minute: 59, second: 59))
    clock.set(date)
    now.add(1_500_000_000, ordering: .relaxed)
    let later = try #require(
      CalendarDate(
        year: 2000, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanosecond: 750_000_000))
    #expect(clock.now == later)
  }

  @Test func `times before the epoch have positive nanoseconds`() {
    let clock = RealTimeClock(source: { -1 })
    #expect(clock.now == CalendarDate(secondsSinceEpoch: -1, nanosecond: 999_999_999))
  }
}
