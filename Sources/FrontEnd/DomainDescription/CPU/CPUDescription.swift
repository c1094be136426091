/// A `<cpu>` element: the processor of a guest, or of a host.
public struct CPUDescription: Hashable, Sendable {
  /// How the processor is chosen.
  public enum Mode: String, Hashable, Sendable {
    /// The host's, limited to the level that the model names, if any.
    case hostModel = "host-model"
    /// The host's as it is.
    case hostPassthrough = "host-passthrough"
    /// A named model.
    case custom
  }

  /// How near the host must be to a named model.
  public enum Match: String, CaseIterable, Hashable, Sendable {
    case exact
    /// The host may be newer.
    case minimum
    /// As exact: POWER processors have no features that one could have in excess.
    case strict
  }

  /// nil for the description of a host, which names a model and nothing else.
  public var mode: Mode?
  public var model: String?
  public var match = Match.exact
  public var vendor: String?
  public var architecture: String?
  public var topology: Topology?
  public var cells: [Cell] = []
  public var notes: [Note] = []

  public struct Topology: Hashable, Sendable {
    public var sockets: Int
    public var cores: Int
    public var threads: Int
  }

  /// A NUMA node.
  public struct Cell: Hashable, Sendable {
    public var processors: [ClosedRange<Int>]
    /// Bytes.
    public var memory: UInt64
    /// How far other nodes are, by number.
    public var distances: [Int: Int]
    let line: Int
  }

  /// Where the description comes from, for messages.
  let place: Place

  struct Place: Hashable, Sendable {
    var file: String
    var line: Int
    var element: String

    func error(_ reason: String, _ kind: DomainError.Kind) -> DomainError {
      DomainError(kind: kind, file: file, line: line, element: element, reason: reason)
    }
  }
}

/// Something that is read and makes no difference, for the user to know.
public struct Note: Hashable, Sendable {
  public var line: Int
  public var text: String
}
