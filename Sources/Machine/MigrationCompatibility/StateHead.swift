internal import HostSupport
public import MachineDescription
public import PowerISA
public import SavedState

/// The beginning of a saved state: all that decides whether a machine can continue the guest.
///
/// It is in the sections `machine`, `level` when a level is active, and `caps`.
public struct StateHead: Hashable, Sendable {
  /// The machine, without what a host gives it: files, sockets, engines.
  public var description: MachineDescription
  /// Whether its time is counted in instructions.
  public var isDeterministic: Bool
  /// The level the guest runs at.
  public var level: CompatibilityLevel?
  /// The capabilities in the guest's tree; nil in streams without them.
  public var capabilities: MachineCapabilities?

  /// The head of a machine that is about to be saved.
  public init(
    description: MachineDescription, isDeterministic: Bool, level: CompatibilityLevel?,
    capabilities: MachineCapabilities?
  ) {
    self.description = description
    self.isDeterministic = isDeterministic
    self.level = level
    self.capabilities = capabilities
  }
}

extension StateSection {
  /// The level the guest runs at, where it runs at one.
  public static let level = StateSection("level")
  /// What the guest's tree advertises.
  public static let capabilities = StateSection("caps")

  /// The sections of a ``StateHead``.
  public static let head = [machine, level, capabilities]
}

// MARK: writing

/// Why a stream for an older version cannot be made.
public enum MachineVersionError: Error, Hashable, CustomStringConvertible {
  /// The version has no word for a level, and the processor's own level would differ from it.
  case level(CompatibilityLevel, ProcessorModel, MachineVersion)

  /// The reason in one line.
  public var description: String {
    switch self {
    case .level(let level, let processor, let version):
      "machine version \(version) cannot say that the guest runs at level \(level): "
        + "the destination would run it as \(processor.name) without a PCR"
    }
  }
}

extension StateHead {
  /// Finds the state of the guest that a version cannot represent.
  ///
  /// A program of version 1.0 runs the guest without a level. That is the same only where the level
  /// takes nothing away: where its PCR is 0.
  public func check(_ version: MachineVersion) throws(MachineVersionError) {
    guard version < .v1_1, let level,
      !description.processor.effectivePCR(at: level).isEmpty
    else { return }
    throw .level(level, description.processor, version)
  }

  /// Writes the sections that `version` has.
  public func write(
    to writer: inout StateWriter, version: MachineVersion = .newest
  ) throws(StateError) {
    do throws(MachineVersionError) {
      try check(version)
    } catch {
      throw StateError(.value("\(error)"), in: StateSection.level.key, at: writer.offset)
    }
    var copy = self
    try writer.section(.machine) { coder throws(StateError) in
      try coder.field("det", &copy.isDeterministic)
      try copy.description.code(&coder)
    }
    if let level, version >= .v1_1 {
      var (name, logicalPVR) = (level.name, level.logicalPVR)
      try writer.section(.level) { coder throws(StateError) in
        try coder.field("name", &name)
        try coder.field("pvr", &logicalPVR)
      }
    }
    if var capabilities, version >= .v1_2 {
      try writer.section(.capabilities) { coder throws(StateError) in
        try capabilities.code(&coder)
      }
    }
  }
}

// MARK: reading

extension StateHead {
  /// Reads the sections at the beginning of a stream, of any version.
  public init(from reader: inout StateReader) throws(StateError) {
    let section = try reader.next(.machine)
    do throws(MachineDescriptionError) {
      description = try .placeholder()
    } catch {
      throw section.error(.value("\(error)"))
    }
    isDeterministic = false
    try section.fields(of: .machine) { coder throws(StateError) in
      try coder.field("det", &isDeterministic)
      try description.code(&coder)
    }
    do throws(MachineDescriptionError) {
      try description.validate()
    } catch {
      throw section.error(.value("\(error)"))
    }
    if try reader.has(.level, true) { try readLevel(&reader) }
    guard try reader.has(.capabilities, true) else { return }
    var read = MachineCapabilities()
    try reader.section(.capabilities) { coder throws(StateError) in try read.code(&coder) }
    capabilities = read
  }

  private mutating func readLevel(_ reader: inout StateReader) throws(StateError) {
    var level: CompatibilityLevel?
    let processor = description.processor
    try reader.section(.level) { coder throws(StateError) in
      try coder.field("name", "") { name throws(InvalidValue) in
        level = CompatibilityLevel(name: name)
        guard let level else { throw InvalidValue("there is no level '\(name)'") }
        guard processor.supports(level) else {
          throw InvalidValue("\(processor.name) has no level \(level)")
        }
      }
      try coder.field("pvr", UInt32(0)) { version throws(InvalidValue) in
        guard version == level?.logicalPVR else {
          throw InvalidValue("\(version.hexadecimal(digits: 8)) is not \(level?.name ?? "")")
        }
      }
    }
    self.level = level
  }
}
