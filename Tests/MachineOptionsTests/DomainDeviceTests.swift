import ArgumentParser
import DomainDescription
import Foundation
import MachineDescription
import Testing

@testable import MachineOptions

/// The devices of a libvirt domain are those of the options that make the same.
@Suite struct DomainDeviceTests {
  /// A domain around `<devices>`, whose line is 5, and around what else `<os>` has.
  private static func domain(_ devices: String, os: String = "") -> String {
    """
    <domain type='qemu'>
    <name>guest</name>
    <memory unit='GiB'>1</memory><vcpu>1</vcpu>
    <os><type arch='ppc64le' machine='pseries'>hvm</type>\(os)</os>
    <devices><console/><nvram/>\(devices)</devices>
    </domain>
    """
  }

  private static func options(
    _ devices: String, os: String = "", _ more: [String] = []
  ) throws -> (options: MachineOptions, folder: URL) {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "guest.xml")
    try Data(domain(devices, os: os).utf8).write(to: file)
    return (try MachineOptions.parse(["--domain", file.path] + more), folder)
  }

  private static func description(
    _ devices: String, os: String = "", _ more: [String] = []
  ) throws -> MachineDescription {
    let (options, folder) = try options(devices, os: os, more)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try options.description()
  }

  private static let nvram = "--cpu power10 --name guest --vty 0x30000000 --nvram 0x3000 "

  /// Devices, what else `<os>` has, and the options of the same machine.
  static let same: [(devices: String, os: String, options: String)] = [
    (
      """
      <disk type='file'><driver name='qemu' type='qcow2' cache='none' queues='4'/>
      <source file='/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
      <disk type='block' device='disk'><source dev='/dev/sdx'/><target dev='vdb'/><readonly/>
      <serial>abc</serial></disk>
      <disk type='file'><source file='/n'/><target dev='nvme0n1' bus='nvme'/></disk>
      """, "",
      "--disk /a.qcow2,direct,queues=4,id=vda --disk /dev/sdx,read-only,serial=abc,id=vdb "
        + "--disk /n,bus=nvme,id=nvme0n1"
    ),
    // Without a controller it is the pSeries machine's; the others have disks of their numbers.
    (
      """
      <controller type='scsi' index='1' model='virtio-scsi'><driver queues='2'/></controller>
      <controller type='scsi' model='ibmvscsi'/>
      <disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/></disk>
      <disk type='file'><source file='/b'/><target dev='sdb'/>
      <address type='drive' controller='1' bus='0' target='0' unit='0'/></disk>
      <disk type='file' device='cdrom'><source file='/c'/><target dev='sdc'/><readonly/></disk>
      <disk type='file' device='cdrom'><target dev='sdd' bus='scsi'/></disk>
      """, "",
      "--disk /a,bus=vscsi,id=sda --disk /b,bus=scsi,queues=2,id=sdb --cdrom /c,id=sdc"
    ),
    // The queues of a controller are those of its disks.
    (
      """
      <controller type='scsi' model='virtio-scsi'><driver queues='4'/></controller>
      <disk type='file' device='cdrom'><source file='/a'/><target dev='sda' bus='scsi'/></disk>
      <disk type='file'><source file='/b'/><target dev='sdb' bus='scsi'/>
      <serial>3f9a1c52-7b0e-4d53-9a39-2f1f0c6d8e77</serial></disk>
      """, "",
      "--cdrom /a,bus=scsi,id=sda --disk /b,bus=scsi,queues=4,serial=3f9a1c52-7b0e-4d53-9,id=sdb"
    ),
    (
      """
      <disk type='network'><driver type='raw'/><source protocol='nbd' name='my disk'>
      <host name='example.org' port='1234'/></source><target dev='vda'/></disk>
      <disk type='network'><source protocol='nbd' tls='yes'>
      <host transport='unix' socket='/run/a,b'/></source><target dev='vdb'/><transient/></disk>
      """, "",
      "--disk nbd://example.org:1234/my%20disk,id=vda "
        + "--disk file=nbds+unix:///?socket=/run/a%2Cb,snapshot,id=vdb"
    ),
    (
      """
      <interface type='user'><mac address='52:54:00:09:a4:37'/><model type='virtio'/>
      <mtu size='1400'/><link state='up'/><backend type='passt'/>
      <portForward proto='tcp'><range start='2022' to='22'/></portForward></interface>
      <interface type='ethernet'><target dev='tap0' managed='no'/></interface>
      <interface type='server'><source address='127.0.0.1' port='5558'/></interface>
      <interface type='client'><source port='5558'/><model type='spapr-vlan'/></interface>
      <interface type='bridge'><source bridge='br0'/><link state='down'/></interface>
      """, "",
      "--net user,forward=tcp:0.0.0.0:2022:22,mac=52:54:00:09:a4:37,mtu=1400 --net tap=tap0 "
        + "--net stream=127.0.0.1:5558,listen --net stream=127.0.0.1:5558,model=vlan "
        + "--net none,link=down"
    ),
    (
      """
      <interface type='user'><link state='down'/><driver name='vhost' queues='4'/></interface>
      <interface type='user'><driver queues='64'/></interface>
      """, "", "--net user,link=down,queues=4 --net user,queues=16"
    ),
    (
      """
      <controller type='pci' index='0' model='pci-root'><target index='0'/></controller>
      <controller type='pci' index='1' model='pci-root'><target index='3'/></controller>
      <controller type='pci' index='2' model='pci-bridge'/>
      <disk type='file'><source file='/a'/><target dev='vda'/></disk>
      <disk type='file'><source file='/b'/><target dev='vdb'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/></disk>
      <interface type='user'>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x1f' function='0x0'/></interface>
      <interface type='user'><address type='pci' bus='0x02' slot='0x07'/></interface>
      <interface type='user'><address type='pci' bus='0' slot='5' function='1'/></interface>
      <filesystem><source dir='/c'/><target dir='c'/><address type='pci' slot='3'/></filesystem>
      """, "",
      "--disk /a,id=vda --disk /b,id=vdb,slot=1 --net user,bridge=3,slot=31 --net user --net user "
        + "--share path=/c,tag=c,slot=3"
    ),
    (
      """
      <channel type='unix'><source mode='bind' path='/run/a,b'/>
      <target type='virtio' name='org.qemu.guest_agent.0'/></channel>
      <channel type='tcp'><source mode='connect' host='::1' service='99'/>
      <target type='virtio' name='x'/></channel>
      <channel type='unix'><target type='virtio' name='y'/></channel>
      <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
      <console type='unix'><source mode='bind' path='/c'/><target type='virtio'/></console>
      """, "",
      "--virtio-console unix:/c --channel name=org.qemu.guest_agent.0,path=/run/a,,b "
        + "--channel name=x,address=tcp:[::1]:99,connect"
    ),
    (
      """
      <filesystem type='mount' accessmode='passthrough'><source dir='/a,b'/><target dir='src'/>
      <readonly/></filesystem>
      <filesystem><driver type='virtiofs' queue='1024'/><binary path='/usr/libexec/virtiofsd'/>
      <source dir='/c'/><target dir='fast'/></filesystem>
      <filesystem><driver type='virtiofs'/><source socket='/run/s'/><target dir='s'/></filesystem>
      """, "",
      "--share path=/a,,b,tag=src,read-only --share path=/c,tag=fast,type=virtiofs "
        + "--share socket=/run/s,tag=s,type=virtiofs"
    ),
    (
      "<tpm model='tpm-spapr'><backend type='emulator'><source type='dir' path='/t'/></backend></tpm>",
      "",
      "--tpm state=/t"
    ),
    (
      """
      <tpm model='tpm-spapr'><backend type='external'>
      <source type='unix' mode='connect' path='/s'/></backend></tpm>
      <tpm model='spapr-tpm-proxy'><backend type='passthrough'/></tpm>
      """, "", "--tpm path=/s"
    ),
    (
      "<rng model='virtio'><backend model='random'/></rng><memballoon model='virtio'/>", "",
      "--virtio-random --balloon"
    ),
    (
      """
      <disk type='file'><source file='/a'/><target dev='vda'/></disk>
      <disk type='file' device='cdrom'><source file='/b'/><target dev='sda'/></disk>
      """, "<boot dev='cdrom'/><boot dev='network'/><boot dev='hd'/>",
      "--disk /a,id=vda --cdrom /b,id=sda --boot cdrom --boot disk"
    ),
    (
      """
      <disk type='file'><source file='/a'/><target dev='vda'/><boot order='2'/></disk>
      <disk type='file'><source file='/b'/><target dev='vdb'/></disk>
      <disk type='file'><source file='/c'/><target dev='vdc'/><boot order='1'/></disk>
      """, "", "--disk /a,id=vda --disk /b,id=vdb --disk /c,id=vdc --boot vdc,vda"
    ),
    (
      """
      <disk type='file'><source file='/a'/><target dev='vda'/></disk>
      <interface type='user'/>
      """, "<boot dev='network'/><boot dev='hd'/>",
      "--disk /a,id=vda --net user --boot network --boot disk"
    ),
    (
      """
      <disk type='file'><source file='/a'/><target dev='vda'/><boot order='2'/></disk>
      <interface type='user'/>
      <interface type='user'><model type='spapr-vlan'/><boot order='1'/></interface>
      """, "", "--disk /a,id=vda --net user --net user,model=vlan --boot net1,vda"
    ),
  ]

  @Test(arguments: same.indices)
  func `the machine is that of the options`(row: Int) throws {
    let (devices, os, arguments) = Self.same[row]
    let (made, folder) = try Self.options(devices, os: os)
    defer { try? FileManager.default.removeItem(at: folder) }
    let domain = try DomainDescription(
      Array(Self.domain(devices, os: os).utf8), file: "guest.xml")
    let options = try MachineOptions.parse(
      (Self.nvram + arguments).split(separator: " ").map(String.init))
    #expect(try made.description() == options.description())
    // What is behind the devices.
    let full = try made.adding(domain.devices, file: "guest.xml")
    #expect(full.disks.map(\.withoutFormat) == options.disks.map(\.withoutFormat))
    #expect(full.networks.map(\.connection) == options.networks.map(\.connection))
    #expect(full.networks.map(\.isConnected) == options.networks.map(\.isConnected))
    #expect(full.ports == options.ports && full.tpm == options.tpm)
    #expect(full.shares.map(\.source) == options.shares.map(\.source))
    #expect(full.shares.map(\.isReadOnly) == options.shares.map(\.isReadOnly))
    // Another time nothing is added.
    let again = try full.adding(domain.devices, file: "guest.xml")
    #expect(again.disks == full.disks && again.networks.count == full.networks.count)
  }

  /// A file's format is what the domain says, and not what its name does.
  @Test func `formats are never guessed`() throws {
    let devices = """
      <disk type='file'><source file='/a.qcow2'/><target dev='vda'/></disk>\
      <disk type='file'><driver type='vmdk'/><source file='nbd:x,y'/><target dev='vdb'/></disk>
      """
    let domain = try DomainDescription(Array(Self.domain(devices).utf8), file: "guest.xml")
    let disks = try MachineOptions.parse([]).adding(domain.devices, file: "guest.xml").disks
    #expect(disks.map(\.format) == ["raw", "vmdk"])
    #expect(disks.map(\.file) == ["/a.qcow2", "./nbd:x,y"] && !disks[1].isServer)
  }

  @Test func `a serial number that is cut has a note`() throws {
    func notes(_ serial: String) throws -> [String] {
      let disk =
        "<disk type='file'><source file='/a'/><target dev='vda'/><serial>\(serial)</serial></disk>"
      return try DomainDescription(Array(Self.domain(disk).utf8), file: "x").notes.map(\.text)
    }
    #expect(try notes("12345678901234567890") == [])
    #expect(
      try notes("123456789012345678901") == [
        "<domain/devices/disk/serial>: the guest sees the first 20 characters of "
          + "'123456789012345678901'"
      ])
  }

  @Test func `a TPM without the folder of its state is that of the option`() throws {
    let devices = "<tpm model='tpm-spapr'><backend type='emulator' version='2.0'/></tpm>"
    let error = #expect(throws: CommandError.self) { try Self.description(devices) }
    #expect(error?.message.contains("--tpm state=FOLDER on the command line") == true)
    let options = try MachineOptions.parse(
      (Self.nvram + "--tpm state=/t").split(separator: " ").map(String.init))
    #expect(
      try Self.description(devices, ["--tpm", "state=/t"]) == options.description())
  }

  @Test func `options replace devices of their kind`() throws {
    let devices = """
      <disk type='file'><source file='/a'/><target dev='vda'/><boot order='1'/></disk>\
      <interface type='network'><source network='default'/></interface><memballoon/>
      """
    let made = try Self.description(devices, ["--disk", "/b", "--net", "user"])
    let options = try MachineOptions.parse(
      (Self.nvram + "--disk /b --net user --balloon").split(separator: " ").map(String.init))
    #expect(try made == options.description())
  }

  /// Devices that cannot be, and what the message has.
  static let refused: [(devices: String, names: [String])] = [
    ("<interface type='network'/>", ["interface>: type 'network'", "ethernet", "--net user"]),
    ("<interface type='bridge'/>", ["type 'bridge'", "user, ethernet, server, client"]),
    ("<interface type='ethernet'/>", ["<target>", "TAP"]),
    ("<interface type='server'/>", ["no <source> with a port"]),
    (
      "<interface type='user'><model type='e1000'/></interface>",
      ["interface/model>: type 'e1000'", "virtio"]
    ),
    (
      "<interface type='user'><address type='pci' slot='0x20'/></interface>",
      ["interface/address>: slot '0x20' is not a number from 0 to 31"]
    ),
    (
      "<interface type='user'><link state='sideways'/></interface>",
      ["interface/link>: state 'sideways' is none of up, down"]
    ),
    (
      "<interface type='user'><mac address='x'/></interface>",
      ["--net user,mac=x", "not valid: 'mac=x'"]
    ),
    (
      "<interface type='user'><portForward proto='tcp'><range start='1' end='300'/></portForward>"
        + "</interface>", ["more than 256 ports"]
    ),
    ("<filesystem type='template'/>", ["type 'template' is none of mount"]),
    (
      "<filesystem accessmode='mapped'><source dir='/a'/><target dir='t'/></filesystem>",
      ["accessmode 'mapped' is none of passthrough, squash"]
    ),
    ("<filesystem><source dir='/a'/></filesystem>", ["no <target> with a dir"]),
    ("<filesystem><target dir='t'/></filesystem>", ["no <source> with a dir or a socket"]),
    (
      "<filesystem><source socket='/s'/><target dir='t'/></filesystem>",
      ["--share tag=t,socket=/s", "not valid"]
    ),
    (
      "<tpm model='tpm-spapr'><backend type='external'/></tpm>",
      ["tpm/backend>: it has no <source> with the path of a socket"]
    ),
    ("<disk type='file'/>", ["no <target>"]),
    ("<disk type='file'><target dev='vda'/></disk>", ["no <source> with a file"]),
    (
      "<disk type='volume'><source/><target dev='vda'/></disk>",
      ["type 'volume' is none of file, block, network"]
    ),
    (
      "<disk type='file'><source file='/a'/><target dev='hda'/></disk>",
      ["target>: bus 'ide' is none of virtio, scsi, nvme"]
    ),
    ("<disk device='lun' type='block'><target dev='sda'/></disk>", ["device 'lun'"]),
    (
      "<disk device='cdrom'><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
      ["not for a CD-ROM: use scsi"]
    ),
    (
      "<disk type='file'><driver cache='writethrough'/><source file='/a'/><target dev='vda'/></disk>",
      ["driver>: cache 'writethrough' is none of none"]
    ),
    (
      "<disk type='file'><source file='/a'/><target dev='vda'/><shareable/></disk>",
      ["<shareable/>", "<readonly/>"]
    ),
    (
      "<disk type='network'><source protocol='rbd'/><target dev='vda'/></disk>",
      ["protocol 'rbd' is none of nbd"]
    ),
    (
      "<controller type='scsi' model='lsilogic'/>"
        + "<disk type='file'><source file='/a'/><target dev='sda'/></disk>",
      ["controller>: model 'lsilogic'", "virtio-scsi"]
    ),
    (
      "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
        + "<disk type='file'><source file='/b'/><target dev='vda'/></disk>",
      ["another disk is 'vda'"]
    ),
    (
      "<disk type='file'><source file='/a'/><target dev='vda'/><auth username='x'/></disk>",
      ["disk/auth>", "not supported"]
    ),
  ]

  @Test(arguments: refused.indices)
  func `what cannot be is refused with its place`(row: Int) throws {
    let (devices, names) = Self.refused[row]
    let error = #expect(throws: CommandError.self) { try Self.description(devices) }
    let message = error?.message ?? ""
    #expect(message.contains("guest.xml:5: <domain/devices/"), "\(message)")
    for name in names { #expect(message.contains(name), "\(message)") }
  }

  @Test func `menu and NVRAM`() throws {
    func read(_ os: String) throws -> DomainDescription {
      try DomainDescription(Array(Self.domain("", os: os).utf8), file: "x")
    }
    let all = try read("<bootmenu enable='yes' timeout='1500'/><nvram>/var/nvram</nvram>")
    #expect(all.bootMenuSeconds == 1.5 && all.nvramFile == "/var/nvram")
    #expect(try read("<bootmenu enable='yes'/>").bootMenuSeconds == 3)
    #expect(try read("<bootmenu enable='no'/>").bootMenuSeconds == nil)
    #expect(try read("<nvram template='/t'/>").nvramFile == nil)
    let both = "<disk type='file'><source file='/a'/><target dev='vda'/><boot order='1'/></disk>"
    let error = #expect(throws: CommandError.self) {
      try Self.description(both, os: "<boot dev='hd'/>")
    }
    #expect(error?.message.contains("disk/boot>: <os> has a <boot> too") == true)
  }
}

extension DiskArgument {
  /// The argument with the format that is used, however it came about.
  fileprivate var withoutFormat: String {
    "\(kind) \(file) \(format) \(bus) \(isReadOnly) \(isSnapshot) \(isDirect) \(queues) "
      + "\(serial ?? "") \(id ?? "")"
  }
}
