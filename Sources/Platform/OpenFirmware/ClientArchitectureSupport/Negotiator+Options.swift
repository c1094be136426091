internal import PowerISA

extension Negotiator {
  /// Vector 2: this firmware runs in real mode, outside guest memory, and cannot be moved; the
  /// client's requests are only recorded as steps.
  mutating func noteFirmwareOptions() {
    guard let sent = vector[2] else { return }
    guard !isIgnored(sent) else { return steps.append(.ignored(vector: 2)) }
    if let megabytes = sent.integer(UInt32.self, at: 24) {
      let enough = UInt64(megabytes) << 20 <= offer.realModeArea
      steps.append(
        .note(
          vector: 2,
          "real-mode area of at least \(megabytes) MiB: \(enough ? "" : "only ")"
            + "\(offer.realModeArea >> 20) MiB"))
    }
    if !sent.contains(.realMode) {
      steps.append(.note(vector: 2, "the client expects virtual mode; the firmware has real mode"))
    }
  }

  /// Vector 3: facilities that a client does not support are left out of the tree.
  mutating func processorOptions() throws(NegotiationError) -> Set<OptionBit> {
    let offered = OptionBit.processorOptions.filter(offer.options.contains)
    // QEMU does not read the vector. A client without the vector does not support hiding them.
    if offer.flavor == .qemu || vector[3] == nil { return Set(offered) }
    return try agree(on: OptionBit.processorOptions, vector: 3)
  }

  /// Vector 4: every virtual processor has the capacity of a whole processor.
  mutating func checkCapacity() throws(NegotiationError) {
    guard let sent = vector[4] else { return }
    let minimum = sent.bytes.count >= 2 ? Int(sent.byte(2)) : 10
    steps.append(.note(vector: 4, "at least \(minimum) % capacity for a processor: has 100 %"))
    if endsBoot(sent) && minimum > 100 { throw .capacity(minimum: minimum) }
  }

  /// Vectors 6 and 7: the identity of the client.
  mutating func noteHints() {
    if let name = vector[6]?.byte(3), name != 0 {
      let names: [UInt8: String] = [1: "AIX", 2: "Linux"]
      steps.append(.note(vector: 6, "operating system \(names[name] ?? "\(name)")"))
    }
    if let text = vector[7]?.bytes.prefix(while: { $0 != 0 }), !text.isEmpty {
      let printable = text.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
      steps.append(.note(vector: 7, String(decoding: printable, as: UTF8.self)))
    }
  }
}

// MARK: vector 5

/// The result of vector 5.
struct PlatformOptionsAgreement {
  var options: Set<OptionBit>
  var translation: TranslationMode
  var interrupts: InterruptMode
  var maximumProcessors: UInt32
  var answer: OptionVector
}

extension Negotiator {
  /// The processors that a client supports without a limit in its vector (bytes 9 to 12).
  private static let processorsUnlessSaid: UInt32 = 64

  mutating func platformOptions(at isa: ISALevel) throws(NegotiationError)
    -> PlatformOptionsAgreement
  {
    var options = try agree(on: OptionBit.platformOptions, vector: 5)
    // A client with "ignore" supports everything; one without the vector nothing.
    let ignored = vector[5].map(isIgnored) ?? false
    let sent = binding(5)
    let support = { (byte: Int) -> ModeSupport in
      ignored ? .either : ModeSupport(byte: sent?.byte(byte) ?? 0)
    }

    let platform = offer.translation(at: isa)
    let radix = try chooseMode(support(24), platform, ["hash translation", "radix translation"])
    let translation = radix ? TranslationMode.radix : .hash
    steps.append(.translation(translation, client: support(24), platform: platform))
    if radix {
      options.subtract([.hashGTSE, .hashSegmentTables])
      if offer.flavor == .lopar { options.remove(.hashTableResize) }
    } else {
      options.remove(.radixGTSE)
    }

    let xive = try chooseMode(support(23), offer.interrupts, ["XICS", "XIVE exploitation"])
    let interrupts = xive ? InterruptMode.xive : .xics
    steps.append(.interrupts(interrupts, client: support(23), platform: offer.interrupts))

    let processors =
      ignored
      ? offer.maximumProcessors
      : min(
        sent?.integer(UInt32.self, at: 9) ?? Self.processorsUnlessSaid, offer.maximumProcessors)
    if processors < offer.maximumProcessors {
      steps.append(.note(vector: 5, "at most \(processors) processors"))
    }

    var answer = OptionVector(number: 5, bytes: [UInt8](repeating: 0, count: 26))
    answer.set(23, to: xive ? ModeSupport.newer.rawValue : 0)
    answer.set(24, to: radix ? ModeSupport.newer.rawValue : 0)
    switch offer.flavor {
    case .lopar:
      for option in options { answer.insert(option) }
      answer.set(9, to: processors)
      let level = ignored ? offer.loparLevel : sent?.integer(UInt16.self, at: 13) ?? 0
      answer.set(13, to: min(level, offer.loparLevel))
    case .qemu:
      for option in options.intersection(Self.answeredByQEMU) { answer.insert(option) }
      answer.dropTrailingZeros()
    }
    let agreed = PlatformOptionsAgreement(
      options: options, translation: translation, interrupts: interrupts,
      maximumProcessors: processors, answer: answer)
    steps.append(.vector5(answer.property))
    return agreed
  }

  /// The options that QEMU knows; its answer omits others, and processors and levels.
  private static let answeredByQEMU: Set<OptionBit> = [
    .dynamicMemory, .associativityForm1, .associativityForm2, .hotplugInterrupts, .hashTableResize,
    .dynamicMemory2, .radixGTSE,
  ]

  /// Whether the newer of two modes is used.
  private func chooseMode(
    _ client: ModeSupport, _ platform: ModeSupport, _ names: [String]
  ) throws(NegotiationError) -> Bool {
    guard let newer = platform.prefersNewer(with: client) else {
      throw .mode(names[client.includesNewer ? 1 : 0])
    }
    return newer
  }
}
