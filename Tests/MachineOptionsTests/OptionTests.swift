import ArgumentParser
import MachineDescription
import PowerISA
import Testing

@testable import MachineOptions

/// The options that describe a machine: what each changes, and what each mistake is answered with.
@Suite struct OptionTests {
  private static func description(_ arguments: [String]) throws -> MachineDescription {
    try MachineOptions.parse(arguments).description()
  }

  /// What a user reads after a mistake.
  private static func message(_ arguments: [String]) -> String? {
    do {
      _ = try description(arguments)
      return nil
    } catch let error as CommandError {
      return error.message
    } catch let error as MachineDescriptionError {
      return "\(error)"
    } catch {
      let hints = UsageHints(TestCommand.self, bareArgument: "--kernel")
      return hints.improved(MachineOptions.message(for: error))
    }
  }

  @Test func nothingGiven() throws {
    let usual = try Self.description([])
    #expect(usual.processor == .newest(supporting: nil) && usual.maximumLevel == nil)
    #expect(usual.memory == 1 << 30 && usual.maximumMemory == 1 << 30)
    #expect(usual.topology == (try ProcessorTopology(processors: 1)))
    #expect(usual.devices == MachineDescription.Devices())
    #expect(usual.allowsRadix && !usual.hasKVMParavirtual && usual.flavor == .lopar)
  }

  @Test func `the firmware boots from devices in the order of the options`() throws {
    func order(_ arguments: String) throws -> [String] {
      try Self.description(arguments.split(separator: " ").map(String.init)).bootOrder
    }
    let (first, second) = ("/pci@800000020000000/scsi@1", "/pci@800000020000000/scsi@2")
    #expect(try order("--disk a --disk b") == [])
    #expect(try order("--disk a --disk b --boot disk") == [first, second])
    #expect(try order("--disk a --disk b,id=root --boot root,disk0") == [second, first])
    #expect(
      try order("--disk a --boot disk0:1,\\ppc\\x,y --boot /vdevice/disk:1,\\z,disk --boot disk")
        == [first + ":1,\\ppc\\x,y", "/vdevice/disk:1,\\z,disk", first])
    #expect(try order("--disk a --boot test-guest") == [])
    let cards = ["/vdevice/l-lan@71000002", "/pci@800000020000000/ethernet@1"]
    let networks = "--net user,model=vlan --net user"
    #expect(try order(networks + " --boot network") == cards)
    #expect(
      try order(networks + " --boot net1:,a.elf --boot net0") == [cards[1] + ":,a.elf", cards[0]])
    #expect(
      try order("--disk a,bus=nvme --disk b --boot disk1,disk0")
        == ["/pci@800000020000000/scsi@2", "/pci@800000020000000/nvme@1"])
    #expect(
      try order("--disk a,bus=vscsi --cdrom b,id=x --disk c,bus=scsi --boot x,disk,cdrom") == [
        "/vdevice/v-scsi@71000002/cdrom@8100000000000000",
        "/vdevice/v-scsi@71000002/disk@8000000000000000",
        "/pci@800000020000000/scsi@1/disk@100000000000000",
        "/vdevice/v-scsi@71000002/cdrom@8100000000000000",
      ])
    for (arguments, message) in [
      (
        "--disk a,id=x --boot disk0",
        "there is no device 'disk0'; there are x, disk, cdrom, network, test-guest"
      ),
      ("--boot disk", "there is no --disk"), ("--disk a --boot disk0,test-guest", "stands alone"),
      ("--disk a,id=disk1 --disk b --boot disk1", "two devices have the name 'disk1'"),
      ("--disk a --boot cdrom", "there is no --cdrom"),
      ("--disk a --boot disk0,", "invalid"),
    ] {
      let found = Self.message(arguments.split(separator: " ").map(String.init))
      #expect(found?.contains(message) == true, "\(arguments): \(found ?? "accepted")")
    }
  }

  struct Change: Sendable {
    var arguments: [String]
    var apply: @Sendable (inout MachineDescription) throws -> Void
    init(
      _ arguments: String, _ apply: @escaping @Sendable (inout MachineDescription) throws -> Void
    ) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.apply = apply
    }
  }

  /// Each option changes its own part of the description, and nothing else.
  static let changes = [
    Change("--cpu power9") { $0.processor = .power9 },
    Change("--cpu power9:compat=power8") { ($0.processor, $0.maximumLevel) = (.power9, .power8) },
    Change("--compat power6") {
      ($0.processor, $0.maximumLevel) = (.newest(supporting: .power6), .power6)
    },
    Change("--max-compat none") { _ in },
    Change("--smp 8,threads=4") {
      $0.topology = try ProcessorTopology(processors: 8, threads: 4)
    },
    Change("--memory 2G") { ($0.memory, $0.maximumMemory) = (2 << 30, 2 << 30) },
    Change("--memory 2G --max-memory 4G") { ($0.memory, $0.maximumMemory) = (2 << 30, 4 << 30) },
    Change("--numa memory=512M,cpus=0 --numa memory=512M") {
      $0.numaNodes = [.init(memory: 512 << 20, processors: [0...0]), .init(memory: 512 << 20)]
    },
    Change("--entry flat") { $0.entry = .flat },
    Change("--vty 0x71000005 --vty 0x71000006") {
      $0.devices.terminals = [0x7100_0005, 0x7100_0006]
    },
    Change("--no-vty") { $0.devices.terminals = [] },
    Change("--nvram 0x71000009") { $0.devices.nvram?.unitAddress = 0x7100_0009 },
    Change("--nvram-size 128K") { $0.devices.nvram?.size = 128 << 10 },
    Change("--no-nvram") { $0.devices.nvram = nil },
    Change("--disk a.raw --disk b.raw,serial=x,read-only") {
      $0.devices.pci = [
        PCIDevice(.block(.init(serial: "disk0")), number: 1),
        PCIDevice(.block(.init(serial: "x", isReadOnly: true)), number: 2),
      ]
    },
    Change("--disk a.raw,bridge=63 --disk b.raw,bus=scsi,bridge=1 --disk c.raw --net user,bridge=1")
    {
      let unit = SCSIDevice(.disk, target: 0, serial: "disk1")
      $0.devices.pci = [
        PCIDevice(.block(.init(serial: "disk0")), number: 1, bridge: 63),
        PCIDevice(.scsi(.init(units: [unit])), number: 1, bridge: 1),
        PCIDevice(.block(.init(serial: "disk2")), number: 1),
        PCIDevice(
          .network(.init(address: .init(rawValue: 0x5254_0012_3456))), number: 2, bridge: 1),
      ]
    },
    // A slot that is named belongs to its device, also when that comes later.
    Change(
      "--disk a.raw --disk b.raw,slot=1 --net user,slot=31,queues=4 --share path=.,bridge=2,slot=3"
    ) {
      $0.devices.pci = [
        PCIDevice(.block(.init(serial: "disk0")), number: 2),
        PCIDevice(.block(.init(serial: "disk1")), number: 1),
        PCIDevice(
          .network(.init(address: .init(rawValue: 0x5254_0012_3456), queues: 4)), number: 31),
        PCIDevice(.share(.init(tag: "share")), number: 3, bridge: 2),
      ]
    },
    // The beginning of a long name is the serial number.
    Change("--disk a.raw,id=a-name-of-more-than-20") {
      $0.devices.pci = [PCIDevice(.block(.init(serial: "a-name-of-more-than-")), number: 1)]
    },
    Change("--virtio-random --balloon") {
      $0.devices.pci = [PCIDevice(.random, number: 1), PCIDevice(.balloon, number: 2)]
    },
    Change("--disk a.raw,bus=nvme,queues=4 --disk b.raw,bus=nvme,read-only,serial=B") {
      $0.devices.pci = [
        PCIDevice(.nvme(PCIDevice.Disk(serial: "disk0", queues: 4)), number: 1),
        PCIDevice(.nvme(PCIDevice.Disk(serial: "B", isReadOnly: true)), number: 2),
      ]
    },
    Change("--tpm state=/a,version=1.2") {
      $0.devices.tpm = VIODevice(.tpm(.v1_2), at: 0x7100_0002)
    },
    Change("--virtio-console unix:/a --channel name=b,path=/b --channel name=c,address=c:1,connect")
    {
      $0.devices.pci = [
        PCIDevice(.console(.init(terminals: 1, channels: ["b", "c"])), number: 1)
      ]
    },
    Change(
      "--disk a.raw,bus=scsi --disk b.raw,bus=vscsi,id=d1 --disk c.raw,bus=scsi,read-only --cdrom d.iso"
    ) {
      $0.devices.pci = [
        PCIDevice(
          .scsi(.init(units: [SCSIDevice(.disk, target: 0, serial: "disk0")])), number: 1),
        PCIDevice(
          .scsi(
            .init(units: [SCSIDevice(.disk, target: 0, serial: "disk2", isReadOnly: true)])),
          number: 2),
      ]
      $0.devices.scsiAdapters = [
        VIODevice(
          .scsi([
            SCSIDevice(.disk, target: 0, serial: "d1"),
            SCSIDevice(.cdrom, target: 1, serial: "cdrom0"),
          ]), at: 0x7100_0002)
      ]
    },
    Change("--net user,mac=52:54:00:12:34:56 --disk a.raw --net tap=x,mtu=1400 --net user") {
      $0.devices.pci = [
        PCIDevice(.block(.init(serial: "disk0")), number: 1),
        PCIDevice(.network(.init(address: .init(rawValue: 0x5254_0012_3456))), number: 2),
        PCIDevice(
          .network(.init(address: .init(rawValue: 0x5254_0012_3457), mtu: 1400)), number: 3),
        PCIDevice(.network(.init(address: .init(rawValue: 0x5254_0012_3458))), number: 4),
      ]
    },
    Change("--share path=. --share tag=src,path=/x,type=virtiofs,read-only --net user") {
      $0.devices.pci = [
        PCIDevice(.network(.init(address: .init(rawValue: 0x5254_0012_3456))), number: 1),
        PCIDevice(.share(.init(tag: "share")), number: 2),
        PCIDevice(.share(.init(tag: "src", kind: .virtioFS)), number: 3),
      ]
    },
    Change(
      "--net user,model=vlan --disk a.raw,bus=vscsi --net user --net tap=x,model=vlan,mtu=9000"
    ) {
      $0.devices.pci = [
        PCIDevice(.network(.init(address: .init(rawValue: 0x5254_0012_3457))), number: 1)
      ]
      $0.devices.scsiAdapters = [
        VIODevice(.scsi([SCSIDevice(.disk, target: 0, serial: "disk0")]), at: 0x7100_0002)
      ]
      $0.devices.logicalLANs = [
        VIODevice(.network(.init(address: .init(rawValue: 0x5254_0012_3456))), at: 0x7100_0003),
        VIODevice(
          .network(.init(address: .init(rawValue: 0x5254_0012_3458), mtu: 9000)),
          at: 0x7100_0004),
      ]
    },
    Change("--boot /vdevice/disk:2") { $0.bootOrder = ["/vdevice/disk:2"] },
    Change("--no-random") { $0.devices.random = false },
    Change("--translation hash") { $0.allowsRadix = false },
    Change("--kvm-paravirtual") { $0.hasKVMParavirtual = true },
    Change("--flavor qemu") { $0.flavor = .qemu },
    Change("--uuid 11111111-2222-3333-4444-555555555555") {
      $0.identity.uuid = "11111111-2222-3333-4444-555555555555"
    },
    Change("--name lpar7") { $0.identity.name = "lpar7" },
    Change("--model text") { $0.identity.model = "text" },
    Change("--host-model 9080-HEX") { $0.identity.hostModel = "9080-HEX" },
    Change("--host-serial 06ABCDE") { $0.identity.hostSerial = "06ABCDE" },
  ]

  @Test(arguments: changes.indices) func optionsChangeTheirPart(index: Int) throws {
    let change = Self.changes[index]
    var expected = try Self.description([])
    try change.apply(&expected)
    #expect(try Self.description(change.arguments) == expected, "\(change.arguments)")
  }

  /// Every option of the group is in the table above or reads a file.
  @Test func everyOptionIsTried() {
    let tried = Set(Self.changes.flatMap(\.arguments).filter { $0.hasPrefix("--") })
    #expect(GivenOptions.names(of: MachineOptions.self).subtracting(tried) == ["--domain"])
  }

  /// The message names the option and the value; for a choice it lists what there is.
  @Test(
    arguments: [
      ("--disk a,bus=ide", ["--disk", "'bus=ide': it is none of virtio, scsi, vscsi, nvme"]),
      ("--disk a,size=1,read-only", ["there is no word 'size=1'"]),
      ("--disk a,snapshot=perhaps", ["'snapshot=perhaps': it is none of on, off"]),
      ("--disk read-only", ["the file is missing"]),
      ("--cdrom a,snapshot", ["--cdrom", "there is no word 'snapshot'"]),
      ("--cdrom a,bus=nvme", ["bus nvme is not for CD-ROMs"]),
      ("--net usr", ["--net", "'usr': it is none of user, tap=NAME, stream=ADDRESS, fd=NUMBER"]),
      ("--net user,mtu=9000,mac=52", ["'mac=52': it is no address such as 52:54:00:12:34:56"]),
      ("--net user,link=in", ["'link=in': it is none of up, down"]),
      ("--net user,queues=17", ["--net", "'queues=17': it is no number from 1 to 16"]),
      ("--net user,queues=x", ["'queues=x': it is no number from 1 to 16"]),
      ("--net user,model=vlan,queues=2", ["no PCI device"]),
      ("--net user,id=a --net none,id=a", ["two have the id 'a'"]),
      ("--net none,id=net1 --net none", ["two have the id 'net1'"]),
      ("--disk a,slot=32", ["'slot=32': it is no number from 1 to 31"]),
      (
        "--disk a,slot=3 --share path=.,slot=3",
        ["--share", "two devices are in slot 3 of bridge 0"]
      ),
      ("--disk a,bus=vscsi,slot=3", ["neither queues nor a bridge or slot"]),
      ("--net tap=a,restrict", ["there is no word 'restrict'"]),
      ("--share path=a,type=nfs", ["--share", "'type=nfs': it is none of 9p, virtiofs"]),
      ("--share tag=a", ["path=FOLDER is missing"]),
      ("--channel path=/a", ["--channel", "name=NAME is missing"]),
      ("--virtio-console unix:/a,listen", ["--virtio-console", "there is no word 'listen'"]),
      ("--tpm state=/a,version=3", ["--tpm", "'version=3': it is none of 1.2, 2.0"]),
      ("--cpu power99", ["'power99'", "--cpu", "power9"]),
      ("--cpu power9:compat=power8 --compat power7", ["--cpu and --compat name two levels"]),
      ("--compat 2.07", ["'2.07'", "--compat", "power8"]),
      ("--smp four", ["'four'", "--smp"]),
      ("--smp 0", ["--smp: processors must be 1 to 2048, not 0"]),
      ("--smp 99999999999999999999", ["--smp: processors must be 1 to 2048, not"]),
      ("--memory 1X", ["'1X'", "--memory", "a size is a number of bytes, or has K, M, G or T"]),
      ("--max-memory -1", ["--max-memory"]),
      ("--numa cpus", ["'cpus'", "--numa"]),
      ("--entry sideways", ["'sideways'", "--entry", "flat"]),
      ("--vty 0x100000000", ["'0x100000000'", "--vty"]),
      ("--vty 1 --no-vty", ["--no-vty: there is a --vty as well"]),
      ("--no-nvram --nvram 1", ["--no-nvram: there is a --nvram as well"]),
      ("--no-nvram --nvram-size 64K", ["--no-nvram: there is a --nvram as well"]),
      ("--translation radix", ["'radix'", "--translation", "hash"]),
      ("--flavor vmware", ["'vmware'", "--flavor", "qemu"]),
      ("--domain /nowhere/domain.xml", ["cannot read /nowhere/domain.xml: No such file"]),
      ("--drive disk.img", ["Unknown option '--drive': use --disk FILE"]),
      ("--memroy 1G", ["Unknown option '--memroy'", "--memory"]),
      ("vmlinux", ["use --kernel vmlinux"]),
    ] as [(String, [String])])
  func mistakes(arguments: String, parts: [String]) throws {
    let message = try #require(
      Self.message(arguments.split(separator: " ").map(String.init)), "\(arguments)")
    for part in parts { #expect(message.contains(part), "\(arguments): \(message)") }
  }

  /// A suggestion that is far from what was typed is left out.
  @Test func closeness() {
    #expect(UsageHints.isClose("--memroy", "--memory") && UsageHints.isClose("buidl", "build"))
    #expect(!UsageHints.isClose("--disk", "--entry") && !UsageHints.isClose("run", "show"))
    #expect(!UsageHints.isClose(String(repeating: "a", count: 64), "a"))
  }

  @Test func optionsBehindOneDash() {
    #expect(UnknownOption.first(in: ["--cpu", "power9", "-nographic"]) == "-nographic")
    #expect(UnknownOption.first(in: ["-machine=pseries"]) == "-machine=pseries")
    #expect(UnknownOption.first(in: ["-", "-o=FILE", "-h"]) == nil)
    #expect(UnknownOption.first(in: ["--append", "-quiet", "--", "-nographic"]) == nil)
    #expect(UnknownOption.message("-m").contains("use --memory SIZE"))
    #expect(UnknownOption.message("-zz").contains("begin with two dashes"))
  }

  @Test func givenOptions() {
    let arguments = [
      "--memory=1G", "--append", "--cpu", "--max-compat", "none", "--memory", "2G", "--", "--smp",
    ]
    #expect(GivenOptions.of(MachineOptions.self, in: arguments) == ["--memory", "--max-compat"])
  }

  @Test func statusOfErrors() {
    #expect(CommandError("no").status.rawValue == 1)
    #expect(CommandError.usage("no").status.rawValue == 2)
    #expect(CommandError.overdue("no").status.rawValue == 4)
  }
}

/// A command with a subcommand, for messages that name them.
private struct TestCommand: ParsableCommand {
  struct Build: ParsableCommand {}
  static let configuration = CommandConfiguration(
    commandName: "test", subcommands: [Build.self])
}
