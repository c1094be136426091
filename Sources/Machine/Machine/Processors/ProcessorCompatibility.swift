internal import Hypervisor
internal import PowerCPU
public import PowerISA

/// What one processor of a machine lets problem state use.
public struct ProcessorCompatibility: Hashable, Sendable {
  /// Interrupt server number of the processor.
  public var server: UInt32
  /// The PCR in effect: the bits set that the processor implements.
  public var register: PCR
  /// The newest version of the ISA problem state has.
  public var isa: ISALevel
}

extension PowerMachine {
  /// The compatibility of every processor, started or not, as it is now: the machine's limit after
  /// power-on and restarts, what the guest negotiated since then.
  public var processorCompatibility: [ProcessorCompatibility] {
    slots.map {
      ProcessorCompatibility(
        server: $0.processor.server, register: $0.engine.compatibility,
        isa: $0.engine.problemStateLevel)
    }
  }
}
