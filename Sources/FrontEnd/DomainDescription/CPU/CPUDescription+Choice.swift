public import PowerISA
internal import ProcessorCatalog

/// How a processor stands to the one that is asked for, in the words of `virsh`.
public enum CPUComparison: Hashable, Sendable {
  case identical
  /// The host has all of it, and more.
  case superset
  case incompatible(because: String)
}

extension CPUDescription {
  /// The processor and the level of a guest.
  ///
  /// - Parameter host: the processor that is there; nil when any of this package may be.
  public func choice(
    host: ProcessorModel?
  ) throws(DomainError) -> (processor: ProcessorModel, level: CompatibilityLevel?) {
    let level = try self.level()
    // `??` would forget the type of the error.
    let processor = if let host { host } else { try free(at: level) }
    if case .incompatible(let reason) = try comparison(host: processor) {
      throw place.error(reason, .incompatible)
    }
    return (processor, level)
  }

  /// The processor where any may be.
  private func free(at level: CompatibilityLevel?) throws(DomainError) -> ProcessorModel {
    guard let named = try namedModel(), mode == .custom else { return .newest(supporting: level) }
    guard let processor = named.processors.first else {
      let family = named.family?.rawValue ?? "foreign"
      throw place.error(
        "\(named.name) is a \(family) processor: no engine here runs it", .incompatible)
    }
    return processor
  }

  /// What `virsh cpu-compare` says of this description on `host`.
  public func comparison(host: ProcessorModel) throws(DomainError) -> CPUComparison {
    try comparison(host: CPUHost(host))
  }

  /// What `virsh cpu-compare` says of this description on `host`.
  ///
  /// libvirt's PowerPC driver does not order models by age; `match='minimum'` is taken at
  /// its word here.
  public func comparison(host: CPUHost) throws(DomainError) -> CPUComparison {
    let named = try namedModel()
    let level = try self.level()
    if let architecture, !["ppc64", "ppc64le"].contains(architecture) {
      return .incompatible(because: "architecture \(architecture) is not that of \(host)")
    }
    if let vendor, vendor != host.model?.vendor ?? "IBM" {
      guard CPUModel.all.contains(where: { $0.vendor == vendor }) else {
        throw place.error("vendor '\(vendor)' is none of IBM, Freescale", .unsupported)
      }
      return .incompatible(because: "\(host) is not made by \(vendor)")
    }
    if let level {
      guard host.processor?.supports(level) ?? false else {
        return .incompatible(because: Self.reason(host, cannotRunAt: level))
      }
      return .identical
    }
    guard let named, mode == .custom || mode == nil else { return .identical }
    if host.model == named { return .identical }
    if match == .minimum, mode == .custom, let rank = named.rank, let ownRank = host.model?.rank,
      ownRank > rank
    {
      return .superset
    }
    return .incompatible(because: "\(host) is not a \(named.name)")
  }

  private static func reason(_ host: CPUHost, cannotRunAt level: CompatibilityLevel) -> String {
    let levels = CompatibilityLevel.modes.filter { host.processor?.supports($0) ?? false }
    guard !levels.isEmpty else { return "\(host) has no compatibility modes" }
    return "\(host) cannot run at level \(level.name); it can at "
      + levels.map(\.name).joined(separator: ", ")
  }

  /// The compatibility mode that `host-model` names.
  private func level() throws(DomainError) -> CompatibilityLevel? {
    guard mode == .hostModel, let model else { return nil }
    guard let level = CompatibilityLevel.mode(model) else {
      throw place.error(
        "'\(model)' is no compatibility mode; there are \(CompatibilityLevel.modeNames)",
        .unsupported)
    }
    return level
  }

  /// The model that a custom processor or a host names.
  public func namedModel() throws(DomainError) -> CPUModel? {
    guard let model, mode == .custom || mode == nil else { return nil }
    guard let named = CPUModel.named(model) else {
      throw place.error(
        "'\(model)' is no processor model; there are \(CPUModel.names)", .unsupported)
    }
    return named
  }
}

extension CPUDescription {
  /// What guests of several hosts can have, as a `<cpu>` element: the model when all are alike, and
  /// otherwise the newest level that all of them support.
  public static func baseline(_ hosts: [CPUDescription]) throws(DomainError) -> String {
    var models: [CPUModel] = []
    for host in hosts {
      guard host.mode == nil, let model = try host.namedModel() else {
        throw host.place.error("a host's <cpu> names a model, and has no mode", .unsupported)
      }
      if let vendor = host.vendor, vendor != model.vendor {
        throw host.place.error("\(model.name) is not made by \(vendor)", .unsupported)
      }
      models.append(model)
    }
    guard let first = models.first, let last = hosts.last else {
      throw DomainError(
        kind: .malformed, file: "", line: 0, element: "", reason: "there is no host's <cpu>")
    }
    if models.allSatisfy({ $0 == first }) {
      return """
        <cpu mode='custom' match='exact'>
          <model fallback='forbid'>\(first.name)</model>
        </cpu>

        """
    }
    let common = CompatibilityLevel.modes.last { level in
      models.allSatisfy { $0.processors.first?.supports(level) ?? false }
    }
    guard let common else { throw last.place.error("CPUs are incompatible", .incompatible) }
    return """
      <cpu mode='host-model'>
        <model>\(common.name)</model>
      </cpu>

      """
  }
}
