public import MachineDescription
public import Hypervisor
internal import PowerISA
internal import RTAS

/// The tables by which the machine of a description answers calls, and what its tree says of them.
public struct DispatchTables: Sendable {
  /// With the hypercall that RTAS is reached by.
  public let hypercalls: HypercallTable
  /// What the tree says of the calls.
  public let served: ServedCalls

  /// The tables of a machine before a client negotiates.
  public init(for description: MachineDescription) {
    let features = description.hypervisorFeatures
    let rtas = RTASTable(features)
    hypercalls = HypercallTable(features, additional: [rtas.hypercall])
    served = ServedCalls(
      hypercallSets: hypercalls.functionSets, privateHypercallSets: hypercalls.qemuFunctionSets,
      rtas: rtas.properties.map { .init(name: $0.name, token: $0.token) })
  }
}

extension ServedCalls {
  /// What the machine of a description serves.
  public init(for description: MachineDescription) {
    self = DispatchTables(for: description).served
  }
}

extension MachineDescription {
  /// What the hypervisor of this machine works on.
  public var hypervisorFeatures: HypervisorFeatures {
    var features = HypervisorFeatures(
      processor: processor, hasHashPageTableResize: allowsHashTableResize)
    features.hasKVMParavirtual = hasKVMParavirtual
    features.hasPCI = !devices.pci.isEmpty
    features.hasQueues = devices.vio.contains(where: \.hasQueue)
    features.hasLogicalLANs = !devices.logicalLANs.isEmpty
    features.segments = processor.segmentPageSizes(upTo: largestHashPageShift)
    return features
  }
}
