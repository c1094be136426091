internal import PowerISA

/// `ibm,client-architecture-support` as a pure function: from the client's vector and the
/// platform's offer to the platform's configuration.
public struct Negotiation: Sendable {
  /// Every step, in order.
  public private(set) var steps: [NegotiationStep] = []
  /// The agreed configuration, or why there is none.
  public private(set) var outcome: Result<NegotiatedArchitecture, NegotiationError>

  /// Negotiates: the vector of the client, and what the platform offers.
  public init(_ vector: ArchitectureVector, _ offer: PlatformOffer) {
    var negotiator = Negotiator(vector: vector, offer: offer)
    do throws(NegotiationError) {
      outcome = .success(try negotiator.negotiate())
    } catch {
      negotiator.steps.append(.failed(error))
      outcome = .failure(error)
    }
    steps = negotiator.steps
  }
}

extension Negotiation: CustomStringConvertible {
  /// A line for every step.
  public var description: String { steps.map(\.description).joined(separator: "\n") }
}

/// The state of one negotiation. The parts follow the order of the structure.
struct Negotiator {
  let vector: ArchitectureVector
  let offer: PlatformOffer
  var steps: [NegotiationStep] = []

  init(vector: ArchitectureVector, offer: PlatformOffer) {
    self.vector = vector
    self.offer = offer
  }

  mutating func negotiate() throws(NegotiationError) -> NegotiatedArchitecture {
    steps.append(
      .start(
        processor: offer.processor.name, version: offer.processor.version, limit: offer.maximumLevel
      ))
    let level = try chooseLevel()
    let version = level?.logicalPVR ?? offer.processor.version
    let pcr = offer.processor.effectivePCR(at: level)
    steps.append(.chosen(level: level, version: version, pcr))

    noteFirmwareOptions()
    var options = try processorOptions()
    try checkCapacity()
    let platform = try platformOptions(at: offer.processor.problemStateISA(at: level))
    options.formUnion(platform.options)
    noteHints()
    return NegotiatedArchitecture(
      level: level, processorVersion: version, pcr: pcr,
      translation: platform.translation, interrupts: platform.interrupts, options: options,
      maximumProcessors: platform.maximumProcessors, optionVector5: platform.answer)
  }

  /// Vector `number` where it is binding: passed by the client, and without "ignore".
  func binding(_ number: Int) -> OptionVector? {
    guard let sent = vector[number] else { return nil }
    return isIgnored(sent) ? nil : sent
  }

  func isIgnored(_ sent: OptionVector) -> Bool { offer.flavor == .lopar && sent.isIgnored }
  func endsBoot(_ sent: OptionVector) -> Bool { offer.flavor == .lopar && sent.endsBoot }

  /// The options of `table` that are on, given the client's vector.
  mutating func agree(
    on table: [OptionBit], vector number: Int
  ) throws(NegotiationError) -> Set<OptionBit> {
    let offered = table.filter(offer.options.contains)
    guard let sent = vector[number] else {
      steps.append(.absent(vector: number))
      return offer.mandatory.intersection(offered)
    }
    guard !isIgnored(sent) else {
      steps.append(.ignored(vector: number))
      return Set(offered)
    }
    let on = offered.filter { sent.contains($0) || offer.mandatory.contains($0) }
    let unsupported = offered.filter { !sent.contains($0) }
    steps.append(
      .options(
        vector: number, on: on,
        clientOnly: table.filter { sent.contains($0) && !offer.options.contains($0) },
        platformOnly: unsupported))
    if endsBoot(sent), let option = unsupported.first(where: offer.mandatory.contains) {
      throw .cessation(option)
    }
    return Set(on)
  }
}
