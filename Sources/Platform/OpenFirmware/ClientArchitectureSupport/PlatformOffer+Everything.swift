public import PowerISA

extension PlatformOffer {
  /// The architecture at `level` for a client that supports every option: not a negotiation, but
  /// the most that one can yield.
  public func everything(at level: CompatibilityLevel?) -> NegotiatedArchitecture {
    let translation = translation(at: processor.problemStateISA(at: level))
    var options = options.union(mandatory)
    if !translation.includesNewer { options.remove(.radixGTSE) }
    var vector = OptionVector(number: 5, bytes: [UInt8](repeating: 0, count: 26))
    for option in options where option.vector == 5 { vector.insert(option) }
    return NegotiatedArchitecture(
      level: level, processorVersion: level?.logicalPVR ?? processor.version,
      pcr: processor.effectivePCR(at: level),
      translation: translation.includesNewer ? .radix : .hash,
      interrupts: interrupts.includesNewer ? .xive : .xics,
      options: options, maximumProcessors: maximumProcessors,
      optionVector5: vector)
  }
}
