public import PowerISA
public import ProcessorCatalog

/// What a guest is to find around its processor, said in one value and checked as a whole.
///
/// A logical processor version and an architecture level say the same: 0x0f000002 is 205. Which
/// engine serves a selection, and whether the guest's architecture is foreign to it, is the machine's
/// to decide; see ``PlatformDecision``.
public struct PlatformSelection: Hashable, Sendable {
  /// The interface between an operating system and what it runs on.
  public enum Platform: UInt16, CaseIterable, Sendable {
    /// Bare metal: no hypervisor to call.
    case none = 0
    /// The hypercalls of KVM, and nothing else.
    case kvm = 1
    /// A partition of the Power Architecture Platform Reference.
    case papr = 2
  }

  /// What else a selection says.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The flags as the binary form has them.
    public let rawValue: UInt32
    /// The flags of a word.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The guest's architecture is so different from the engine's own that its supervisor state
    /// cannot be the engine's.
    public static let crossArchitecture = Flags(rawValue: 1)
    static let all: Flags = [.crossArchitecture]
  }

  /// The platform: what the guest finds around its processor.
  public let platform: Platform
  /// The version of the ISA problem state is to have; nil leaves the processor's own.
  public let architecture: ISALevel?
  /// A processor version: a real one, or a logical one that ``architecture`` alone cannot say.
  public let version: UInt32?
  /// The flags.
  public let flags: Flags

  /// Checks everything against everything else.
  ///
  /// - Parameters:
  ///   - platform: the number of a platform.
  ///   - architecture: in hundredths, decimal: 206 is 2.06; 0 leaves it open.
  ///   - version: a processor version register, real or logical; 0 leaves it open.
  ///   - flags: features that are wanted, by bit.
  public init(
    platform: UInt16, architecture: UInt16 = 0, version: UInt32 = 0, flags: UInt32 = 0
  ) throws(PlatformSelectionError) {
    guard let platform = Platform(rawValue: platform) else { throw .unknownPlatform(platform) }
    let flags = Flags(rawValue: flags)
    guard flags.isSubset(of: .all) else {
      throw .unknownFlags(flags.subtracting(.all).rawValue)
    }
    var level: ISALevel?
    if architecture != 0 {
      level = ISALevel(rawValue: Int(architecture))
      if level == nil { throw .unknownArchitecture(architecture) }
    }
    self.platform = platform
    self.flags = flags
    if version >> 24 == Self.logicalPrefix {
      guard let logical = CompatibilityLevel(logicalPVR: version) else {
        throw .unknownVersion(version)
      }
      if let level, level != logical.isa { throw .disagreement(logical, level) }
      self.architecture = logical.isa
      self.version = CompatibilityLevel(spelling: logical.isa) == logical ? nil : version
    } else if version != 0 {
      guard let chip = RecognizedProcessor.recognize(version: version)?.processor else {
        throw .unknownVersion(version)
      }
      if let level, let own = chip.isa, level > own { throw .beyondProcessor(chip, level) }
      self.architecture = level
      self.version = version
    } else {
      self.architecture = level
      self.version = nil
    }
  }

  /// The first byte of logical processor versions.
  private static let logicalPrefix: UInt32 = 0x0f
}

extension PlatformSelection {
  /// The level it names, if its architecture is one that partitions can be limited to.
  public var level: CompatibilityLevel? {
    version.flatMap { CompatibilityLevel(logicalPVR: $0) }
      ?? architecture.flatMap { CompatibilityLevel(spelling: $0) }
  }

  /// The real processor it names.
  public var processor: RecognizedProcessor? {
    version.flatMap { RecognizedProcessor.recognize(version: $0)?.processor }
  }
}

extension CompatibilityLevel {
  /// The level that an architecture level is another spelling of: the first of that version.
  public init?(spelling isa: ISALevel) {
    guard let level = Self.allCases.first(where: { $0.isa == isa }) else { return nil }
    self = level
  }
}
