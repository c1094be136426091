internal import PowerCPU
#if TRANSLATOR
  internal import PowerJIT
#endif

/// What executes a machine's instructions.
public enum MachineEngine: String, CaseIterable, Sendable {
  /// The translator where the host has it, else the interpreter.
  case auto
  case interpreter
  /// Hot code as host code.
  case jit
}

/// What a translator is to tell while it works.
public struct EngineObservation: Sendable {
  /// Guest code of which listings are wanted, by effective address, and who gets them.
  public var listings: ClosedRange<UInt64>?
  public var listing: @Sendable (String) -> Void = { _ in }
  /// Gets a line for each region, as `/tmp/perf-PID.map` has them.
  public var map: (@Sendable (String) -> Void)?

  public init() {}
}

/// The translator is not there: the package was built without it, or the host refuses.
public struct TranslatorMissing: Error, CustomStringConvertible {
  public let description: String
}

extension MachineEngine {
  /// What there is besides ``auto`` in this program on this host, the preferred first.
  public static var available: [MachineEngine] {
    #if TRANSLATOR
      if Translator.isAvailable { return [.jit, .interpreter] }
    #endif
    return [.interpreter]
  }

  /// Processors that may keep as much of decoded and translated code as one by itself; more of them
  /// share what these have.
  private static let fullShares = 4

  /// Makes a processor use the engine.
  /// - Parameter processors: how many the machine has.
  /// - Returns: what tells in some lines what the engine has done; nil for the interpreter.
  func attach(
    to processor: VirtualProcessor, of processors: Int, _ observation: EngineObservation
  ) throws(TranslatorMissing) -> (() -> String)? {
    let share = max(processors, Self.fullShares)
    processor.decodedPageLimit = max(
      VirtualProcessor.decodedPages * Self.fullShares / share, 128)
    #if TRANSLATOR
      guard self != .interpreter else { return nil }
      let capacity = max(Translator.codeCapacity * Self.fullShares / share, 4 << 20)
      guard let translator = Translator(processor, codeCapacity: capacity) else {
        if self == .auto { return nil }
        throw TranslatorMissing(description: "the host does not let code be made")
      }
      translator.attach()
      translator.mapReport = observation.map
      if let range = observation.listings {
        translator.listingOf = (range, { observation.listing($0.text) })
      }
      return { [unowned translator] in
        let detours = translator.detoursTaken.prefix(40).map { "\($0.mnemonic) \($0.count)" }
        return "\(translator.statistics)\ndetours: " + detours.joined(separator: ", ")
      }
    #else
      if self == .jit {
        throw TranslatorMissing(
          description: "the translator is not in this build: libasmjit-dev was not there")
      }
      return nil
    #endif
  }
}
