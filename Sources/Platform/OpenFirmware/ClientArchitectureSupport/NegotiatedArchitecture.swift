public import PowerISA

/// The result of a negotiation: the configuration of the platform and its tree.
public struct NegotiatedArchitecture: Hashable, Sendable {
  /// The architected level; nil for the processor itself.
  public var level: CompatibilityLevel?
  /// `cpu-version`: the level's logical PVR or the processor's own.
  public var processorVersion: UInt32
  /// The PCR of every processor.
  public var pcr: PCR
  /// Hashed page table or radix tree.
  public var translation: TranslationMode
  /// XICS or XIVE.
  public var interrupts: InterruptMode
  /// Options of vectors 3 and 5 that are on.
  public var options: Set<OptionBit>
  /// The most "cpu" nodes of the tree.
  public var maximumProcessors: UInt32
  /// Vector 5 with the platform's choices.
  public var optionVector5: OptionVector

  /// `ibm,architecture-vec-5` of `/chosen`: the vector with its length byte.
  public var architectureVector5: [UInt8] { optionVector5.property }
}

/// The reason for which a client program cannot continue.
public enum NegotiationError: Error, Hashable, Sendable {
  /// No entry of the PVR list lets this processor continue.
  case processorNotSupported
  /// "Cessation" is set and the platform requires an option that the client lacks.
  case cessation(OptionBit)
  /// "Cessation" is set and the processors have less capacity than the client accepts, in percent.
  case capacity(minimum: Int)
  /// The client supports only a mode that the platform lacks.
  case mode(String)
}

extension NegotiationError: CustomStringConvertible {
  /// The reason in words.
  public var description: String {
    switch self {
    case .processorNotSupported: "no entry of the PVR list lets this processor continue"
    case .cessation(let option):
      "the client stops where \(option) is enabled, and the platform cannot disable it"
    case .capacity(let minimum):
      "the client stops where a processor has less than \(minimum) % capacity"
    case .mode(let mode): "the client supports \(mode) only, which the platform does not offer"
    }
  }
}
