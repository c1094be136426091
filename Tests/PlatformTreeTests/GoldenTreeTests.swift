import DeviceTree
import Foundation
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

/// A tree kept in `dts/`: its file, the options of mkfdt that make it, and the machine they mean.
struct GoldenTree: Sendable, CustomTestStringConvertible {
  var file: String
  var options: String
  var machine: @Sendable () throws -> MachineDescription

  var testDescription: String { file }

  func text() throws -> String {
    "// mkfdt \(options) --format dts\n" + (try tree(machine())).sourceText()
  }

  static let all: [GoldenTree] = levels + processors + options

  private static let levels = MachineDescription.Flavor.allCases.flatMap { flavor in
    CompatibilityLevel.allCases.map { level in
      GoldenTree(
        file: "\(flavor.rawValue)/\(level.name).dts",
        options: "--compat \(level.name)" + (flavor == .qemu ? " --flavor qemu" : "")
      ) {
        try PlatformTestSupport.machine(compat: level) { $0.flavor = flavor }
      }
    }
  }

  private static let processors = ProcessorModel.all.map { processor in
    GoldenTree(file: "processors/\(processor.name).dts", options: "--cpu \(processor.name)") {
      try PlatformTestSupport.machine(processor)
    }
  }

  private static let options = [
    GoldenTree(
      file: "options/numa-smt.dts",
      options: "--cpu power9 --smp 16,threads=4,sockets=2 --memory 4G"
        + " --numa memory=2G,cpus=0-7 --numa memory=2G,cpus=8-15"
    ) {
      try PlatformTestSupport.machine(.power9) {
        $0.topology = try ProcessorTopology(processors: 16, threads: 4, sockets: 2)
        $0.memory = 4 << 30
        $0.maximumMemory = 4 << 30
        $0.numaNodes = [
          .init(memory: 2 << 30, processors: [0...7]), .init(memory: 2 << 30, processors: [8...15]),
        ]
      }
    },
    GoldenTree(
      file: "options/numa-distances.dts",
      options: "--cpu power9 --smp 3 --memory 768M --numa memory=256M,cpus=0"
        + " --numa memory=256M,cpus=1,distance=0:40 --numa memory=256M,cpus=2,distance=0:80,distance=1:80"
    ) {
      try PlatformTestSupport.machine(.power9) {
        $0.topology = try ProcessorTopology(processors: 3)
        $0.memory = 768 << 20
        $0.maximumMemory = $0.memory
        $0.numaNodes = [
          .init(memory: 256 << 20, processors: [0...0]),
          .init(memory: 256 << 20, processors: [1...1], distances: [0: 40]),
          .init(memory: 256 << 20, processors: [2...2], distances: [0: 80, 1: 80]),
        ]
      }
    },
    GoldenTree(
      file: "options/libvirt-addresses.dts",
      options: "--vty 0x30000000 --vty 0x30001000 --nvram 0x3000"
    ) {
      try PlatformTestSupport.machine {
        $0.devices.terminals = [0x3000_0000, 0x3000_1000]
        $0.devices.nvram?.unitAddress = 0x3000
      }
    },
    GoldenTree(
      file: "options/dynamic-memory.dts",
      options: "--memory 17G --max-memory 18G --dynamic-memory v1"
    ) {
      try PlatformTestSupport.machine {
        $0.memory = 17 << 30
        $0.maximumMemory = 18 << 30
        $0.dynamicMemory = .v1
      }
    },
    GoldenTree(
      file: "options/dynamic-memory-v2.dts",
      options: "--memory 17G --max-memory 18G --dynamic-memory v2"
    ) {
      try PlatformTestSupport.machine {
        $0.memory = 17 << 30
        $0.maximumMemory = 18 << 30
        $0.dynamicMemory = .v2
      }
    },
    GoldenTree(
      file: "options/flat.dts",
      options: "--entry flat --bootargs console=hvc0 --initrd 0x3000000,8M"
    ) {
      try PlatformTestSupport.machine {
        $0.entry = .flat
        $0.bootArguments = "console=hvc0"
        $0.initrd = .init(address: 0x300_0000, size: 8 << 20)
      }
    },
    GoldenTree(
      file: "options/hash.dts", options: "--cpu power9 --compat power9 --translation hash"
    ) {
      try PlatformTestSupport.machine(.power9, compat: .power9) { $0.allowsRadix = false }
    },
    GoldenTree(
      file: "options/disks.dts",
      options: "--disk a.raw --disk b.raw,serial=B,read-only,id=b --boot b:2 --boot disk0"
    ) {
      try PlatformTestSupport.machine {
        $0.bootOrder = ["/pci@800000020000000/scsi@2:2", "/pci@800000020000000/scsi@1"]
        $0.devices.pci = [
          PCIDevice(.block(PCIDevice.Disk(serial: "disk0")), number: 1),
          PCIDevice(.block(PCIDevice.Disk(serial: "B", isReadOnly: true)), number: 2),
        ]
      }
    },
    GoldenTree(
      file: "options/bridges.dts",
      options:
        "--disk a.raw,bridge=2 --net user,bridge=1 --disk b.raw,bridge=1 --cdrom c.iso,bus=scsi"
    ) {
      try PlatformTestSupport.machine {
        let unit = SCSIDevice(.cdrom, target: 0, serial: "cdrom0")
        let address = HardwareAddress(rawValue: 0x5254_0012_3456)
        $0.devices.pci = [
          PCIDevice(.block(PCIDevice.Disk(serial: "disk0")), number: 1, bridge: 2),
          PCIDevice(.block(PCIDevice.Disk(serial: "disk1")), number: 1, bridge: 1),
          PCIDevice(.scsi(.init(units: [unit])), number: 1),
          PCIDevice(.network(PCIDevice.Network(address: address)), number: 2, bridge: 1),
        ]
      }
    },
    GoldenTree(
      file: "options/virtio.dts",
      options:
        "--no-random --virtio-random --balloon --virtio-console unix:/a --channel name=b,path=/b"
    ) {
      try PlatformTestSupport.machine {
        $0.devices.random = false
        $0.devices.pci = [
          PCIDevice(.console(.init(terminals: 1, channels: ["b"])), number: 1),
          PCIDevice(.random, number: 2), PCIDevice(.balloon, number: 3),
        ]
      }
    },
    GoldenTree(file: "options/tpm.dts", options: "--tpm path=a --disk b.raw,bus=vscsi") {
      try PlatformTestSupport.machine {
        $0.devices.scsiAdapters = [
          VIODevice(.scsi([SCSIDevice(.disk, target: 0, serial: "disk0")]), at: 0x7100_0002)
        ]
        $0.devices.tpm = VIODevice(.tpm(.v2_0), at: 0x7100_0003)
      }
    },
    GoldenTree(
      file: "options/scsi.dts",
      options: "--disk a.raw,bus=scsi --disk b.raw,bus=vscsi --cdrom c.iso --cdrom d.iso,bus=scsi"
    ) {
      try PlatformTestSupport.machine {
        $0.devices.pci = [
          PCIDevice(
            .scsi(.init(units: [SCSIDevice(.disk, target: 0, serial: "disk0")])), number: 1),
          PCIDevice(
            .scsi(.init(units: [SCSIDevice(.cdrom, target: 0, serial: "cdrom1")])), number: 2),
        ]
        $0.devices.scsiAdapters = [
          VIODevice(
            .scsi([
              SCSIDevice(.disk, target: 0, serial: "disk1"),
              SCSIDevice(.cdrom, target: 1, serial: "cdrom0"),
            ]), at: 0x7100_0002)
        ]
      }
    },
    GoldenTree(
      file: "options/nvme.dts",
      options: "--disk a.raw,bus=nvme,queues=4 --disk b.raw,bus=nvme,read-only,serial=B"
    ) {
      try PlatformTestSupport.machine {
        $0.devices.pci = [
          PCIDevice(.nvme(PCIDevice.Disk(serial: "disk0", queues: 4)), number: 1),
          PCIDevice(.nvme(PCIDevice.Disk(serial: "B", isReadOnly: true)), number: 2),
        ]
      }
    },
    GoldenTree(
      file: "options/networks.dts",
      options: "--net user --net tap=tap0,mtu=9000 --net user,model=vlan"
    ) {
      try PlatformTestSupport.machine {
        let first = HardwareAddress(rawValue: 0x5254_0012_3456)
        let second = HardwareAddress(rawValue: 0x5254_0012_3457)
        $0.devices.pci = [
          PCIDevice(.network(PCIDevice.Network(address: first)), number: 1),
          PCIDevice(.network(PCIDevice.Network(address: second, mtu: 9000)), number: 2),
        ]
        let third = HardwareAddress(rawValue: 0x5254_0012_3458)
        $0.devices.logicalLANs = [
          VIODevice(.network(PCIDevice.Network(address: third)), at: 0x7100_0002)
        ]
      }
    },
    GoldenTree(
      file: "options/shares.dts", options: "--share path=. --share tag=src,path=.,type=virtiofs"
    ) {
      try PlatformTestSupport.machine {
        $0.devices.pci = [
          PCIDevice(.share(PCIDevice.Share(tag: "share")), number: 1),
          PCIDevice(.share(PCIDevice.Share(tag: "src", kind: .virtioFS)), number: 2),
        ]
      }
    },
    GoldenTree(file: "options/bare.dts", options: "--no-vty --no-nvram --no-random") {
      try PlatformTestSupport.machine {
        $0.devices.terminals = []
        $0.devices.nvram = nil
        $0.devices.random = false
      }
    },
  ]
}

@Suite struct GoldenTreeTests {
  static let folder = packageRoot.appendingPathComponent("dts")
  /// Set UPDATE_GOLDEN=1 to write the files instead of comparing with them.
  static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

  @Test(arguments: GoldenTree.all)
  func golden(_ golden: GoldenTree) throws {
    let file = Self.folder.appendingPathComponent(golden.file)
    let text = try golden.text()
    if Self.isUpdating {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      return
    }
    let kept = try? String(contentsOf: file, encoding: .utf8)
    #expect(
      kept == text, "dts/\(golden.file) is stale: UPDATE_GOLDEN=1 swift test --filter GoldenTree")
  }

  @Test func noFileIsLeftOver() throws {
    guard !Self.isUpdating else { return }
    let known = Set(GoldenTree.all.map(\.file))
    for folder in ["lopar", "qemu", "processors", "options"] {
      let files = try FileManager.default.contentsOfDirectory(
        atPath: Self.folder.appendingPathComponent(folder).path)
      for file in files { #expect(known.contains("\(folder)/\(file)")) }
    }
  }
}
