public import Hypervisor
internal import PowerISA
public import RTAS

extension ServedCalls {
  /// What two dispatch tables serve.
  public init(hypercalls: HypercallTable, rtas: RTASTable) {
    self.init(
      hypercallSets: hypercalls.functionSets, privateHypercallSets: hypercalls.qemuFunctionSets,
      rtas: rtas.properties.map { RTASCall(name: $0.name, token: $0.token) })
  }

  /// What the machine of a description serves.
  public init(for description: MachineDescription) {
    let features = description.hypervisorFeatures
    self.init(hypercalls: HypercallTable(features), rtas: RTASTable(features))
  }
}

extension MachineDescription {
  /// What the hypervisor of this machine works on.
  public var hypervisorFeatures: HypervisorFeatures {
    var features = HypervisorFeatures(
      processor: processor, hasHashPageTableResize: allowsHashTableResize)
    features.hasKVMParavirtual = hasKVMParavirtual
    features.segments = processor.segmentPageSizes(upTo: largestHashPageShift)
    return features
  }
}
