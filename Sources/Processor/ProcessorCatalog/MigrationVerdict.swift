internal import HostSupport
public import PowerISA

/// A processor as one side of a migration has it.
public struct MigrationProcessor: Hashable, Sendable {
  /// The processor model.
  public var model: ProcessorModel
  /// Its version register.
  public var version: UInt32
  /// False where a tree shows a level in place of the version register, and ``version`` is only the
  /// model's usual one.
  public var isVersionKnown = true
  /// The level that the guest runs at, or on the destination the newest one it may have; nil is the
  /// processor as it is.
  public var level: CompatibilityLevel?

  /// A side of a migration; its version register is the usual one of the model unless given.
  public init(model: ProcessorModel, version: UInt32? = nil, level: CompatibilityLevel? = nil) {
    self.model = model
    self.version = version ?? model.version
    self.level = level
  }
}

extension MigrationProcessor: CustomStringConvertible {
  /// `power9 (PVR 0x004e1202) at level power8`.
  public var description: String {
    "\(model.name) (PVR \(isVersionKnown ? version.hexadecimal(digits: 8) : "not given"))"
      + (level.map { " at level \($0)" } ?? " without a level")
  }
}

/// Whether a running guest may move from one processor to another.
///
/// It may when it runs at a level that the destination has too: then both look alike to it. Without
/// a level it knows the processor itself, and needs one of the same kind.
public enum MigrationVerdict: Hashable, Sendable {
  case allowed(String)
  /// - Parameter sides: the two processors, which ``reason`` names.
  case refused(String, sides: String)

  /// Judges a move of a guest from one processor to another.
  public init(from source: MigrationProcessor, to destination: MigrationProcessor) {
    func refused(_ reason: String) -> Self {
      .refused(reason, sides: "from \(source) to \(destination)")
    }
    guard let level = source.level else {
      if let limit = destination.level {
        self = refused("the guest runs without a level, the destination allows \(limit) at most")
      } else if RecognizedProcessor.areOfOneKind(
        version: source.version, destination.version)
      {
        self = .allowed("both processors are of one kind")
      } else {
        self = refused("the guest runs without a level, and the processors are of different kinds")
      }
      return
    }
    if !destination.model.supports(level) {
      self = refused("\(destination.model.name) does not have the level \(level)")
    } else if let limit = destination.level, level > limit {
      self = refused("the destination allows \(limit) at most")
    } else {
      self = .allowed("both processors have the level \(level)")
    }
  }

  /// True if the guest may move.
  public var isAllowed: Bool {
    if case .allowed = self { true } else { false }
  }

  /// One line, which for a refusal names both sides.
  public var reason: String {
    switch self {
    case .allowed(let reason): reason
    case .refused(let reason, let sides): "\(sides): \(reason)"
    }
  }

  /// The reason without the sides.
  public var shortReason: String {
    switch self {
    case .allowed(let reason), .refused(let reason, _): reason
    }
  }

  /// The newest level at which a guest could move between two processors, in this direction; nil
  /// when there is none.
  public static func commonLevel(
    _ source: ProcessorModel, _ destination: MigrationProcessor
  ) -> CompatibilityLevel? {
    CompatibilityLevel.allCases.last { level in
      source.supports(level)
        && Self(from: MigrationProcessor(model: source, level: level), to: destination).isAllowed
    }
  }
}
