/// A point in time in the Gregorian calendar, UTC, as RTAS passes it.
public struct CalendarDate: Hashable, Sendable {
  /// The year, not abbreviated.
  public var year: Int
  /// 1 to 12.
  public var month: Int
  /// 1 to 31.
  public var day: Int
  /// 0 to 23.
  public var hour: Int
  /// 0 to 59.
  public var minute: Int
  /// 0 to 59: leap seconds do not occur.
  public var second: Int
  /// 0 to 999,999,999.
  public var nanosecond: Int

  /// The most seconds between two dates of the years 1 to 9999.
  public static let mostSeconds: Int64 = 9999 * 366 * 86400

  /// - Returns: nil when the parts are not a date. The second is never 60: neither RTAS nor the
  ///   Unix epoch
  ///   has leap seconds.
  public init?(
    year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, nanosecond: Int = 0
  ) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.days(inMonth: month, of: year)).contains(day), (0..<24).contains(hour),
      (0..<60).contains(minute), (0..<60).contains(second),
      (0..<1_000_000_000).contains(nanosecond)
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
    self.nanosecond = nanosecond
  }

  /// The date of `seconds` after the Unix epoch.
  public init(secondsSinceEpoch seconds: Int64, nanosecond: Int = 0) {
    let days = Int(seconds / 86400) - (seconds % 86400 < 0 ? 1 : 0)
    let ofDay = Int(seconds) - days * 86400
    (hour, minute, second) = (ofDay / 3600, ofDay / 60 % 60, ofDay % 60)
    self.nanosecond = nanosecond
    // Eras of 400 years that begin on 1 March make the leap day the last of its year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// A date as `2026-11-28T12:00:00`, or `2026-11-28` for its beginning.
  public init?(text: String) {
    let halves = text.split(separator: "T", omittingEmptySubsequences: false)
    func numbers(_ half: Substring, _ separator: Character, _ digits: [Int]) -> [Int]? {
      let parts = half.split(separator: separator, omittingEmptySubsequences: false)
      guard parts.map(\.utf8.count) == digits else { return nil }
      let numbers = parts.compactMap { part in
        part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
      }
      return numbers.count == digits.count ? numbers : nil
    }
    guard halves.count <= 2, let date = numbers(halves[0], "-", [4, 2, 2]),
      let time = halves.count == 2 ? numbers(halves[1], ":", [2, 2, 2]) : [0, 0, 0]
    else { return nil }
    self.init(
      year: date[0], month: date[1], day: date[2], hour: time[0], minute: time[1], second: time[2])
  }

  /// The date as `2026-11-28T12:00:00`.
  public var text: String {
    func digits(_ number: Int, _ count: Int = 2) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(count - text.count, 0)) + text
    }
    return "\(digits(year, 4))-\(digits(month))-\(digits(day))"
      + "T\(digits(hour)):\(digits(minute)):\(digits(second))"
  }

  /// Seconds since the Unix epoch.
  public var secondsSinceEpoch: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Int64(days * 86400 + hour * 3600 + minute * 60 + second)
  }

  static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
