public import DeviceTree
public import PlatformTree
public import PowerISA

/// One end of a migration as somebody describes it who asks whether it is possible.
public enum MigrationEnd: Sendable {
  /// A processor: as a source with the level of its guest, as a destination with its limit.
  case processor(MigrationProcessor)
  /// The tree of a guest or of a machine.
  case tree(DeviceTree, MigrationProcessor)
  /// The beginning of a saved state.
  case state(StateHead)

  public var processor: MigrationProcessor {
    switch self {
    case .processor(let processor), .tree(_, let processor): processor
    case .state(let head): head.source
    }
  }
}

extension MigrationEnd {
  /// A machine with this end's processor, in all else as the guest's, if that is known.
  private func machine(like other: StateHead?) throws(MachineDescriptionError) -> MachineDescription
  {
    if let head = other {
      return head.description(on: processor.model, limit: processor.level)
    }
    return MachineDescription(
      processor: processor.model, topology: try ProcessorTopology(processors: 1))
  }

  /// The threads of a core as the guest has them; nil for as many as there are.
  private var threads: Int? {
    switch self {
    case .processor: nil
    case .tree(let tree, _):
      tree.bootProcessorNode?["ibm,ppc-interrupt-server#s"]?.cells.map(\.count)
    case .state(let head): head.description.topology.threads
    }
  }

  private var head: StateHead? {
    if case .state(let head) = self { head } else { nil }
  }

  /// What the guest was shown.
  fileprivate func shown() throws(MachineDescriptionError) -> MachineCapabilities? {
    switch self {
    case .processor: try shown(at: processor.level)
    case .tree(let tree, _): MachineCapabilities(shownBy: tree)
    case .state(let head): head.capabilities
    }
  }

  /// What the guest would be shown at most if it ran at another level.
  fileprivate func shown(
    at level: CompatibilityLevel?
  ) throws(MachineDescriptionError) -> MachineCapabilities {
    var machine = try machine(like: head)
    machine.maximumLevel = nil
    return try .offered(by: machine, at: level, threads: threads)
  }

  /// What this destination has for a guest at a level.
  fileprivate func offered(
    to source: MigrationEnd, at level: CompatibilityLevel?
  ) throws(MachineDescriptionError) -> MachineCapabilities? {
    if case .tree(let tree, _) = self { return MachineCapabilities(offeredBy: tree) }
    let machine = try machine(like: source.head)
    try machine.validate()
    return try .offered(by: machine, at: level)
  }
}

/// Whether a guest may move, by the rule and by what it was shown; if not, why, and what would help.
public struct MigrationAnswer: Hashable, Sendable {
  public var verdict: MigrationVerdict
  /// What the guest was shown and the destination does not have. The rule comes first: this is
  /// empty where it refuses.
  public var missing: [MissingCapability]
  /// The newest level at which such a guest could move, where it cannot; nil when there is none.
  public var helpfulLevel: CompatibilityLevel?

  public var isAllowed: Bool { verdict.isAllowed && missing.isEmpty }

  /// - Throws: what is wrong with the machine of a saved state on the other processor.
  public init(
    from source: MigrationEnd, to destination: MigrationEnd
  ) throws(MachineDescriptionError) {
    let level = source.processor.level
    verdict = MigrationVerdict(from: source.processor, to: destination.processor)
    missing = []
    if verdict.isAllowed, let offered = try destination.offered(to: source, at: level) {
      missing = try source.shown()?.missing(in: offered) ?? []
    }
    guard !isAllowed else { return }
    for level in CompatibilityLevel.allCases.reversed() {
      guard level != source.processor.level, source.processor.model.supports(level) else {
        continue
      }
      let processor = MigrationProcessor(model: source.processor.model, level: level)
      guard MigrationVerdict(from: processor, to: destination.processor).isAllowed,
        let offered = try? destination.offered(to: source, at: level),
        let shown = try? source.shown(at: level), shown.missing(in: offered).isEmpty
      else { continue }
      helpfulLevel = level
      return
    }
  }
}
