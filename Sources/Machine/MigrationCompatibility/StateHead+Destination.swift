public import MachineDescription
public import PowerISA
public import ProcessorCatalog

/// Why a machine cannot continue a guest.
public enum MigrationError: Error, Hashable, CustomStringConvertible {
  /// The rule about the two processors forbids it.
  case rule(MigrationVerdict)
  /// The guest's topology, memory or devices cannot be had with the processor.
  case machine(ProcessorModel, MachineDescriptionError)
  /// The machine lacks what the guest's tree advertises.
  case capabilities([MissingCapability])

  /// The capabilities that are missing; nil where there is another reason.
  public var missing: [MissingCapability]? {
    if case .capabilities(let missing) = self { missing } else { nil }
  }

  /// The reason in one line, which names each missing capability.
  public var description: String {
    switch self {
    case .rule(let verdict): verdict.reason
    case .machine(let model, let error):
      "\(model.name) cannot be the guest's machine: \(error)"
    case .capabilities(let missing): missing.map(\.description).joined(separator: "; ")
    }
  }
}

extension StateHead {
  /// The guest's side of a migration.
  public var source: MigrationProcessor {
    MigrationProcessor(
      model: description.processor, version: description.processor.version, level: level)
  }

  /// The machine that continues the guest.
  ///
  /// - Parameters:
  ///   - processor: what it runs on; nil for one as the guest had.
  ///   - limit: the newest level allowed there.
  /// - Throws: why there is none: by the rule, or the capabilities, each by name.
  public func destination(
    processor: ProcessorModel? = nil, limit: CompatibilityLevel? = nil
  ) throws(MigrationError) -> MachineDescription {
    let model = processor ?? description.processor
    let verdict = MigrationVerdict(
      from: source, to: MigrationProcessor(model: model, level: limit))
    guard verdict.isAllowed else { throw .rule(verdict) }
    let destination = description(on: model, limit: limit)
    let missing: [MissingCapability]
    do throws(MachineDescriptionError) {
      try destination.validate()
      let offered = try MachineCapabilities.offered(by: destination, at: level)
      missing = capabilities?.missing(in: offered) ?? []
    } catch {
      throw .machine(model, error)
    }
    guard missing.isEmpty else { throw .capabilities(missing) }
    return destination
  }

  /// The guest's machine on another processor.
  func description(on model: ProcessorModel, limit: CompatibilityLevel?) -> MachineDescription {
    var machine = description
    machine.processor = model
    if let limit { machine.maximumLevel = limit }
    // A limit beyond the processor is none.
    if let level = machine.maximumLevel, !model.supports(level) { machine.maximumLevel = nil }
    return machine
  }
}
