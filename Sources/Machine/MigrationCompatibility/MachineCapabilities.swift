public import DeviceTree
internal import OpenFirmware
public import MachineDescription
internal import PlatformTree
public import PowerISA
public import SavedState

/// What a guest's tree advertises of its machine, by name, so that another machine can be asked for each.
///
/// All of it is read out of a device tree by the rows of `CapabilityRow.all`; what a machine has
/// is read by the same rows out of the tree that it would show at most.
public struct MachineCapabilities: Hashable, Sendable {
  /// One capability: a number in decimal, or names.
  public struct Entry: Hashable, Sendable {
    /// The capability, a row of `CapabilityRow.all`.
    public var name: String
    /// What the tree says of it, by the row.
    public var values: [String]

    /// A capability with the values that a tree has for it.
    public init(name: String, values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// In the order of the rows. Values that the tree lacks are left out.
  public var entries: [Entry]

  /// Capabilities in the order of the rows.
  public init(entries: [Entry] = []) { self.entries = entries }

  /// The values of a capability; nil where it is not among them.
  public subscript(name: String) -> [String]? { entries.first { $0.name == name }?.values }
}

extension MachineCapabilities {
  /// What this tree advertises; nil when the tree has no processor.
  public init?(advertisedBy tree: DeviceTree) {
    guard let reading = TreeReading(tree) else { return nil }
    entries = CapabilityRow.all.compactMap { row in
      row.advertised(reading).map { Entry(name: row.name, values: $0) }
    }
  }

  /// What the machine of this tree has; nil when the tree has no processor.
  public init?(offeredBy tree: DeviceTree) {
    guard let reading = TreeReading(tree) else { return nil }
    entries = CapabilityRow.all.compactMap { row in
      (row.offered ?? row.advertised)(reading).map { Entry(name: row.name, values: $0) }
    }
  }

  /// What a machine can show a guest at `level`: what its own tree shows, built for a guest that asks
  /// for everything.
  ///
  /// The tree is the one that the machine builds after a negotiation, from the same description and
  /// the same dispatch tables, so that a machine always offers what it advertises.
  /// - Throws: what is wrong with the description.
  public static func offered(
    by description: MachineDescription, at level: CompatibilityLevel?
  ) throws(MachineDescriptionError) -> MachineCapabilities {
    let served = ServedCalls(for: description)
    let architecture = description.platformOffer(served: served).everything(at: level)
    let tree = try PlatformTree.build(description, served: served, negotiated: architecture)
    return MachineCapabilities(offeredBy: tree) ?? MachineCapabilities()
  }
}

extension MachineCapabilities {
  /// These capabilities without the ones that a machine lacks: a tree that the user made may advertise
  /// more than a guest can use.
  public func limited(to machine: MachineCapabilities) -> MachineCapabilities {
    MachineCapabilities(
      entries: CapabilityRow.all.compactMap { row in
        guard let advertised = self[row.name], let available = machine[row.name] else { return nil }
        return Entry(name: row.name, values: row.rule.limited(advertised, to: available))
      })
  }

  /// What the guest's tree would advertise at another level: these capabilities with the differences
  /// that a level makes on its machine.
  ///
  /// - Parameters:
  ///   - now: what its machine offers at the level of these.
  ///   - then: what its machine offers at the other level.
  func changed(from now: MachineCapabilities, to then: MachineCapabilities) -> MachineCapabilities {
    MachineCapabilities(
      entries: entries.map { entry in
        guard let row = CapabilityRow.all.first(where: { $0.name == entry.name }),
          let now = now[entry.name], let then = then[entry.name]
        else { return entry }
        return Entry(name: entry.name, values: row.rule.changed(entry.values, from: now, to: then))
      })
  }
}

// MARK: comparison

/// A capability that a guest's tree advertises and a machine does not have.
public struct MissingCapability: Hashable, Sendable, CustomStringConvertible {
  /// The capability, a row of `CapabilityRow.all`.
  public var name: String
  /// What the tree advertises and the machine lacks.
  public var advertised: [String]
  /// All that is there.
  public var available: [String]

  /// `SLB entries: the guest's tree advertises 64, the destination has 32`.
  public var description: String {
    func list(_ values: [String]) -> String {
      values.isEmpty ? "none" : values.joined(separator: ", ")
    }
    return "\(name): the guest's tree advertises \(list(advertised)), "
      + "the destination has \(list(available))"
  }
}

extension MachineCapabilities {
  /// The capabilities that a machine lacks. A value that either side lacks is no
  /// reason to refuse; a capability without a row here is.
  public func missing(in destination: MachineCapabilities) -> [MissingCapability] {
    entries.compactMap { entry in
      guard let row = CapabilityRow.all.first(where: { $0.name == entry.name }) else {
        return MissingCapability(name: entry.name, advertised: entry.values, available: [])
      }
      guard let available = destination[entry.name] else { return nil }
      let missing = row.rule.missing(entry.values, available)
      return missing.isEmpty
        ? nil : MissingCapability(name: entry.name, advertised: missing, available: available)
    }
  }
}

// MARK: in streams

extension MachineCapabilities {
  /// Saves or restores them.
  public mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.list("caps", &entries, initial: Entry(name: "", values: [])) {
      entry, coder throws(StateError) in
      try coder.field("key", CapabilityRow.key(of: entry.name)) { key in
        entry.name = CapabilityRow.name(of: key)
      }
      try coder.list("values", &entry.values, initial: "") { value, coder throws(StateError) in
        try coder.field("value", &value)
      }
    }
  }
}
