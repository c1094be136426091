import OpenFirmware
import PowerISA
import Testing

/// Negotiates with `--cpu processor --compat limit`.
private func negotiate(
  _ sample: SampleVector, _ processor: ProcessorModel, _ limit: CompatibilityLevel? = nil,
  _ flavor: PlatformOffer.Flavor = .lopar, change: (inout PlatformOffer) -> Void = { _ in }
) throws -> Result<NegotiatedArchitecture, NegotiationError> {
  var offer = PlatformOffer(
    processor: processor, maximumLevel: limit, flavor: flavor,
    translation: processor.hasRadix ? .either : .older, maximumProcessors: 4,
    realModeArea: 512 << 20)
  change(&offer)
  return Negotiation(try sample.vector(), offer).outcome
}

/// What comes out, in a word: the level, the processor itself, or a failure.
private func level(_ outcome: Result<NegotiatedArchitecture, NegotiationError>) -> String {
  switch outcome {
  case .success(let agreed): agreed.level?.name ?? "raw"
  case .failure(let failure): "\(failure)"
  }
}

private let unsupported = "\(NegotiationError.processorNotSupported)"

@Suite("Negotiated level")
struct NegotiatedLevelTests {
  /// A row: processor, limit, and what comes out for Linux 6.1, Linux 6.16, GRUB and FreeBSD.
  struct Row: Sendable, CustomTestStringConvertible {
    var processor: ProcessorModel
    var limit: CompatibilityLevel?
    var linux61, linux616, grub, freeBSD: String
    init(_ processor: ProcessorModel, _ limit: CompatibilityLevel?, _ results: String...) {
      (self.processor, self.limit) = (processor, limit)
      (linux61, linux616, grub, freeBSD) = (results[0], results[1], results[2], results[3])
    }
    var testDescription: String { "\(processor.name) limit \(limit?.name ?? "none")" }
  }

  //      processor    limit       Linux 6.1  Linux 6.16 GRUB       FreeBSD
  static let lopar = [
    Row(.ppc970, nil, "raw", "raw", "raw", "raw"),
    Row(.power5Plus, nil, "raw", "raw", "raw", "raw"),
    Row(.power6, nil, "power6", "power6", "power6", "power6"),
    Row(.power7, nil, "power7", "power7", "power7+", "power7+"),
    Row(.power7, .power6, "power6", "power6", "power6", "power6"),
    Row(.power8, nil, "power8", "power8", "power8", "power8"),
    Row(.power8, .power7, "power7", "power7", "power7", "power7"),
    Row(.power9, nil, "power9", "power9", "power9", "power9"),
    Row(.power9, .power8, "power8", "power8", "power8", "power8"),
    Row(.power9, .power6, "power6", "power6", "power6", "power6"),
    Row(.power10, nil, "power10", "power10", "power10", "power10"),
    Row(.power10, .power9, "power9", "power9", "power9", "power9"),
    Row(.power10, .power7Plus, "power7", "power7", "power7+", "power7+"),
    Row(.power11, nil, "power10", "power11", "power11", "power11"),
    Row(.power11, .power11, "power10", "power11", "power11", "power11"),
    Row(.power11, .power10, "power10", "power10", "power10", "power10"),
    Row(.power11, .power8, "power8", "power8", "power8", "power8"),
  ]

  // GRUB's and FreeBSD's terminators match everything by the book. QEMU skips them.
  static let qemu = [
    Row(.ppc970, nil, unsupported, unsupported, unsupported, unsupported),
    Row(.power7, nil, "power7", "power7", unsupported, "raw"),
    Row(.power8, nil, "power8", "power8", unsupported, "power8"),
    Row(.power9, .power6, "power6", "power6", unsupported, unsupported),
    Row(.power10, nil, "power10", "power10", unsupported, "power10"),
    Row(.power11, nil, "power10", "power11", unsupported, "power10"),
  ]

  @Test("by LoPAR", arguments: lopar)
  func byTheBook(row: Row) throws {
    try check(row, .lopar)
  }

  @Test("by QEMU", arguments: qemu)
  func asQEMU(row: Row) throws {
    try check(row, .qemu)
  }

  private func check(_ row: Row, _ flavor: PlatformOffer.Flavor) throws {
    let outcome = { level(try negotiate($0, row.processor, row.limit, flavor)) }
    #expect(try outcome(.linux61()) == row.linux61)
    #expect(try outcome(.linux616()) == row.linux616)
    #expect(try outcome(.grub) == row.grub)
    #expect(try outcome(.freeBSD()) == row.freeBSD)
  }

  @Test("Debian's 6.1 kernel on Power11 is a POWER10, with its PCR")
  func debianOnPower11() throws {
    let agreed = try negotiate(.linux61(), .power11).get()
    #expect(agreed.processorVersion == 0x0f00_0006)
    #expect(agreed.pcr == [])
    #expect(try negotiate(.linux61(), .power11, .power9).get().pcr == .v3_0)
    #expect(try negotiate(.linux61(), .power10, .power6).get().pcr.rawValue == 0x1e)
    #expect(
      try negotiate(.linux61(), .power8, .power6).get().pcr.rawValue == 0x2000_0000_0000_0006)
  }

  /// A list of its own for the special entries; vector 1 names every version.
  private func list(_ entries: (mask: UInt32, value: UInt32)...) -> SampleVector {
    SampleVector(processors: entries, vectors: [[0, 0xff, 0xc0]])
  }

  @Test("special entries")
  func specialEntries() throws {
    let anything = list((0, 0xffff_ffff))
    #expect(level(try negotiate(anything, .power10)) == "power10")
    let architected = list((0xff00_0000, 0x0fff_ffff))
    #expect(level(try negotiate(architected, .power9)) == "power9")
    #expect(level(try negotiate(architected, .ppc970)) == "raw")
    let justRaw = list((0xffff_0000, 0x004e_0000), (0xffff_ffff, 0), (0, 0xffff_fffe))
    #expect(level(try negotiate(justRaw, .power9, nil, .qemu)) == "raw")
    // The terminator itself names one level and nothing else matches.
    let terminator = list((0xffff_fffe, 0x0f00_0005))
    #expect(level(try negotiate(terminator, .power10)) == "power9")
    #expect(level(try negotiate(terminator, .power7)) == unsupported)
    #expect(level(try negotiate(terminator, .power10, nil, .qemu)) == unsupported)
  }

  @Test("the processor itself goes before an older level, not before its own")
  func processorItself() throws {
    let sample = list((0xffff_0000, 0x0080_0000), (0xffff_fffb, 0x0f00_0004))
    #expect(level(try negotiate(sample, .power10)) == "raw")
    #expect(level(try negotiate(sample, .power10, .power9)) == "power8")
    #expect(level(try negotiate(sample, .power8)) == "power8")
    let onlyItself = list((0xffff_0001, 0x0080_0000), (0xfffe_ffff, 0x1234_5678 | 1 << 16))
    #expect(level(try negotiate(onlyItself, .power10)) == "raw")
    #expect(level(try negotiate(onlyItself, .power10, .power9)) == "power9")
    #expect(level(try negotiate(onlyItself, .power10, .power9, .qemu)) == unsupported)
  }

  @Test("vector 1 steers the choice unless it is ignored")
  func vector1() throws {
    var sample = SampleVector.linux61()
    sample.vectors[0] = [0, 0xff]
    #expect(level(try negotiate(sample, .power10)) == "power8")
    #expect(level(try negotiate(sample, .power10, nil, .qemu)) == "power10")
    sample.vectors[0] = [0x80, 0xff]
    #expect(level(try negotiate(sample, .power10)) == "power10")
    sample.vectors[0] = [0, 0]
    #expect(level(try negotiate(sample, .power10)) == "power10")
  }

  @Test("the order of levels is the table's, not the number's")
  func order() throws {
    let sample = list(
      (0xffff_ffff, 0x0f10_0003), (0xffff_ffff, 0x0f00_0004), (0xffff_fffe, 0x0f00_0003))
    #expect(level(try negotiate(sample, .power10)) == "power8")
    #expect(level(try negotiate(sample, .power10, .power7Plus)) == "power7+")
    #expect(level(try negotiate(sample, .power10, .power7)) == "power7")
  }
}

@Suite("Negotiated options")
struct NegotiatedOptionTests {
  @Test("translation by processor, level and what Linux asks for")
  func translation() throws {
    let radix = SampleVector.linux61(modes: SampleVector.radix)
    #expect(try negotiate(radix, .power9).get().translation == .radix)
    #expect(try negotiate(.linux61(), .power9).get().translation == .hash)
    #expect(try negotiate(.linux61(), .power8).get().translation == .hash)
    #expect(try negotiate(.freeBSD(modes: SampleVector.radix), .power9).get().translation == .radix)
    #expect(try negotiate(.freeBSD(), .power9, .power8).get().translation == .hash)
    #expect(try negotiate(radix, .power9, .power8) == .failure(.mode("radix translation")))
    let radixOnly = try negotiate(.linux61(), .power9) { $0.translation = .newer }
    #expect(radixOnly == .failure(.mode("hash translation")))
  }

  @Test("XIVE only where both have it")
  func interrupts() throws {
    let exploit = SampleVector.linux61(modes: [0x40, 0x40, 0, 0x40])
    #expect(try negotiate(exploit, .power9) == .failure(.mode("XIVE exploitation")))
    let offered = try negotiate(exploit, .power9) { $0.interrupts = .either }.get()
    #expect(offered.interrupts == .xive)
    #expect(offered.optionVector5.byte(23) == 0x40)
    #expect(try negotiate(.linux61(), .power9).get().interrupts == .xics)
  }

  @Test("vector 5 as the client reads it back")
  func answer() throws {
    let agreed = try negotiate(.linux61(modes: SampleVector.radix), .power9).get()
    let property = agreed.architectureVector5
    #expect(property.count == 27)
    #expect(property[0] == 25)
    #expect(property[2] == 0xd0)
    #expect(property[5] == 0x80)
    #expect(property[9...12] == [0, 0, 0, 4])
    #expect(property[24] == 0x40)
    #expect(property[26] == 0x40)
    #expect(agreed.maximumProcessors == 4)
    #expect(agreed.options.contains(.splpar) && !agreed.options.contains(.dynamicMemory))
  }

  @Test("a client without vector 5 gets nothing but what cannot be switched off")
  func noVector5() throws {
    let agreed = try negotiate(.grub, .power9) { $0.maximumProcessors = 100 }.get()
    #expect(agreed.translation == .hash)
    #expect(agreed.options.intersection([.lpar, .splpar, .largePages, .radixGTSE]) == [.lpar])
    #expect(agreed.maximumProcessors == 64)
  }

  @Test("ignored vectors leave the choice to the platform")
  func ignored() throws {
    var sample = SampleVector.linux61()
    sample.vectors[4] = [0x80]
    let agreed = try negotiate(sample, .power9).get()
    #expect(agreed.translation == .radix)
    #expect(agreed.options.isSuperset(of: [.lpar, .splpar, .radixGTSE]))
    #expect(agreed.optionVector5.integer(UInt16.self, at: 13) == 0x0209)
    // QEMU does not look at the bit.
    #expect(try negotiate(sample, .power9, nil, .qemu).get().translation == .hash)
  }

  @Test("cessation ends the boot where an option cannot be disabled")
  func cessation() throws {
    var sample = SampleVector.linux61()
    sample.vectors[4][1] = 0x70  // no LPAR
    #expect(try negotiate(sample, .power9).get().options.contains(.lpar))
    sample.vectors[4][0] = 0x40
    #expect(try negotiate(sample, .power9) == .failure(.cessation(.lpar)))
    #expect(try negotiate(sample, .power9, nil, .qemu).get().options.contains(.lpar))
    sample.vectors[4][1] = 0x80  // LPAR alone: the rest is switched off
    #expect(try !negotiate(sample, .power9).get().options.contains(.splpar))
  }

  @Test("facilities the client does not know are left out")
  func facilities() throws {
    var sample = SampleVector.linux61()
    #expect(try negotiate(sample, .power9).get().options.isSuperset(of: [.vmx, .decimal]))
    sample.vectors[2] = [0, 0x80]
    let agreed = try negotiate(sample, .power9).get()
    #expect(agreed.options.isDisjoint(with: [.vmx, .decimal]))
    #expect(agreed.options.contains(.floatingPoint))
  }

  @Test("what the tree advertises before a negotiation")
  func platformSupport() {
    var offer = PlatformOffer(processor: .power9, realModeArea: 1 << 30)
    #expect(offer.platformSupport == [23, 0, 24, 0x80, 25, 0, 26, 0x40])
    offer.maximumLevel = .power8
    #expect(offer.platformSupport == [23, 0, 24, 0, 25, 0, 26, 0])
  }

  @Test("QEMU's answers, as a guest of it reads them")
  func qemuAnswers() throws {
    // Seen by Linux 6.1 on QEMU 7.2: POWER10 as it is, and at POWER6.
    let served: (inout PlatformOffer) -> Void = { offer in
      offer.options = [
        .lpar, .splpar, .largePages, .dynamicMemory, .associativityForm1, .associativityForm2,
        .hotplugInterrupts, .hashTableResize, .dynamicMemory2, .radixGTSE,
      ]
      offer.interrupts = .either
    }
    let exploit: [UInt8] = [0x40, 0x40, 0, 0x40]
    let radix = try negotiate(.linux61(modes: exploit), .power10, nil, .qemu, change: served).get()
    #expect(
      radix.architectureVector5 == [
        0x19, 0, 0x20, 0, 0, 0xa0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x40, 0x40,
        0, 0x40,
      ])
    let hash = try negotiate(.linux61(), .power10, .power6, .qemu, change: served).get()
    #expect(
      hash.architectureVector5 == [
        0x15, 0, 0x20, 0, 0, 0xa0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80,
      ])
    var offer = PlatformOffer(processor: .power10, flavor: .qemu, realModeArea: 1 << 30)
    offer.interrupts = .either
    #expect(offer.platformSupport == [0x17, 0x80, 0x18, 0xc0, 0x19, 0, 0x1a, 0x40])
    offer.maximumLevel = .power8
    offer.interrupts = .older
    #expect(offer.platformSupport == [0x17, 0, 0x18, 0, 0x19, 0, 0x1a, 0x40])
  }

  @Test("every step can be printed, in the order of the structure")
  func steps() throws {
    let negotiation = Negotiation(
      try SampleVector.linux616(modes: SampleVector.radix).vector(),
      PlatformOffer(processor: .power9, maximumLevel: .power8, realModeArea: 256 << 20))
    let lines = negotiation.description.split(separator: "\n").map(String.init)
    #expect(lines.first == "processor power9, version 0x004e1202, limit power8")
    #expect(lines.contains("entry 7 ffff0000/004e0000: this processor"))
    #expect(lines.contains("entry 13 ffffffff/0f000004: power8"))
    #expect(lines.contains("entry 16 fffffffe/0f000001: no match, end of list"))
    #expect(lines.contains("chosen: power8, cpu-version 0x0f000004, PCR 0x8"))
    #expect(lines.contains("vector 2: real-mode area of at least 512 MiB: only 256 MiB"))
    #expect(
      lines.last
        == "boot failure: the client supports radix translation only, which the platform does not "
        + "offer")
  }
}
