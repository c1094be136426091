import PlatformSelection
import PowerISA
import ProcessorCatalog
import Testing

@Suite struct SelectionForms {
  static let texts = [
    "spapr", "none", "kvm", "spapr,arch=206", "spapr,arch=207,pvr=0x004d0200",
    "kvm,pvr=0x80240020,flags=cross-arch", "spapr,arch=206,pvr=0x0f100003",
  ]

  @Test(arguments: texts)
  func areEqual(text: String) throws {
    let selection = try PlatformSelection(text: text)
    #expect("\(selection)" == text)
    #expect(selection.bytes.count == PlatformSelection.size)
    #expect(try PlatformSelection(bytes: selection.bytes) == selection)
  }

  @Test func theBinaryFormHasItsFieldsInPlace() throws {
    let selection = try PlatformSelection(text: "spapr,arch=206,pvr=0x003f0203,flags=cross-arch")
    #expect(
      selection.bytes == [0, 2, 0, 206, 0, 0, 0, 1, 0, 0x3f, 2, 3]
        + [UInt8](repeating: 0, count: 20))
  }

  /// A logical version and its architecture level are one selection.
  @Test(
    arguments: [
      (0x0f00_0001, 204), (0x0f00_0002, 205), (0x0f00_0003, 206), (0x0f00_0004, 207),
      (0x0f00_0005, 300), (0x0f00_0006, 310),
    ] as [(UInt32, UInt16)])
  func spellings(version: UInt32, architecture: UInt16) throws {
    let byVersion = try PlatformSelection(platform: 2, version: version)
    #expect(try byVersion == PlatformSelection(platform: 2, architecture: architecture))
    #expect(
      try byVersion == PlatformSelection(platform: 2, architecture: architecture, version: version))
    #expect(byVersion.level?.logicalPVR == version)
  }

  /// Levels that share their architecture with an older one keep their version.
  @Test(arguments: [CompatibilityLevel.power7Plus, .power11])
  func theSecondOfALevelIsNotTheFirst(level: CompatibilityLevel) throws {
    let selection = try PlatformSelection(platform: 2, version: level.logicalPVR)
    #expect(selection.level == level)
    #expect(
      try selection
        != PlatformSelection(platform: 2, architecture: UInt16(level.isa.rawValue)))
  }
}

@Suite struct SelectionRefusals {
  @Test(
    arguments: [
      (3, 0, 0, 0, .unknownPlatform(3)), (2, 208, 0, 0, .unknownArchitecture(208)),
      (2, 2, 0, 0, .unknownArchitecture(2)), (2, 0, 0x0f00_0009, 0, .unknownVersion(0x0f00_0009)),
      (2, 0, 0x1234_5678, 0, .unknownVersion(0x1234_5678)), (2, 0, 0, 6, .unknownFlags(6)),
      (2, 206, 0x0f00_0004, 0, .disagreement(.power8, .v2_06)),
    ] as [(UInt16, UInt16, UInt32, UInt32, PlatformSelectionError)])
  func numbers(
    platform: UInt16, architecture: UInt16, version: UInt32, flags: UInt32,
    error: PlatformSelectionError
  ) {
    #expect(throws: error) {
      try PlatformSelection(
        platform: platform, architecture: architecture, version: version, flags: flags)
    }
  }

  @Test func anArchitectureNewerThanItsProcessor() {
    #expect {
      try PlatformSelection(platform: 2, architecture: 300, version: 0x004d_0200)
    } throws: { "\($0)".contains("300 is newer than POWER8") }
  }

  @Test func reservedBytesAndLengths() throws {
    let bytes = try PlatformSelection(platform: 2).bytes
    for offset in 12..<PlatformSelection.size {
      var changed = bytes
      changed[offset] = 1
      #expect(throws: PlatformSelectionError.reserved(offset)) {
        try PlatformSelection(bytes: changed)
      }
    }
    for count in [0, 8, 31, 33] {
      #expect(throws: PlatformSelectionError.length(count)) {
        try PlatformSelection(bytes: [UInt8](repeating: 0, count: count))
      }
    }
  }

  @Test(arguments: [
    "", "papr", "spapr,", "spapr,arch", "spapr,arch=", "spapr,arch=-206", "spapr,arch=+206",
    "spapr,arch=99999999", "spapr,arch=206,arch=206", "spapr,pvr=003f0203", "spapr,pvr=0x",
    "spapr,pvr=0x+3f0203", "spapr,flags=1", "spapr,level=power7",
  ])
  func texts(text: String) {
    #expect(throws: PlatformSelectionError.self) { try PlatformSelection(text: text) }
  }
}

@Suite struct Decisions {
  static let engine = PlatformEngine(
    name: "engine", native: .server64, platforms: [.server64: [.papr]])

  private func decide(
    _ text: String, _ chosen: ProcessorModel? = nil, engines: [PlatformEngine] = [engine]
  ) throws -> PlatformDecision {
    try PlatformDecision(PlatformSelection(text: text), engines: engines, chosen: chosen)
  }

  @Test func theLevelAndTheProcessorComeFromTheSelection() throws {
    let decision = try decide("spapr,arch=206,pvr=0x004d0200")
    #expect(decision.processor == .power8 && decision.level == .power7)
    #expect(!decision.isCrossArchitecture && decision.isLimited)
    let open = try decide("spapr")
    #expect(open.level == nil && open.processor == .newest(supporting: nil) && !open.isLimited)
    #expect(try decide("spapr,arch=205", .power9).processor == .power9)
    #expect(try decide("spapr,pvr=0x0f100003").level == .power7Plus)
    // A processor without compatibility modes is still what it is.
    #expect(try decide("spapr,arch=201,pvr=0x00390202").level == nil)
  }

  /// The message names the family and the platform.
  @Test(arguments: [
    ("kvm,pvr=0x80240020", "e5500", "BookE", "kvm"),
    ("spapr,pvr=0x80210030", "e500v2", "BookE", "spapr"),
    ("none,pvr=0x00084202", "750", "32-bit Book3S", "none"),
    ("kvm,pvr=0x42221850,flags=cross-arch", "440EP", "BookE", "kvm"),
    ("spapr,pvr=0x80040010", "e600", "32-bit Book3S", "spapr"),
    ("none,pvr=0x00500000", "MPC8xx", "MPC8xx", "none"),
    ("spapr,pvr=0x40110000", "405", "40x", "spapr"),
  ])
  func otherFamilies(text: String, chip: String, family: String, platform: String) throws {
    #expect {
      try decide(text)
    } throws: { error in
      [chip, family, "platform \(platform)"].allSatisfy("\(error)".contains)
    }
  }

  @Test(arguments: ["none", "kvm", "kvm,arch=206", "none,pvr=0x004e1202"])
  func otherPlatforms(text: String) throws {
    #expect { try decide(text) } throws: { "\($0)".contains("64-bit Book3S") }
  }

  @Test func contradictions() {
    #expect(throws: PlatformSelectionError.notForeign(.server64)) {
      try decide("spapr,flags=cross-arch")
    }
    #expect { try decide("spapr,pvr=0x004e1202", .power8) } throws: {
      "\($0)".contains("POWER9") && "\($0)".contains("power8")
    }
    #expect { try decide("spapr,arch=300", .power8) } throws: { "\($0)".contains("207 (power8)") }
    #expect { try decide("spapr,pvr=0x00700000") } throws: { "\($0)".contains("Cell") }
  }

  /// An engine may run a family that is not its own; then, and only then, the guest is foreign.
  @Test func aForeignFamily() throws {
    let engine = PlatformEngine(
      name: "other", native: .bookE, platforms: [.server64: [.papr], .bookE: [.kvm]])
    #expect(try decide("spapr,flags=cross-arch", engines: [engine]).isCrossArchitecture)
    #expect(try decide("spapr", engines: [engine]).isCrossArchitecture)
  }
}
