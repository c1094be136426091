public import PowerISA

/// What the hypervisor of a machine offers, from the processor model and the machine's options.
public struct HypervisorFeatures: Hashable, Sendable {
  /// The ISA version of the hardware.
  public var isa: ISALevel
  /// Radix translation and process tables.
  public var hasRadix: Bool
  /// H_RESIZE_HPT_*; the guest is told of it by an option of vector 5 as well.
  public var hasHashPageTableResize: Bool
  /// Virtual processors have home nodes that may be asked for.
  public var hasHomeNodes: Bool
  /// The XICS presentation calls.
  public var hasXICS: Bool
  /// KVM's hypercalls beside those of PAPR; see ``ParavirtualCalls``.
  public var hasKVMParavirtual = false
  /// Base and actual page sizes of hashed translation, as the device tree lists them.
  public var segments: [ProcessorModel.SegmentPageSize]

  public init(
    processor: ProcessorModel, hasHashPageTableResize: Bool = true, hasHomeNodes: Bool = true,
    hasXICS: Bool = true
  ) {
    isa = processor.isa
    hasRadix = processor.hasRadix
    segments = processor.translation.segments
    self.hasHashPageTableResize = hasHashPageTableResize
    self.hasHomeNodes = hasHomeNodes
    self.hasXICS = hasXICS
  }

  /// Watchpoint registers: the DABR before 2.07, one DAWR with it, two since 3.1.
  public var dataWatchpoints: Int { isa >= .v3_1 ? 2 : 1 }
  public var hasDAWR: Bool { isa >= .v2_07 }
  /// CIABR and the alternate interrupt location came with 2.07.
  public var hasCIABR: Bool { isa >= .v2_07 }

  /// Whether the calls of `set` have something to work on.
  func serves(_ set: FunctionSet) -> Bool {
    switch set {
    case .hptResize: hasHashPageTableResize
    case .inMemoryTables: isa >= .v3_0
    case .vphn: hasHomeNodes
    case .interrupt: hasXICS
    default: true
    }
  }
}
