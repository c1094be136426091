package import DeviceTree
package import MachineDescription
internal import PlatformTree
package import PowerISA

/// A machine of one processor, with changes.
package func machine(
  _ cpu: ProcessorModel? = nil, compat: CompatibilityLevel? = nil,
  _ change: (inout MachineDescription) throws -> Void = { _ in }
) throws -> MachineDescription {
  var description = MachineDescription(
    processor: cpu ?? .newest(supporting: compat), maximumLevel: compat,
    topology: try ProcessorTopology(processors: 1))
  try change(&description)
  return description
}

/// The tree of a machine before a client negotiates.
package func tree(_ description: MachineDescription) throws -> DeviceTree {
  try PlatformTree.build(description, served: ServedCalls(for: description))
}
