internal import PowerCPU
#if TRANSLATOR
  internal import PowerJIT
  internal import PowerJITx86
#endif

/// The engine that executes a machine's instructions.
public enum MachineEngine: String, CaseIterable, Sendable {
  /// The translator where the host has it, otherwise the interpreter.
  case auto
  case interpreter
  /// The translator: hot code is translated to host code.
  case jit
}

/// Observation of a translator.
public struct EngineObservation: Sendable {
  /// Effective addresses of the guest code to list, and the receiver of the listings.
  public var listings: ClosedRange<UInt64>?
  /// Gets each listing of translated code as text.
  public var listing: @Sendable (String) -> Void = { _ in }
  /// Receives a line for each region, in the format of `/tmp/perf-PID.map`.
  public var map: (@Sendable (String) -> Void)?

  /// Nothing is observed.
  public init() {}
}

/// Why there is no translator.
public enum TranslatorError: Error, CustomStringConvertible {
  /// The package was built without it.
  case notBuilt
  /// The host gives no memory whose contents can be executed.
  case noExecutableMemory

  /// The reason in words.
  public var description: String {
    switch self {
    case .notBuilt: "the translator is not in this build: libasmjit-dev was not there"
    case .noExecutableMemory: "the host does not let code be made"
    }
  }
}

extension MachineEngine {
  /// The engines other than ``auto`` in this program on this host, the preferred first.
  public static var available: [MachineEngine] {
    #if TRANSLATOR
      if Translator.isAvailable { return [.jit, .interpreter] }
    #endif
    return [.interpreter]
  }

  /// The most processors that each may keep the full amount of decoded code; more of them share the amount of
  /// these. Translated code is shared out among all.
  private static let fullShares = 4

  /// Attaches the engine to a processor.
  /// - Parameter processors: the machine's number of processors.
  /// - Returns: a function that reports the translator's work; nil for the interpreter.
  func attach(
    to processor: VirtualProcessor, of processors: Int, _ observation: EngineObservation,
    _ codeCache: CodeCache?
  ) throws(TranslatorError) -> (() -> TranslatorReport)? {
    let share = max(processors, Self.fullShares)
    processor.decodedPageLimit = max(
      VirtualProcessor.decodedPages * Self.fullShares / share, 128)
    #if TRANSLATOR
      guard self != .interpreter else { return nil }
      let capacity = max(Translator.codeCapacity / processors, 4 << 20)
      guard let translator = Translator(processor, codeCapacity: capacity) else {
        if self == .auto { return nil }
        throw .noExecutableMemory
      }
      translator.attach()
      translator.keptCode = codeCache?.code
      translator.mapReport = observation.map
      if let range = observation.listings {
        translator.listingOf = (range, { observation.listing($0.text) })
      }
      return { [unowned translator, unowned processor] in
        let statistics = translator.statistics
        return TranslatorReport(
          processor: processor.index, instructions: processor.instructionCount,
          interpreted: statistics.interpreted, entries: statistics.entries,
          helperCalls: translator.helperCallsTaken, summary: "\(statistics)")
      }
    #else
      if self == .jit {
        throw .notBuilt
      }
      return nil
    #endif
  }
}
