internal import PowerISA

extension Negotiator {
  /// The level that the PVR list and vector 1 allow, nil for the processor itself.
  mutating func chooseLevel() throws(NegotiationError) -> CompatibilityLevel? {
    let limit = offer.maximumLevel
    let possible = CompatibilityLevel.allCases.filter { level in
      offer.processor.supports(level) && limit.map { level <= $0 } ?? true
    }
    var matched: Set<CompatibilityLevel> = []
    var processorMatched = false
    for (index, entry) in vector.processors.enumerated() {
      if entry.isTerminator && offer.flavor == .qemu {
        steps.append(.terminatorSkipped(number: index + 1, entry))
        break
      }
      let processor = matchesProcessor(entry)
      let levels = possible.filter { matches(entry, $0) }
      steps.append(.entry(number: index + 1, entry, processor: processor, levels: levels))
      processorMatched = processorMatched || processor
      matched.formUnion(levels)
    }

    let raw = processorMatched && limit == nil
    let levels = possible.filter(matched.contains)
    steps.append(.candidates(levels: levels, processor: raw))
    // "A list entry allows the process to continue" when it names the processor, even if the user's
    // limit excludes that processor.
    guard let best = best(of: levels) ?? (processorMatched && !raw ? fallback(possible) : nil)
    else {
      guard raw else { throw .processorNotSupported }
      return nil
    }
    // An architected level has the same functions and can be migrated; the processor itself is
    // chosen only where it has more.
    let rawIsMore = raw && offer.processor.isa > best.isa && isNamed(offer.processor.isa)
    return rawIsMore && offer.flavor == .lopar ? nil : best
  }

  /// Clients write "version 2.04 and earlier" as fffffffe/0f000001: a processor that is older than
  /// the first logical version counts as version 0x0f000000 (LoPAR names none).
  private func matchesProcessor(_ entry: ProcessorVersionPattern) -> Bool {
    let isOlder = offer.processor.levels == nil && offer.flavor == .lopar
    return entry.matches(offer.processor.version) || isOlder && entry.matches(0x0f00_0000)
  }

  private func matches(_ entry: ProcessorVersionPattern, _ level: CompatibilityLevel) -> Bool {
    switch offer.flavor {
    case .lopar: entry.matches(level.logicalPVR)
    case .qemu: entry.value == level.logicalPVR
    }
  }

  private func fallback(_ possible: [CompatibilityLevel]) -> CompatibilityLevel? {
    offer.flavor == .lopar ? possible.last : nil
  }

  /// The most functional level; among those that vector 1 names if it names any of them.
  private mutating func best(of levels: [CompatibilityLevel]) -> CompatibilityLevel? {
    let unnamed = levels.filter { !isNamed($0.isa) }
    if !unnamed.isEmpty { steps.append(.notInVector1(unnamed)) }
    return levels.last { isNamed($0.isa) } ?? levels.last
  }

  /// Whether vector 1 names a version, or is silent about versions.
  private func isNamed(_ isa: ISALevel) -> Bool {
    guard offer.flavor == .lopar, let sent = binding(1) else { return true }
    return OptionBit.levels.contains { $0.name == isa.description && sent.contains($0) }
  }
}
