internal import HostSupport
public import PowerISA
public import ProcessorCatalog

/// Why a platform cannot be selected.
public enum PlatformSelectionError: Error, Hashable, Sendable {
  // MARK: what is written
  case unknownPlatform(UInt16)
  case unknownArchitecture(UInt16)
  case unknownVersion(UInt32)
  case unknownFlags(UInt32)
  /// Bytes of the binary form, and how many there must be.
  case length(Int)
  /// An offset in the reserved room of the binary form.
  case reserved(Int)
  /// A part of the text form.
  case text(String)

  // MARK: what contradicts itself
  /// A logical version and an architecture that are not the same.
  case disagreement(CompatibilityLevel, ISALevel)
  case beyondProcessor(RecognizedProcessor, ISALevel)
  /// The flag for a foreign architecture, and the family that is not foreign.
  case notForeign(ProcessorFamily)
  /// A processor of the selection and one that was chosen besides.
  case otherProcessor(RecognizedProcessor, chosen: String)

  // MARK: what the machine does not have
  /// No engine runs this family.
  case family(RecognizedProcessor, PlatformSelection.Platform)
  case platform(PlatformSelection.Platform, ProcessorFamily)
  /// An engine that was asked for by name, and those that would serve.
  case noEngine(String, [String])
  /// A chip of the right family that there is no model of.
  case noModel(RecognizedProcessor)
  /// A version of the architecture that this processor cannot be limited to.
  case level(ISALevel, processor: String, valid: [CompatibilityLevel])
}

extension PlatformSelectionError: CustomStringConvertible {
  /// The reason in words, with the offset or the part of the text.
  public var description: String {
    switch self {
    case .unknownPlatform(let number):
      "platform \(number) is not defined; there are "
        + PlatformSelection.Platform.allCases.map { "\($0.rawValue) (\($0.name))" }
        .joined(separator: ", ")
    case .unknownArchitecture(let number):
      "there is no architecture level \(number); there are "
        + ISALevel.allCases.map { "\($0.rawValue)" }.joined(separator: ", ")
    case .unknownVersion(let version):
      "no processor has the version \(version.hexadecimal(digits: 8))"
    case .unknownFlags(let bits): "flags \(bits.hexadecimal(digits: 8)) are not defined"
    case .length(let count):
      "the structure has \(count) bytes instead of \(PlatformSelection.size)"
    case .reserved(let offset): "byte \(offset) is reserved and not zero"
    case .text(let part):
      "'\(part)' is not understood: PLATFORM[,arch=LEVEL][,pvr=VERSION][,flags=cross-arch]"
    case .disagreement(let level, let isa):
      "\(level.logicalPVR.hexadecimal(digits: 8)) is architecture \(level.isa.rawValue), not \(isa.rawValue)"
    case .beyondProcessor(let chip, let isa):
      "architecture \(isa.rawValue) is newer than \(chip.name)"
    case .notForeign(let family):
      "cross-arch is said of a \(family) guest, which is what the engine is"
    case .otherProcessor(let chip, let chosen):
      "the version is that of \(chip.name), and the processor chosen is \(chosen)"
    case .family(let chip, let platform):
      "\(chip.name) is a \(chip.family) processor: no engine here runs platform \(platform.name) "
        + "for that family"
    case .platform(let platform, let family):
      "platform \(platform.name) is not available for \(family) processors: this machine is a "
        + "partition (\(PlatformSelection.Platform.papr.name))"
    case .noEngine(let name, let names):
      "there is no engine \(name) here; there is \(names.joined(separator: ", "))"
    case .noModel(let chip): "\(chip.name) is known, but there is no model of it to run"
    case .level(let isa, let processor, let valid):
      "\(processor) cannot be limited to architecture \(isa.rawValue); it can to "
        + valid.map { "\($0.isa.rawValue) (\($0.name))" }.joined(separator: ", ")
    }
  }
}
