internal import JSON

/// The part of `pseries --audit-isa`'s output that is shown here.
public struct ReportedAudit: Sendable, Equatable {
  /// What was executed of one version of the ISA.
  public struct Version: Sendable, Equatable {
    /// The version: `2.07`.
    public var level: String
    /// Instructions executed.
    public var count: UInt64

    fileprivate init?(_ json: JSONValue) {
      guard let level = json["level"]?.string, let count = json["count"]?.unsigned else {
        return nil
      }
      (self.level, self.count) = (level, count)
    }
  }

  /// The versions of which something was executed, the oldest first.
  public var levels: [Version]
  /// The oldest level that has everything that the guest executed or tried.
  public var earliest: String?
  /// The instructions that were rejected.
  public var rejected: [ReportedRejection]
  /// Everything but the list of instructions, for reports.
  let json: JSONValue

  static func read(_ path: String) -> ReportedAudit? {
    JSONValue.read(path).flatMap(ReportedAudit.init)
  }

  init?(_ json: JSONValue) {
    guard let members = json.members,
      let levels = json["levels"]?.elements?.converted(Version.init),
      let rejected = json["rejected"]?.elements?.converted(ReportedRejection.init)
    else { return nil }
    (self.levels, self.rejected) = (levels, rejected)
    earliest = json["earliest"]?["level"]?.string
    self.json = .object(members.filter { $0.key != "rows" })
  }
}
