public import DeviceTree
public import MachineDescription
public import PowerISA
public import ProcessorCatalog

/// One end of a migration, as the user describes it.
public enum MigrationEnd: Sendable {
  /// A processor: as a source with the level of its guest, as a destination with its limit.
  case processor(MigrationProcessor)
  /// The tree of a guest or of a machine.
  case tree(DeviceTree, MigrationProcessor)
  /// The beginning of a saved state.
  case state(StateHead)

  /// The processor of this end.
  public var processor: MigrationProcessor {
    switch self {
    case .processor(let processor), .tree(_, let processor): processor
    case .state(let head): head.source
    }
  }
}

// MARK: the guest

extension MigrationEnd {
  private var head: StateHead? {
    if case .state(let head) = self { head } else { nil }
  }

  /// The machine that the guest runs on.
  private func ownMachine() throws(MachineDescriptionError) -> MachineDescription {
    if let head { return head.description }
    return try .ordinary(processor.model, at: processor.level)
  }

  /// What the guest's tree advertises.
  fileprivate func advertised() throws(MachineDescriptionError) -> MachineCapabilities? {
    switch self {
    case .processor: try .offered(by: ownMachine(), at: processor.level)
    case .tree(let tree, _): MachineCapabilities(advertisedBy: tree)
    case .state(let head): head.capabilities
    }
  }

  /// What the guest's tree would advertise if it had been limited to `level`.
  fileprivate func advertised(
    at level: CompatibilityLevel
  ) throws(MachineDescriptionError) -> MachineCapabilities? {
    var machine = try ownMachine()
    let now = try MachineCapabilities.offered(by: machine, at: processor.level)
    machine.maximumLevel = level
    let then = try MachineCapabilities.offered(by: machine, at: level)
    return try advertised()?.changed(from: now, to: then)
  }
}

// MARK: the destination

extension MigrationEnd {
  /// What this destination has for a guest at a level.
  fileprivate func offered(
    to source: MigrationEnd, at level: CompatibilityLevel?
  ) throws(MachineDescriptionError) -> MachineCapabilities {
    if case .tree(let tree, _) = self {
      return MachineCapabilities(offeredBy: tree) ?? MachineCapabilities()
    }
    // A machine with this processor, in all else as the guest's where that is known.
    let machine =
      if let head = source.head {
        head.description(on: processor.model, limit: processor.level)
      } else {
        try MachineDescription.mostCapable(processor.model, limit: processor.level)
      }
    try machine.validate()
    return try .offered(by: machine, at: level)
  }
}

extension MachineDescription {
  /// A machine of which only the processor is known, with all threads of a core.
  fileprivate static func ordinary(
    _ processor: ProcessorModel, at limit: CompatibilityLevel?
  ) throws(MachineDescriptionError) -> MachineDescription {
    MachineDescription(
      processor: processor, maximumLevel: limit,
      topology: try ProcessorTopology(processors: processor.threads, threads: processor.threads))
  }

  /// The machine with a processor whose options offer a guest the most.
  fileprivate static func mostCapable(
    _ processor: ProcessorModel, limit: CompatibilityLevel?
  ) throws(MachineDescriptionError) -> MachineDescription {
    var machine = try ordinary(processor, at: limit)
    machine.maximumMemory = 2 * machine.memory
    machine.hasKVMParavirtual = true
    machine.largestHashPageShift = 34
    return machine
  }
}

// MARK: the answer

/// Whether a guest may move, by the rule and by what its tree advertises; if not, why, and what would help.
public struct MigrationAnswer: Hashable, Sendable {
  /// What the rule about the two processors says.
  public var verdict: MigrationVerdict
  /// What the guest's tree advertises and the destination does not have. The rule comes first: this is
  /// empty where it refuses.
  public var missing: [MissingCapability] = []
  /// The newest level at which such a guest could move, where it cannot; nil when there is none.
  public var helpfulLevel: CompatibilityLevel?
  /// Why no level helps that the rule allows, in one line; nil where one does, or the rule allows
  /// none.
  public var obstacle: String?

  /// True if the rule allows the move and no capability is missing.
  public var isAllowed: Bool { verdict.isAllowed && missing.isEmpty }

  /// - Throws: what is wrong with the machine of a saved state on the other processor.
  public init(
    from source: MigrationEnd, to destination: MigrationEnd
  ) throws(MachineDescriptionError) {
    let level = source.processor.level
    verdict = MigrationVerdict(from: source.processor, to: destination.processor)
    if verdict.isAllowed, let advertised = try source.advertised() {
      missing = advertised.missing(in: try destination.offered(to: source, at: level))
    }
    if !isAllowed { advise(source, destination) }
  }

  /// Looks for a level that helps, the newest first.
  private mutating func advise(_ source: MigrationEnd, _ destination: MigrationEnd) {
    let model = source.processor.model
    /// What would be missing at each level that the rule allows, the newest first.
    var obstacles: [(level: CompatibilityLevel, missing: [MissingCapability])] = []
    for level in CompatibilityLevel.allCases.reversed() where model.supports(level) {
      let processor = MigrationProcessor(model: model, level: level)
      guard MigrationVerdict(from: processor, to: destination.processor).isAllowed else { continue }
      guard level != source.processor.level else {
        obstacles.append((level, missing))
        continue
      }
      do throws(MachineDescriptionError) {
        let offered = try destination.offered(to: source, at: level)
        let missing = try source.advertised(at: level)?.missing(in: offered) ?? []
        guard !missing.isEmpty else {
          helpfulLevel = level
          return
        }
        obstacles.append((level, missing))
      } catch {
        // The machine of a saved state cannot be had on that processor, whatever the level.
        obstacle = "\(error)"
        return
      }
    }
    obstacle = Self.obstacle(obstacles)
  }

  private static func obstacle(
    _ obstacles: [(level: CompatibilityLevel, missing: [MissingCapability])]
  ) -> String? {
    guard let newest = obstacles.first else { return nil }
    // What is missing at all of them does not depend on the level.
    let always = newest.missing.compactMap { capability -> MissingCapability? in
      var common = capability
      for other in obstacles.dropFirst() {
        let values = other.missing.first { $0.name == capability.name }?.advertised ?? []
        common.advertised = common.advertised.filter { values.contains($0) }
      }
      return common.advertised.isEmpty ? nil : common
    }
    func list(_ missing: [MissingCapability]) -> String {
      missing.map { "\($0.name) \($0.advertised.joined(separator: ", "))" }.joined(separator: "; ")
    }
    return always.isEmpty
      ? "at level \(newest.level) the destination would lack \(list(newest.missing))"
      : "at every level the destination lacks \(list(always))"
  }
}
