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
  /// What the machine reported, for reports.
  let json: JSONValue

  /// The name in suites: `mtvsrd`, `mfspr TAR`.
  var name: String { register.map { "\(mnemonic) \($0)" } ?? mnemonic }
  /// The first occurrence: its address, as `0x10000`, its text, and the process.
  var address: String? { json["first"]?["address"]?.string }
  var text: String? { json["first"]?["text"]?.string }
  var process: UInt64? { json["first"]?["pid"]?.unsigned }
  /// The number of occurrences.
  var count: UInt64? { json["count"]?.unsigned }
  /// The oldest level that has it.
  var needed: String? { json["needs"]?.string }

  init?(_ json: JSONValue) {
    guard let mnemonic = json["mnemonic"]?.string, let message = json["message"]?.string else {
      return nil
    }
    (self.mnemonic, self.message) = (mnemonic, message)
    level = json["level"]?.string
    need = json["need"]?.string ?? message
    register = json["register"]?.string
    compatibility = json["compatibility"]?.string
    program = json["first"]?["program"]?.string
    self.json = json
  }
}
