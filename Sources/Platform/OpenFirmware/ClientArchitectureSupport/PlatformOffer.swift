public import PowerISA

/// What the platform brings to a negotiation: hardware and the user's constraints.
public struct PlatformOffer: Sendable {
  /// Whose rules decide.
  public enum Flavor: Sendable {
    /// LoPAR's text.
    case lopar
    /// What QEMU does where it differs: the terminator is not matched, logical PVRs are compared
    /// without the mask, an architected level always goes before the processor itself, "ignore" and
    /// "cessation" are not looked at, and a failure is an error to the caller instead of a failed
    /// boot.
    case qemu
  }

  public var processor: ProcessorModel
  /// The user's limit; nil allows the processor as it is.
  public var maximumLevel: CompatibilityLevel?
  public var flavor = Flavor.lopar
  /// Vector 3 and vector 5 options the machine serves.
  public var options: Set<OptionBit>
  /// Options that stay on whatever the client says.
  public var mandatory: Set<OptionBit> = [.lpar]
  public var translation: ModeSupport
  public var interrupts: ModeSupport
  /// The most "cpu" nodes the tree may show.
  public var maximumProcessors: UInt32
  /// LoPAR level served, as in vector 5 bytes 13 and 14: 0x0209 is 2.9.
  public var loparLevel: UInt16 = 0x0209
  /// Bytes of the real-mode area, for vector 2's minimum.
  public var realModeArea: UInt64

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

  /// The newest ISA version a client can come out with.
  public var newestISA: ISALevel { processor.problemStateISA(at: maximumLevel) }

  /// `ibm,arch-vec-5-platform-support` of `/chosen`: pairs of a vector 5 byte number and what the
  /// platform supports there, read by clients before they choose.
  public var platformSupport: [UInt8] {
    let translation = translation(at: newestISA)
    // QEMU offers a change at run time as well, and radix GTSE without radix.
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
