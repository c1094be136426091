/// A version of the Power ISA, ordered by age.
///
/// The raw value is the version in hundredths, as a decimal number: 2.06 is 206, 3.1 is 310.
/// Instruction rows, registers, compatibility levels and processors all name their version by this
/// type.
public enum ISALevel: Int, CaseIterable, Sendable {
  /// POWER and PowerPC before version 2.00.
  case v1 = 100
  /// POWER4.
  case v2_00 = 200
  /// PowerPC 970, POWER4+.
  case v2_01 = 201
  /// POWER5.
  case v2_02 = 202
  /// POWER5+.
  case v2_03 = 203
  /// POWER5++.
  case v2_04 = 204
  /// POWER6.
  case v2_05 = 205
  /// POWER7.
  case v2_06 = 206
  /// POWER8.
  case v2_07 = 207
  /// POWER9 (3.0B).
  case v3_0 = 300
  /// POWER10 and Power11.
  case v3_1 = 310
}

extension ISALevel: Comparable {
  /// True if `left` came before `right`.
  @inlinable
  public static func < (left: ISALevel, right: ISALevel) -> Bool { left.rawValue < right.rawValue }
}

extension ISALevel: CustomStringConvertible {
  /// The version as the books print it: `2.06`, `3.1`.
  public var description: String {
    switch self {
    case .v1: "1.x"
    case .v3_0: "3.0"
    case .v3_1: "3.1"
    default: "2.0\(rawValue - 200)"
    }
  }

  /// The version printed as `text`, if there is one.
  public init?(_ text: some StringProtocol) {
    guard let level = Self.allCases.first(where: { $0.description == text }) else { return nil }
    self = level
  }
}
