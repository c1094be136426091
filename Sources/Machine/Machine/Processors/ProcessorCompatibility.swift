internal import Hypervisor
internal import PowerCPU
public import PowerISA

/// The compatibility mode of one processor.
public struct ProcessorCompatibility: Hashable, Sendable {
  /// Interrupt server number of the processor.
  public var server: UInt32
  /// The PCR in effect: the set bits that the processor implements.
  public var register: PCR
  /// The newest version of the ISA problem state has.
  public var isa: ISALevel
}

extension PowerMachine {
  /// The current compatibility of every processor, started or not: the machine's limit after
  /// power-on and restarts, then the result of the guest's negotiation.
  public var processorCompatibility: [ProcessorCompatibility] {
    slots.map {
      ProcessorCompatibility(
        server: $0.processor.server, register: $0.engine.compatibility,
        isa: $0.engine.problemStateLevel)
    }
  }
}
