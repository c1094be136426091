package import MachineDescription
package import PowerISA

/// The machine in which programs run: what a saved state of it depends on.
package struct GuestMachine: Sendable {
  package var processor: ProcessorModel
  package var level: CompatibilityLevel?
  package var memory: UInt64
  /// How many folders can be shared.
  package var folders: Int

  package init(
    processor: ProcessorModel, level: CompatibilityLevel?, memory: UInt64, folders: Int
  ) {
    (self.processor, self.level, self.memory) = (processor, level, memory)
    self.folders = folders
  }

  /// Memory when nothing else is said.
  package static let usualMemory: UInt64 = 1 << 30
  /// The terminal that the agent listens to; the first one is the kernel's console.
  static let bell = 1

  /// The kernel's command line: few messages, no self-tests, nothing that waits.
  private static let arguments = [
    "console=hvc0", "quiet", "panic=-1", "cryptomgr.notests", "audit=0", "apparmor=0",
    "nowatchdog", "random.trust_cpu=on", "rcupdate.rcu_expedited=1", "rdinit=/init",
  ]

  /// The tag of a shared folder.
  package static func tag(ofFolder number: Int) -> String { "folder\(number)" }

  /// The machine in the terms of its tree.
  package func description() throws -> MachineDescription {
    var description = MachineDescription(
      processor: processor, maximumLevel: level, topology: try ProcessorTopology(processors: 1),
      memory: memory)
    let first = MachineDescription.Devices.firstUnitAddress
    description.devices.terminals = [first, first + 2]
    for number in 0..<folders {
      description.devices.pci.append(
        PCIDevice(
          .share(PCIDevice.Share(tag: Self.tag(ofFolder: number))), number: UInt8(number + 1)))
    }
    description.bootArguments = Self.arguments.joined(separator: " ")
    return description
  }

  /// What names a saved state of the machine.
  package var name: String {
    "\(processor.name)-\(level?.name ?? "none")-\(memory >> 20)M-\(folders)"
  }
}
