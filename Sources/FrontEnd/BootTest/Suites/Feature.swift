/// A property of the platform that a guest reports.
public enum Feature: String, CaseIterable, Sendable {
  case hwcap
  case hwcap2
  case platform
  case basePlatform = "base-platform"
  case processor = "cpu"
  case translation = "mmu"

  /// The text before the value in the guest's line, without blanks.
  var label: [String] {
    switch self {
    case .hwcap: ["AT_HWCAP"]
    case .hwcap2: ["AT_HWCAP2"]
    case .platform: ["AT_PLATFORM"]
    case .basePlatform: ["AT_BASE_PLATFORM"]
    case .processor: ["cpuinfo:", "cpu", ":"]
    case .translation: ["cpuinfo:", "MMU", ":"]
    }
  }

  /// The value when `line` reports this feature.
  func value(in line: String) -> String? {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count > label.count, Array(words.prefix(label.count)) == label else { return nil }
    let value = words[label.count...].joined(separator: " ")
    switch self {
    // The word, without the names that may follow it.
    case .hwcap, .hwcap2: return String(value.prefix(while: \.isHexDigit))
    default: return value
    }
  }

  /// Words are compared as numbers, names as texts.
  func agree(_ a: String, _ b: String) -> Bool {
    switch self {
    case .hwcap, .hwcap2:
      guard let a = UInt64(a, radix: 16), let b = UInt64(b, radix: 16) else { return false }
      return a == b
    default: return a == b
    }
  }
}

/// A line of a guest's report that must be there with a value.
public struct ExpectedFeature: Sendable, Equatable {
  /// The word that begins the line.
  public var feature: Feature
  /// The text that must follow.
  public var value: String
}
