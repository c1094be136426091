/// A version of the machine as streams have it: which sections an older program of that version
/// knows.
///
/// Streams of every version can be read. One is written for an older version by leaving out what
/// that does not know, when nothing is lost by it.
public enum MachineVersion: String, CaseIterable, Sendable {
  /// Neither `compatibility` nor `capabilities`: the destination is a processor of the same kind.
  case v1_0 = "1.0"
  /// With `compatibility`.
  case v1_1 = "1.1"
  /// With `capabilities` too.
  case v1_2 = "1.2"

  /// The version that this program writes unless it is asked for an older one.
  public static let newest = v1_2
}

extension MachineVersion: Comparable {
  /// True if `left` came before `right`.
  public static func < (left: Self, right: Self) -> Bool {
    let order = Self.allCases
    return order.firstIndex(of: left)! < order.firstIndex(of: right)!
  }
}

extension MachineVersion: CustomStringConvertible {
  /// `1.2`, as options and streams have it.
  public var description: String { rawValue }

  /// What it brought, in a few words.
  public var summary: String {
    switch self {
    case .v1_0: "guests without a compatibility level"
    case .v1_1: "the compatibility level travels"
    case .v1_2: "the capabilities the guest was shown travel"
    }
  }
}
