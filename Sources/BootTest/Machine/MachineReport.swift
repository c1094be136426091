import Foundation

/// An instruction that a guest's problem state was refused, as `pseries --report` tells.
public struct RefusedInstruction: Decodable, Sendable, Equatable {
  public struct Occurrence: Decodable, Sendable, Equatable {
    public var address: String
    public var program: String?
  }

  public var mnemonic: String
  /// The special-purpose register it moves to or from.
  public var register: String?
  /// The version of the ISA that brought it.
  public var level: String
  /// The compatibility level in force, by name.
  public var compatibility: String?
  public var count: UInt64
  public var first: Occurrence
  /// All of it in a sentence.
  public var message: String

  /// As suites name it: `mtvsrd`, `mfspr TAR`.
  var name: String { register.map { "\(mnemonic) \($0)" } ?? mnemonic }
}

/// What `pseries --report` writes, as far as it is judged here.
struct MachineReport: Decodable {
  var refused: [RefusedInstruction]

  /// - Returns: nil when there is no such file: the machine did not come to its end.
  static func read(_ path: String) -> MachineReport? { decode(path) }
}

/// What `pseries --audit-isa` writes, as far as it is shown here.
public struct ISAAudit: Codable, Sendable, Equatable {
  public struct Version: Codable, Sendable, Equatable {
    public var level: String
    public var count: UInt64
    /// How many kinds of instructions.
    public var rows: Int
  }

  /// A level, and what the guest executed that is not there or is another instruction there.
  public struct Level: Codable, Sendable, Equatable {
    public var level: String
    public var isa: String
    public var lacks: [String]
    public var different: [String]
  }

  /// Instructions that problem state executed.
  public var count: UInt64
  public var levels: [Version]
  /// The oldest level that has all of them.
  public var earliest: Level?
  /// The level before it.
  public var older: Level?

  static func read(_ path: String) -> ISAAudit? { decode(path) }
}

private func decode<T: Decodable>(_ path: String) -> T? {
  guard let bytes = try? TextFile.bytes(path) else { return nil }
  return try? JSONDecoder().decode(T.self, from: Data(bytes))
}
