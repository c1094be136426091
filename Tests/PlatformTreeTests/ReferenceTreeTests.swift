import DeviceTree
import Foundation
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

/// Trees that QEMU 10 made, side by side with ours of flavor qemu.
@Suite struct ReferenceTreeTests {
  static let folder = sharedReference.appendingPathComponent("dtb")
  static let files: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".dtb") }.sorted()

  /// Reviewed differences: the start of a line of the comparison, and why it is right.
  static let reviewed: [(String, because: String)] = [
    ("- /: ibm,drc-", "no connectors: nothing can be plugged into this machine"),
    ("- /cpus: ibm,drc-", "the same for processors"),
    ("- /cpus/PowerPC,POWER: ibm,my-drc-index", "the same"),
    ("- /ibm,persistent-memory", "no persistent memory"),
    ("- /pci@800000020000000", "no PCI host bridge"),
    ("- /chosen: rng-seed", "only when asked for, so that a tree can be made twice"),
    ("+ /chosen: bootargs", "there even without arguments, as IEEE 1275 has it"),
    ("- /chosen: linux,pci-probe-only", "no PCI host bridge"),
    ("- /chosen: qemu,graphic-", "no display"),
    ("~ /chosen: ibm,arch-vec-5-platform-support = <0x178018c0", "XICS only, no XIVE"),
    ("- /rtas: ibm,suspend-me", "no suspension"),
    ("- /rtas: ibm,reset-pe-dma-window", "no PCI host bridge"),
    ("- /rtas: ibm,remove-pe-dma-window", "no PCI host bridge"),
    ("- /rtas: ibm,create-pe-dma-window", "no PCI host bridge"),
    ("- /rtas: ibm,query-pe-dma-window", "no PCI host bridge"),
    ("- /rtas: ibm,slot-error-detail", "no PCI host bridge"),
    ("- /rtas: ibm,configure-pe", "no PCI host bridge"),
    ("- /rtas: ibm,set-slot-reset", "no PCI host bridge"),
    ("- /rtas: ibm,read-slot-reset-state2", "no PCI host bridge"),
    ("- /rtas: ibm,get-config-addr-info2", "no PCI host bridge"),
    ("- /rtas: ibm,set-eeh-option", "no PCI host bridge"),
    ("- /rtas: ibm,configure-connector", "no connectors"),
    ("- /rtas: get-power-level", "no connectors"),
    ("- /rtas: set-power-level", "no connectors"),
    ("- /rtas: ibm,change-msi", "no PCI host bridge"),
    ("- /rtas: ibm,query-interrupt-source-number", "no PCI host bridge"),
    ("- /rtas: ibm,write-pci-config", "no PCI host bridge"),
    ("- /rtas: ibm,read-pci-config", "no PCI host bridge"),
    ("- /rtas: write-pci-config", "no PCI host bridge"),
    ("- /rtas: read-pci-config", "no PCI host bridge"),
    ("- /rtas: quiesce", "no RTAS device to quiesce; the client interface has its own"),
    ("- /rtas: ibm,set-tce-bypass", "no device with DMA"),
    ("+ /rtas: rtas-last-error", "LoPAR requires it"),
    ("~ /rtas: rtas-size", "our RTAS takes another size"),
    ("~ /rtas: ibm,hypertas-functions", "another set of calls is served"),
    ("- /rtas: qemu,hypertas-functions", "that call is not served"),
    ("~ /event-sources: interrupt-ranges", "no hot-plug events"),
    ("- /event-sources/hot-plug-events", "no hot-plug events"),
    ("+ /ibm,platform-facilities", "a random number generator that QEMU has as an option"),
  ]

  @Test(
    .enabled(if: !files.isEmpty, "no reference trees in ../shared/reference/dtb"),
    arguments: files)
  func comparesAsReviewed(file: String) throws {
    let blob = try Data(contentsOf: Self.folder.appendingPathComponent(file))
    let reference = try DeviceTree(blob: Array(blob))
    let ours = try tree(Self.description(file))
    let lines = reference.differences(to: ours).map(\.description)
    for line in lines {
      let isReviewed = Self.reviewed.contains { rule in
        // The number of the chip is of no account.
        line.replacing(/PowerPC,POWER\d+@0/, with: "PowerPC,POWER").hasPrefix(rule.0)
      }
      #expect(isReviewed, "\(file): \(line)")
    }
    #expect(!lines.isEmpty)
  }

  /// The machine in a file name: `qemu10-power9-compat-power8.dtb`.
  private static func description(_ file: String) throws -> MachineDescription {
    let words = file.dropLast(4).split(separator: "-")
    let processor = try #require(ProcessorModel.named(String(words[1])))
    let level = words.count > 3 ? CompatibilityLevel(name: words[3]) : nil
    return try machine(processor, compat: level) {
      $0.flavor = .qemu
      $0.devices.terminals = []
      $0.devices.nvram = .init(unitAddress: 0x7100_0000, size: 64 << 10)
    }
  }
}
