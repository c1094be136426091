public import PowerISA

/// The features of a machine's hypervisor, from the processor model and the machine's options.
public struct HypervisorFeatures: Hashable, Sendable {
  /// The ISA version of the hardware.
  public var isa: ISALevel
  /// Radix translation and process tables.
  public var hasRadix: Bool
  /// H_RESIZE_HPT_*; an option of vector 5 also advertises it.
  public var hasHashPageTableResize: Bool
  /// Virtual processors have home nodes, which a call returns.
  public var hasHomeNodes: Bool
  /// The XICS presentation calls.
  public var hasXICS: Bool
  /// PCI host bridges: the calls of RTAS for them, and windows of bus addresses.
  public var hasPCI = false
  /// VIO devices with command/response queues and windows of bus addresses.
  public var hasQueues = false
  /// Logical LAN adapters, which have windows of bus addresses too.
  public var hasLogicalLANs = false
  /// KVM's hypercalls beside those of PAPR; see ``ParavirtualCalls``.
  public var hasKVMParavirtual = false
  /// Base and actual page sizes of hashed translation, as the device tree lists them.
  public var segments: [ProcessorModel.SegmentPageSize]

  /// The features of a processor model, and what the machine's options add to it.
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
  /// True if the processor has the data address watchpoint registers DAWR0 and DAWRX0.
  public var hasDAWR: Bool { isa >= .v2_07 }
  /// CIABR and the alternate interrupt location came with 2.07.
  public var hasCIABR: Bool { isa >= .v2_07 }

  /// Whether the machine has what the calls of `set` operate on.
  func serves(_ set: FunctionSet) -> Bool {
    switch set {
    case .hptResize: hasHashPageTableResize
    case .inMemoryTables: isa >= .v3_0
    case .vphn: hasHomeNodes
    case .interrupt: hasXICS
    case .tce, .multiTCE: hasPCI || hasQueues || hasLogicalLANs
    case .crq, .suspend: hasQueues
    case .lLAN, .iLAN, .iLANOptions: hasLogicalLANs
    default: true
    }
  }
}
