internal import HostSupport
internal import JSON
public import PowerISA
public import ProcessorCatalog

/// An engine, as far as a selection depends on it.
public struct PlatformEngine: Hashable, Sendable {
  /// The engine's name on command lines.
  public var name: String
  /// The family whose supervisor state it executes as its own.
  public var native: ProcessorFamily
  /// What it can put around processors of each family it runs.
  public var platforms: [ProcessorFamily: Set<PlatformSelection.Platform>]

  /// An engine that serves these platforms for guests of each family.
  public init(
    name: String, native: ProcessorFamily,
    platforms: [ProcessorFamily: Set<PlatformSelection.Platform>]
  ) {
    self.name = name
    self.native = native
    self.platforms = platforms
  }
}

/// What a machine makes of a selection: the engine, the processor, and how the guest's architecture
/// comes about.
public struct PlatformDecision: Hashable, Sendable {
  /// What was asked for.
  public let selection: PlatformSelection
  /// The engine that runs the guest: the first of ``engines``.
  public let engine: PlatformEngine
  /// Every engine that serves the selection, in the order of preference.
  public let engines: [PlatformEngine]
  /// The processor that the guest gets.
  public let processor: ProcessorModel
  /// The limit that a guest gets; nil for the processor as it is.
  public let level: CompatibilityLevel?
  /// Whether the guest's architecture is foreign to the engine. An older level of the same family is
  /// not: the processor itself takes it away from problem state.
  public let isCrossArchitecture: Bool

  /// - Parameters:
  ///   - selection: what was asked for.
  ///   - engines: in the order of preference, not empty.
  ///   - chosen: a processor that was asked for besides the selection.
  ///   - engineName: an engine that was asked for; nil for the first that serves.
  public init(
    _ selection: PlatformSelection, engines: [PlatformEngine], chosen: ProcessorModel? = nil,
    engineName: String? = nil
  ) throws(PlatformSelectionError) {
    let chip = selection.processor
    let family = chip?.family ?? .server64
    let candidates = engines.filter { $0.platforms[family] != nil }
    guard !candidates.isEmpty else {
      throw chip.map { .family($0, selection.platform) } ?? .platform(selection.platform, family)
    }
    let serving = candidates.filter {
      $0.platforms[family]?.contains(selection.platform) ?? false
    }
    guard let first = serving.first else { throw .platform(selection.platform, family) }
    if let engineName {
      guard let named = serving.first(where: { $0.name == engineName }) else {
        throw .noEngine(engineName, serving.map(\.name))
      }
      self.engine = named
    } else {
      self.engine = first
    }
    self.engines = serving
    self.selection = selection
    isCrossArchitecture = family != self.engine.native
    // The flag may be left out, but not be wrong.
    if selection.flags.contains(.crossArchitecture) && !isCrossArchitecture {
      throw .notForeign(family)
    }
    processor = try Self.processor(for: selection, chip, chosen)
    if let isa = selection.architecture {
      level = try Self.level(for: isa, selection.level, processor)
    } else {
      level = nil
    }
  }

  private static func level(
    for isa: ISALevel, _ level: CompatibilityLevel?, _ processor: ProcessorModel
  ) throws(PlatformSelectionError) -> CompatibilityLevel? {
    if let level, processor.supports(level) { return level }
    // A processor that cannot be limited can still be what it is.
    if isa == processor.isa { return nil }
    throw .level(
      isa, processor: processor.name,
      valid: CompatibilityLevel.allCases.filter(processor.supports))
  }

  private static func processor(
    for selection: PlatformSelection, _ chip: RecognizedProcessor?, _ chosen: ProcessorModel?
  ) throws(PlatformSelectionError) -> ProcessorModel {
    guard let chip else { return chosen ?? .newest(supporting: selection.level) }
    guard let model = chip.model else { throw .noModel(chip) }
    if let chosen, chosen != model { throw .otherProcessor(chip, chosen: chosen.name) }
    return model
  }

  /// Whether problem state has less than the processor.
  public var isLimited: Bool { processor.problemStateISA(at: level) != processor.isa }
}

extension PlatformDecision {
  /// For `--explain`.
  public var json: String {
    let document: JSONValue = [
      "selection": "\(selection)",
      "binary": .string(selection.bytes.hexDigits()),
      "platform": .string(selection.platform.name),
      "engine": .string(engine.name),
      "engines": .array(engines.map { .string($0.name) }),
      "family": "\(selection.processor?.family ?? .server64)",
      "processor": .string(processor.name),
      "pvr": .string(processor.version.hexadecimal(digits: 8)),
      "architecture": .integer(processor.problemStateISA(at: level).rawValue),
      "processorArchitecture": .integer(processor.isa.rawValue),
      "level": level.map { .string($0.name) } ?? .null,
      "logicalPVR": level.map { .string($0.logicalPVR.hexadecimal(digits: 8)) } ?? .null,
      "pcr": .hexadecimal(processor.effectivePCR(at: level).rawValue),
      "crossArchitecture": .bool(isCrossArchitecture),
      "limited": .bool(isLimited),
    ]
    return document.text()
  }
}
