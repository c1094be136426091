internal import HostSupport
internal import JSON

/// An instruction that was rejected in a guest's problem state, from `pseries --report`.
public struct ReportedRejection: Sendable, Equatable {
  /// The mnemonic as PowerISA's table has it.
  public var mnemonic: String
  /// The special-purpose register of a move.
  public var register: String?
  /// The version of the ISA that introduced it; nil when problem state has it at none.
  public var level: String?
  /// The active compatibility level, by name.
  public var compatibility: String?
  /// The program that executed it first.
  public var program: String?
  /// A sentence with all of it.
  public var message: String
  /// The level that it requires, in a sentence: "needs power9: /init executed `modud` (ISA 3.0)".
  public var need: String

  /// The name in suites: `mtvsrd`, `mfspr TAR`.
  var name: String { register.map { "\(mnemonic) \($0)" } ?? mnemonic }

  fileprivate init?(_ json: JSONValue) {
    guard let mnemonic = json["mnemonic"]?.string, let message = json["message"]?.string else {
      return nil
    }
    (self.mnemonic, self.message) = (mnemonic, message)
    level = json["level"]?.string
    need = json["need"]?.string ?? message
    register = json["register"]?.string
    compatibility = json["compatibility"]?.string
    program = json["first"]?["program"]?.string
  }
}

/// The part of `pseries --report`'s output that is judged here.
struct MachineReport {
  var rejected: [ReportedRejection]
  /// The instructions that all processors completed.
  var instructions: UInt64?

  /// - Returns: nil without such a file: the machine ended abnormally.
  static func read(_ path: String) -> MachineReport? {
    guard let report = json(path), let elements = report["refused"]?.elements,
      let rejected = all(elements, ReportedRejection.init)
    else { return nil }
    return MachineReport(rejected: rejected, instructions: report["instructions"]?.unsigned)
  }
}

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
    BootTest.json(path).flatMap(ReportedAudit.init)
  }

  private init?(_ json: JSONValue) {
    guard let members = json.members, let elements = json["levels"]?.elements,
      let levels = all(elements, Version.init),
      let rejections = json["rejected"]?.elements,
      let rejected = all(rejections, ReportedRejection.init)
    else { return nil }
    (self.levels, self.rejected) = (levels, rejected)
    earliest = json["earliest"]?["level"]?.string
    self.json = .object(members.filter { $0.key != "rows" })
  }
}

private func json(_ path: String) -> JSONValue? {
  // The report is no longer than the audit of every row.
  let bytes = try? InputFile(opening: path).contents(limit: InputLimit.tree)
  return bytes.flatMap { try? JSONValue(parsing: $0) }
}

/// The converted elements; nil when one of them has another form.
private func all<Value>(_ elements: [JSONValue], _ make: (JSONValue) -> Value?) -> [Value]? {
  let values = elements.compactMap(make)
  return values.count == elements.count ? values : nil
}
