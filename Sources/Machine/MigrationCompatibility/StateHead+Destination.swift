public import MachineDescription
public import PowerISA

/// Why a machine cannot go on with a guest.
public struct MigrationRefusal: Error, Hashable, CustomStringConvertible {
  /// The reason by the rule; nil when only capabilities are missing.
  public var reason: String?
  public var missing: [MissingCapability] = []

  /// One line.
  public var description: String {
    ((reason.map { [$0] } ?? []) + missing.map(\.description)).joined(separator: "; ")
  }
}

extension StateHead {
  /// The guest's side of a migration.
  public var source: MigrationProcessor {
    MigrationProcessor(
      model: description.processor, version: description.processor.version, level: level)
  }

  /// The machine that goes on with the guest.
  ///
  /// - Parameters:
  ///   - processor: what it runs on; nil for one as the guest had.
  ///   - limit: the newest level allowed there.
  /// - Throws: why there is none: by the rule, or the capabilities, each by name.
  public func destination(
    processor: ProcessorModel? = nil, limit: CompatibilityLevel? = nil
  ) throws(MigrationRefusal) -> MachineDescription {
    let model = processor ?? description.processor
    let verdict = MigrationVerdict(
      from: source, to: MigrationProcessor(model: model, level: limit))
    guard verdict.isAllowed else { throw MigrationRefusal(reason: verdict.reason) }
    let destination = description(on: model, limit: limit)
    let missing: [MissingCapability]
    do throws(MachineDescriptionError) {
      try destination.validate()
      let offered = try MachineCapabilities.offered(by: destination, at: level)
      missing = capabilities?.missing(in: offered) ?? []
    } catch {
      throw MigrationRefusal(reason: "\(model.name) cannot be the guest's machine: \(error)")
    }
    guard missing.isEmpty else { throw MigrationRefusal(missing: missing) }
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
