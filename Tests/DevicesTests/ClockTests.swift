import Glibc
import Synchronization
import Testing

@testable import Devices

@Suite struct ClockTests {
  @Test func `dates agree with the C library`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let seconds = Int64.random(in: -60_000_000_000...250_000_000_000, using: &generator)
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      let date = CalendarDate(secondsSinceEpoch: seconds)
      #expect(date.year == Int(parts.tm_year) + 1900, "\(seconds)")
      #expect(date.month == Int(parts.tm_mon) + 1 && date.day == Int(parts.tm_mday))
      #expect(date.hour == Int(parts.tm_hour) && date.minute == Int(parts.tm_min))
      #expect(date.second == Int(parts.tm_sec))
      #expect(date.secondsSinceEpoch == seconds)
    }
  }

  @Test func `what is no date is refused`() {
    #expect(CalendarDate(year: 2024, month: 2, day: 29, hour: 0, minute: 0, second: 0) != nil)
    #expect(CalendarDate(year: 2023, month: 2, day: 29, hour: 0, minute: 0, second: 0) == nil)
    #expect(CalendarDate(year: 1900, month: 2, day: 29, hour: 0, minute: 0, second: 0) == nil)
    #expect(CalendarDate(year: 2000, month: 2, day: 29, hour: 0, minute: 0, second: 0) != nil)
    #expect(CalendarDate(year: 2024, month: 0, day: 1, hour: 0, minute: 0, second: 0) == nil)
    #expect(CalendarDate(year: 2024, month: 13, day: 1, hour: 0, minute: 0, second: 0) == nil)
    #expect(CalendarDate(year: 2024, month: 1, day: 32, hour: 0, minute: 0, second: 0) == nil)
    #expect(CalendarDate(year: 2024, month: 1, day: 1, hour: 24, minute: 0, second: 0) == nil)
    #expect(CalendarDate(year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0) == nil)
  }

  @Test func `a clock that was set goes on from there`() throws {
    let now = Atomic<Int64>(1_000_000_000_250_000_000)
    var clock = RealTimeClock(source: { now.load(ordering: .relaxed) })
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
