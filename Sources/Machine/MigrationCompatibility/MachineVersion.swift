public import SavedState

/// A version of the machine as streams have it: what an older program of that version knows.
///
/// Streams of every version can be read. One is written for an older version by leaving out what
/// that does not know, when nothing is lost by it; up to 1.2 it is of format 1 (``StateFormat1``).
public enum MachineVersion: String, CaseIterable, Sendable {
  /// Format 1 with neither `compatibility` nor `capabilities`: the destination is a processor of the
  /// same kind.
  case v1_0 = "1.0"
  /// With `compatibility`.
  case v1_1 = "1.1"
  /// With `capabilities` too.
  case v1_2 = "1.2"
  /// Format 2: sections that each have a version.
  case v2_0 = "2.0"

  /// What this program writes unless it is asked for another.
  public static let newest = v2_0
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
    case .v1_2: "the capabilities the guest's tree advertises travel"
    case .v2_0: "format 2, whose sections have versions"
    }
  }
}

extension StateWriter {
  /// A writer of streams for programs of a version.
  public init(for version: MachineVersion, to sink: @escaping Sink) throws(StateError) {
    try self.init(in: version < .v2_0 ? StateFormat1() : nil, to: sink)
  }
}

extension StateReader {
  /// A reader of machines' streams, of any format.
  /// - Parameters:
  ///   - source: gives the bytes.
  ///   - known: the sections that are read.
  public init(
    ofMachine source: @escaping Source, known: [StateSection]
  ) throws(StateError) {
    try self.init(from: source, older: [StateFormat1()], known: known)
  }
}
