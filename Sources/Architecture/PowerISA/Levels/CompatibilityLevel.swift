/// A logical processor version: the version that a partition may get for its processor (LoPAR table
/// "Logical Processor Version Values").
///
/// Levels are ordered by their place in this table. The logical PVR is a name, not a rank: 0x0f100003
/// comes before 0x0f000004.
public enum CompatibilityLevel: Int, CaseIterable, Sendable {
  case power5Plus
  case power6
  case power7
  case power7Plus
  case power8
  case power9
  case power10
  case power11
}

extension CompatibilityLevel: Comparable {
  /// True if `a` came before `b`.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension CompatibilityLevel {
  /// One level's row. `pcr` is what the level wants disabled, before the processor's mask.
  private struct Row: Sendable {
    var level: CompatibilityLevel
    var name: String
    var logicalPVR: UInt32
    var isa: ISALevel
    var pcr: PCR
    var threads: Int
  }

  // POWER9 has four threads in a core of its own, but partitions see fused cores of eight.
  private static let table: [Row] = [
    Row(
      level: .power5Plus, name: "power5+", logicalPVR: 0x0f00_0001, isa: .v2_04,
      pcr: [.beyondPower6, .v2_05, .vectorScalarDisable, .vectorDisable], threads: 2),
    Row(
      level: .power6, name: "power6", logicalPVR: 0x0f00_0002, isa: .v2_05,
      pcr: [.beyondPower6, .v2_05, .vectorScalarDisable], threads: 2),
    Row(
      level: .power7, name: "power7", logicalPVR: 0x0f00_0003, isa: .v2_06,
      pcr: .beyondPower6, threads: 4),
    Row(
      level: .power7Plus, name: "power7+", logicalPVR: 0x0f10_0003, isa: .v2_06,
      pcr: .beyondPower6, threads: 4),
    Row(
      level: .power8, name: "power8", logicalPVR: 0x0f00_0004, isa: .v2_07,
      pcr: [.v3_1, .v3_0, .v2_07], threads: 8),
    Row(
      level: .power9, name: "power9", logicalPVR: 0x0f00_0005, isa: .v3_0,
      pcr: [.v3_1, .v3_0], threads: 8),
    Row(
      level: .power10, name: "power10", logicalPVR: 0x0f00_0006, isa: .v3_1,
      pcr: .v3_1, threads: 8),
    Row(
      level: .power11, name: "power11", logicalPVR: 0x0f00_0007, isa: .v3_1,
      pcr: .v3_1, threads: 8),
  ]

  private var row: Row { Self.table[rawValue] }

  /// The name on command lines: `power7+`.
  public var name: String { row.name }
  /// The value of `cpu-version` at this level.
  public var logicalPVR: UInt32 { row.logicalPVR }
  /// The newest version of the ISA problem state may use.
  public var isa: ISALevel { row.isa }
  /// The PCR bits this level asks for, before a processor's mask is applied.
  public var pcr: PCR { row.pcr }
  /// The most threads a core may show.
  public var threads: Int { row.threads }

  /// The level called `name` on command lines.
  public init?(name: some StringProtocol) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  /// The level whose `cpu-version` is `logicalPVR`.
  public init?(logicalPVR: UInt32) {
    guard let level = Self.allCases.first(where: { $0.logicalPVR == logicalPVR }) else {
      return nil
    }
    self = level
  }
}

extension CompatibilityLevel: CustomStringConvertible {
  /// The level's name, as options have it.
  public var description: String { name }
}

extension PCR {
  /// Everything that came with version 2.06 and later.
  fileprivate static let beyondPower6: PCR = [
    .v3_1, .v3_0, .v2_07, .v2_06, .transactionalMemoryDisable,
  ]
}
