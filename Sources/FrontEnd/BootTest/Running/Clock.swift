import Glibc
import HostSupport

enum Clock {
  /// Seconds of a monotonic clock.
  static var now: Double {
    Double(HostTime.monotonic) / 1e9
  }

  /// Seconds since a time of this clock, as reports have them: with milliseconds.
  static func seconds(since start: Double) -> Double { (now - start).withMilliseconds }

  /// The date in UTC, as `2026-11-21`.
  static var today: String { utc("%Y-%m-%d") }

  /// Date and time in UTC, as `2026-11-21T20:15:00`.
  static var dateAndTime: String { utc("%Y-%m-%dT%H:%M:%S") }

  private static func utc(_ format: String) -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, format, &parts)
    return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension Double {
  /// Rounded to a thousandth, so that what is written and read again is equal.
  var withMilliseconds: Double { (self * 1000).rounded() / 1000 }
}
