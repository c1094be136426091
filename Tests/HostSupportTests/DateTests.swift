import Glibc
import HostSupport
import Testing

@Suite struct DateTests {
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

  @Test(
    arguments: [
      ("1970-01-01", 0), ("2009-02-13T23:31:30", 1_234_567_890),
      ("2024-02-29T00:00:00", 1_709_164_800),
      ("2023-02-29", nil), ("2026-1-1", nil), ("2026-01-01T", nil), ("2026-01-01T24:00:00", nil),
      ("+026-01-01", nil), ("2026-01-01T00:00:00Z", nil), ("", nil), ("utc", nil),
    ] as [(String, Int64?)])
  func `dates in text`(text: String, seconds: Int64?) {
    let date = CalendarDate(text: text)
    #expect(date?.secondsSinceEpoch == seconds)
    if let date { #expect(date.text.hasPrefix(text)) }
  }

  @Test func `time zones of the host`() throws {
    var (now, local) = (time(nil), tm())
    localtime_r(&now, &local)
    #expect(HostTimeZone.secondsAhead() == Int64(local.tm_gmtoff))
    for zone in ["../../etc/passwd", "No/Where", "", "/etc/passwd", "a b"] {
      #expect(HostTimeZone.secondsAhead(in: zone) == nil, "\(zone)")
    }
    // The database of zones is a package of its own.
    guard access("/usr/share/zoneinfo/Asia/Tokyo", R_OK) == 0 else { return }
    let tokyo = try #require(HostTimeZone.secondsAhead(in: "Asia/Tokyo"))
    #expect(tokyo == 32_400)
    #expect(HostTimeZone.secondsAhead() == Int64(local.tm_gmtoff))
  }
}
