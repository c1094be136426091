import DeviceTree
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

/// `ibm,processor-storage-keys`: keys for data and for instructions, as the level has them.
@Suite struct StorageKeyTests {
  @Test(
    arguments: [
      (.ppc970, nil, [0, 0]), (.power5Plus, nil, [0, 0]), (.power6, nil, [32, 0]),
      (.power6, .power5Plus, [0, 0]), (.power7, nil, [32, 0]), (.power8, nil, [32, 32]),
      (.power8, .power7, [32, 0]), (.power9, .power6, [32, 0]), (.power9, nil, [32, 32]),
      (.power10, .power8, [32, 32]), (.power11, nil, [32, 32]),
    ] as [(ProcessorModel, CompatibilityLevel?, [UInt32])])
  func keys(processor: ProcessorModel, level: CompatibilityLevel?, keys: [UInt32]) throws {
    let cpus = try #require(tree(machine(processor, compat: level))["/cpus"])
    let cpu = try #require(cpus.children.first { $0["device_type"]?.string == "cpu" })
    #expect(cpu["ibm,processor-storage-keys"]?.cells == keys)
    let qemu = try machine(processor, compat: level) { $0.flavor = .qemu }
    let theirs = try #require(tree(qemu)["/cpus"]?.children.first)
    #expect(theirs["ibm,processor-storage-keys"] == nil)
  }
}
