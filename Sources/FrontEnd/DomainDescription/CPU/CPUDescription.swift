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
  /// `<model>`: a name of libvirt's.
  public var model: String?
  /// `match`: whether a better processor may be had.
  public var match = Match.exact
  /// `<vendor>`.
  public var vendor: String?
  /// `<arch>`, in the description of a host.
  public var architecture: String?
  /// `<topology>`.
  public var topology: Topology?
  /// `<numa>`: the guest's NUMA nodes, in the order of their numbers.
  public var cells: [Cell] = []
  /// What makes no difference here.
  public var notes: [Note] = []

  /// How processors form cores and sockets.
  public struct Topology: Hashable, Sendable {
    /// Sockets of the guest.
    public var sockets: Int
    /// Cores of each socket.
    public var cores: Int
    /// Threads of each core.
    public var threads: Int
  }

  /// A NUMA node.
  public struct Cell: Hashable, Sendable {
    /// `cpus`: processors by number, threads counted.
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
  /// The line of the file, from 1.
  public var line: Int
  /// What is ignored, and why.
  public var text: String
}
