import DeviceTree
import Foundation
import MachineDescription
import PlatformTree
import PowerISA

/// The package's own folder.
let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Reference material that is kept beside the package, where there is any.
let sharedReference = packageRoot.appendingPathComponent("../shared/reference").standardized

/// A machine of one processor, with changes.
func machine(
  _ cpu: ProcessorModel? = nil, compat: CompatibilityLevel? = nil,
  _ change: (inout MachineDescription) throws -> Void = { _ in }
) throws -> MachineDescription {
  var description = MachineDescription(
    processor: cpu ?? .newest(supporting: compat), maximumLevel: compat,
    topology: try ProcessorTopology(processors: 1))
  try change(&description)
  return description
}

func tree(_ description: MachineDescription) throws -> DeviceTree {
  try PlatformTree.build(description, served: ServedCalls(for: description))
}
