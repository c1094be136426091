internal import HostSupport
internal import JSON

/// An instruction that a guest's problem state was refused, as `pseries --report` tells.
public struct RefusedInstruction: Sendable, Equatable {
  public var mnemonic: String
  /// The special-purpose register it moves to or from.
  public var register: String?
  /// The version of the ISA that brought it; nil when problem state has it at none.
  public var level: String?
  /// The active compatibility level, by name.
  public var compatibility: String?
  /// The program that executed it first.
  public var program: String?
  /// All of it in a sentence.
  public var message: String
  /// What it asks of a level, in a sentence: "needs power9: /init was refused `modud` (ISA 3.0)".
  public var need: String

  /// As suites name it: `mtvsrd`, `mfspr TAR`.
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

/// What `pseries --report` writes, as far as it is judged here.
struct MachineReport {
  var refused: [RefusedInstruction]
  /// What all processors completed.
  var instructions: UInt64?

  /// - Returns: nil when there is no such file: the machine did not come to its end.
  static func read(_ path: String) -> MachineReport? {
    guard let report = json(path), let elements = report["refused"]?.elements,
      let refused = all(elements, RefusedInstruction.init)
    else { return nil }
    return MachineReport(refused: refused, instructions: report["instructions"]?.unsigned)
  }
}

/// What `pseries --audit-isa` writes, as far as it is shown here.
public struct ISAAudit: Sendable, Equatable {
  public struct Version: Sendable, Equatable {
    public var level: String
    public var count: UInt64

    fileprivate init?(_ json: JSONValue) {
      guard let level = json["level"]?.string, let count = json["count"]?.unsigned else {
        return nil
      }
      (self.level, self.count) = (level, count)
    }
  }

  public var levels: [Version]
  /// The oldest level that has everything the guest executed and was refused.
  public var earliest: String?
  /// What it executed and was refused.
  public var rejected: [RefusedInstruction]
  /// All of it but the instructions one by one, for reports.
  let json: JSONValue

  static func read(_ path: String) -> ISAAudit? { BootTest.json(path).flatMap(ISAAudit.init) }

  private init?(_ json: JSONValue) {
    guard let members = json.members, let elements = json["levels"]?.elements,
      let levels = all(elements, Version.init),
      let rejections = json["rejected"]?.elements,
      let rejected = all(rejections, RefusedInstruction.init)
    else { return nil }
    (self.levels, self.rejected) = (levels, rejected)
    earliest = json["earliest"]?["level"]?.string
    self.json = .object(members.filter { $0.key != "rows" })
  }
}

private func json(_ path: String) -> JSONValue? {
  // A report is no longer than the audit of every row.
  let bytes = try? InputFile(opening: path).contents(limit: InputLimit.tree)
  return bytes.flatMap { try? JSONValue(parsing: $0) }
}

/// What is made of each; nil when one of them is of another form.
private func all<Value>(_ elements: [JSONValue], _ make: (JSONValue) -> Value?) -> [Value]? {
  let values = elements.compactMap(make)
  return values.count == elements.count ? values : nil
}
