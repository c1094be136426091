public import PowerISA

/// The platform's side of a negotiation: hardware and the user's limits.
public struct PlatformOffer: Sendable {
  /// The rules to follow.
  public enum Flavor: Sendable {
    /// LoPAR's text.
    case lopar
    /// QEMU's behaviour where it differs: the terminator is not matched, logical PVRs are compared
    /// without the mask, an architected level always precedes the processor itself, "ignore" and
    /// "cessation" are not evaluated, and a failure is an error to the caller instead of a failed
    /// boot.
    case qemu
  }

  /// The processor model.
  public var processor: ProcessorModel
  /// The user's limit; nil permits the processor as it is.
  public var maximumLevel: CompatibilityLevel?
  /// Whose answers are given where LoPAR and QEMU differ.
  public var flavor = Flavor.lopar
  /// Vector 3 and vector 5 options that the machine serves.
  public var options: Set<OptionBit>
  /// Options that are on whatever the client supports.
  public var mandatory: Set<OptionBit> = [.lpar]
  /// Which of hashed and radix translation the machine has.
  public var translation: ModeSupport
  /// Which of XICS and XIVE the machine has.
  public var interrupts: ModeSupport
  /// The most "cpu" nodes of the tree.
  public var maximumProcessors: UInt32
  /// The served LoPAR level, as in vector 5 bytes 13 and 14: 0x0209 is 2.9.
  public var loparLevel: UInt16 = 0x0209
  /// Bytes of the real-mode area, for vector 2's minimum.
  public var realModeArea: UInt64

  /// An offer; what is not given is what every machine of this package has.
  public init(
    processor: ProcessorModel, maximumLevel: CompatibilityLevel? = nil, flavor: Flavor = .lopar,
    options: Set<OptionBit> = PlatformOffer.usualOptions,
    translation: ModeSupport = .either, interrupts: ModeSupport = .older,
    maximumProcessors: UInt32 = 1, realModeArea: UInt64
  ) {
    self.processor = processor
    self.maximumLevel = maximumLevel
    self.flavor = flavor
    self.options = options
    self.translation = translation
    self.interrupts = interrupts
    self.maximumProcessors = maximumProcessors
    self.realModeArea = realModeArea
  }

  /// Options of a machine with HPT and radix translation, shared processors and no I/O adapters.
  public static let usualOptions: Set<OptionBit> = [
    .floatingPoint, .vmx, .decimal, .decimalFacility, .lpar, .splpar, .largePages,
    .associativityForm1, .hashTableResize, .radixGTSE,
  ]

  /// Translation modes at `level`: radix came with version 3.0.
  public func translation(at isa: ISALevel) -> ModeSupport {
    ModeSupport(
      older: translation.includesOlder,
      newer: translation.includesNewer && processor.hasRadix && isa >= .v3_0)
  }

  /// The newest ISA version that a negotiation can yield.
  public var newestISA: ISALevel { processor.problemStateISA(at: maximumLevel) }

  /// `ibm,arch-vec-5-platform-support` of `/chosen`: pairs of a vector 5 byte number and the
  /// platform's support for it, which clients read before the negotiation.
  public var platformSupport: [UInt8] {
    let translation = translation(at: newestISA)
    // QEMU also offers a change at run time, and radix GTSE without radix.
    let isQEMU = flavor == .qemu
    let mode = isQEMU && translation == .either ? ModeSupport.dynamic : translation
    let hasRadixGTSE = options.contains(.radixGTSE) && translation.includesNewer
    return [
      23, interrupts.rawValue,
      24, mode.rawValue,
      25, options.contains(.hashGTSE) ? OptionBit.hashGTSE.mask : 0,
      26, hasRadixGTSE || isQEMU ? OptionBit.radixGTSE.mask : 0,
    ]
  }
}
