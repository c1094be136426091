import HostSupport
import MachineDescription
import PowerISA
import Testing

@testable import MachineOptions

/// The values of options, one type each: what is read, and what is not.
@Suite struct ArgumentTests {
  @Test(
    arguments: [
      ("0", 0), ("512", 512), ("1K", 1 << 10), ("512M", 512 << 20), ("4G", 4 << 30),
      ("2T", 2 << 40),
      ("4GiB", 4 << 30), ("4Gi", 4 << 30), ("4g", 4 << 30), ("0x10000", 0x10000), ("0X20", 0x20),
      ("0x1G", 1 << 30), ("16777215T", 16_777_215 << 40),
    ] as [(String, UInt64)])
  func byteCounts(text: String, bytes: UInt64) {
    #expect(ByteCount(argument: text)?.bytes == bytes)
  }

  @Test(arguments: [
    "", "G", "iB", "KiB", "-1", "+1", "1.5G", "1P", "4GB", "4 G", "0x", "0xg", "16777216T",
    "18446744073709551616", "1GG", "1iB",
  ])
  func notByteCounts(text: String) { #expect(ByteCount(argument: text) == nil) }

  @Test func numbers() {
    #expect(Number(argument: "18446744073709551615")?.value == .max)
    #expect(Number(argument: "0xFfff")?.value == 0xFFFF)
    for text in ["", "-1", "+1", "0x", "0x-1", "1e3", "18446744073709551616", " 1"] {
      #expect(Number(argument: text) == nil, "\(text)")
    }
    #expect(UnitAddress(argument: "0x71000000")?.value == 0x7100_0000)
    #expect(UnitAddress(argument: "0x100000000") == nil)
  }

  @Test(
    arguments: [
      ("a.raw", "a.raw", false, false, nil), ("file=a.raw", "a.raw", false, false, nil),
      ("a,,b.raw,read-only", "a,b.raw", true, false, nil),
      ("a.raw,snapshot=on,readonly=off,bus=virtio", "a.raw", false, true, nil),
      ("/dev/sda,read-only=on,serial=x=y", "/dev/sda", true, false, "x=y"),
      ("file=a=b", "a=b", false, false, nil), ("a=b.raw,snapshot", "a=b.raw", false, true, nil),
      ("=", "=", false, false, nil), ("file=bus=ide", "bus=ide", false, false, nil),
      (
        "nbd+unix:///export?socket=/run/disks,read-only", "nbd+unix:///export?socket=/run/disks",
        true, false, nil
      ),
    ] as [(String, String, Bool, Bool, String?)])
  func disks(text: String, file: String, isReadOnly: Bool, isSnapshot: Bool, serial: String?) {
    let disk = DiskArgument(argument: text)
    #expect(disk?.file == file)
    #expect(disk?.isReadOnly == isReadOnly)
    #expect(disk?.isSnapshot == isSnapshot)
    #expect(disk?.serial == serial)
  }

  @Test(arguments: [
    "", ",", "a,", "file=", "a,b", "a,readonly=yes", "a,snapshot=", "a,bus=ide", "a,size=1",
    "read-only", "bus=ide", "read-only,a=b", "a,a=b", "a,serial",
  ])
  func notDisks(text: String) { #expect(DiskArgument(argument: text) == nil) }

  @Test func busesOfDisks() {
    let disk = DiskArgument(argument: "file=a.raw,id=d0,bus=vscsi")
    #expect(disk?.bus == .vscsi && disk?.id == "d0" && disk?.kind == .disk)
    #expect(DiskArgument(argument: "a.raw,bus=scsi")?.bus == .scsi)
    #expect(DiskArgument(argument: "a.raw")?.bus == .virtio)
    let cdrom = CDROMArgument(argument: "x.iso,serial=s")?.disk
    #expect(cdrom?.kind == .cdrom && cdrom?.bus == .vscsi && cdrom?.isReadOnly == true)
    #expect(CDROMArgument(argument: "x.iso,bus=scsi")?.disk.bus == .scsi)
    #expect(CDROMArgument(argument: "x=y.iso")?.disk.file == "x=y.iso")
    for text in [
      "", "x.iso,bus=virtio", "x.iso,bus=nvme", "x.iso,read-only", "x.iso,snapshot", "x.iso,id=",
    ] {
      #expect(CDROMArgument(argument: text) == nil, "\(text)")
    }
  }

  @Test(
    arguments: [
      ("user", .user(forwards: [], isRestricted: false), nil, nil),
      ("user,restrict,mtu=9000", .user(forwards: [], isRestricted: true), nil, 9000),
      (
        "user,forward=2222:22,hostfwd=udp::53-:53,restrict=off",
        .user(
          forwards: ["2222:22", "udp:53:53"].compactMap(PortForward.init), isRestricted: false),
        nil, nil
      ),
      (
        "user,tftp=/srv/a,,b,bootfile=c.elf",
        .user(
          forwards: [], isRestricted: false, files: .init(folder: "/srv/a,b", name: "c.elf")),
        nil, nil
      ),
      ("tap=tap,,0,mac=52:54:00:AB:cd:01", .tap("tap,0"), 0x5254_00AB_CD01, nil),
      ("stream=unix:/run/a.sock", .stream("unix:/run/a.sock", listens: false), nil, nil),
      ("stream=[::1]:5000,listen", .stream("[::1]:5000", listens: true), nil, nil),
      ("fd=7,mtu=68", .descriptor(7), nil, 68), ("none,mtu=1500", .nothing, nil, 1500),
    ] as [(String, NetworkArgument.Connection, UInt64?, UInt16?)])
  func networks(
    text: String, connection: NetworkArgument.Connection, address: UInt64?, mtu: UInt16?
  ) {
    let network = NetworkArgument(argument: text)
    #expect(network?.connection == connection)
    #expect(network?.address?.rawValue == address)
    #expect(network?.mtu == mtu)
    #expect(network?.model == .virtio)
  }

  @Test(arguments: ["vlan", "spapr-vlan", "virtio"])
  func `a network card's model has the name of PAPR's tools, too`(name: String) {
    let network = NetworkArgument(argument: "tap=a,model=\(name)")
    #expect(network?.model == (name == "virtio" ? .virtio : .vlan))
    #expect(network?.connection == .tap("a"))
  }

  @Test(arguments: [
    "", "user=x", "usr", "user,", "user,forward", "user,forward=22", "user,listen", "tap", "tap=",
    "tap=a,restrict", "tap=a,forward=1:2", "stream=", "stream", "stream=a:1,restrict", "fd=2",
    "fd=x", "fd=-1", "none=x", "none,restrict",
    "user,mac=52:54:00:12:34", "user,mac=52:54:00:12:34:5g", "user,mtu=65536",
    "user,mtu=67",
    "user,mac", "user,restrict=perhaps", "user,vlan=1", "user,model",
    "user,model=e1000", "model=vlan", "tap=a,tftp=/b", "user,tftp", "user,bootfile=",
  ])
  func notNetworks(text: String) { #expect(NetworkArgument(argument: text) == nil) }

  @Test(
    arguments: [
      ("path=.", "share", .plan9, .folder("."), false),
      ("tag=src,path=a,,b,read-only", "src", .plan9, .folder("a,b"), true),
      ("path=/x,type=virtiofs,readonly=off,tag=y", "y", .virtioFS, .folder("/x"), false),
      ("socket=/run/fs,type=virtiofs", "share", .virtioFS, .socket("/run/fs"), false),
    ] as [(String, String, PCIDevice.Share.Kind, ShareArgument.Source, Bool)])
  func shares(
    text: String, tag: String, kind: PCIDevice.Share.Kind, source: ShareArgument.Source,
    isReadOnly: Bool
  ) {
    let share = ShareArgument(argument: text)
    #expect(share?.share == PCIDevice.Share(tag: tag, kind: kind))
    #expect(share?.source == source)
    #expect(share?.isReadOnly == isReadOnly)
  }

  @Test(arguments: [
    "", ".", "path=", "tag=x", "path=a,path=b", "path=a,tag=", "path=a,type=nfs", "path=a,ro",
    "socket=/run/fs", "path=a,socket=b,type=virtiofs", "path=a,read-only=perhaps",
  ])
  func notShares(text: String) { #expect(ShareArgument(argument: text) == nil) }

  @Test func addressesWithSizes() {
    let range = AddressAndSize(argument: "0x4000000,12M")?.range
    #expect(range == .init(address: 0x400_0000, size: 12 << 20))
    for text in ["", "1", "1,", ",1", "1,2,3", "1;2"] {
      #expect(AddressAndSize(argument: text) == nil, "\(text)")
    }
  }

  @Test func processorNames() {
    for model in ProcessorModel.all {
      #expect(ProcessorName(argument: model.name.uppercased())?.processor == model)
    }
    let named = ProcessorName(argument: "power9:compat=power8")
    #expect(named?.processor == .power9 && named?.compat?.level == .power8)
    #expect(ProcessorName(argument: "power9:compat=none")?.compat?.level == .some(nil))
    for text in ["", "power", "power99", "power9:", "power9:power8", "power9:compat=power99"] {
      #expect(ProcessorName(argument: text) == nil, "\(text)")
    }
  }

  @Test func levels() {
    for level in CompatibilityLevel.allCases {
      #expect(LevelName(argument: level.name)?.level == level)
    }
    #expect(LevelName(argument: "none").map { $0.level == nil } == true)
    #expect(LevelName(argument: "") == nil && LevelName(argument: "2.07") == nil)
    #expect(LevelName.allValueStrings.allSatisfy { LevelName(argument: $0) != nil })
  }

  @Test func processorCounts() throws {
    let counts = try #require(
      ProcessorCounts(argument: "sockets=2,8,threads=4,cores=1,maxcpus=8"))
    #expect(counts.processors == 8 && counts.threads == 4 && counts.cores == 1)
    #expect(counts.sockets == 2 && counts.maximum == 8)
    #expect(ProcessorCounts(argument: "cpus=3")?.processors == 3)
    // A number that no integer holds is too large, not something else.
    #expect(ProcessorCounts(argument: "99999999999999999999")?.processors == .max)
    for text in ["", "4,", "4,4", "4,cpus=4", "threads", "threads=", "4,dies=1", "-1", "0x4"] {
      #expect(ProcessorCounts(argument: text) == nil, "\(text)")
    }
  }

  @Test func numaNodes() throws {
    let node = try #require(
      NUMANodeArgument(argument: "memory=1G,cpus=0-3,cpus=8,distance=1:40,distance=2:80")
    ).node
    #expect(node.memory == 1 << 30 && node.processors == [0...3, 8...8])
    #expect(node.distances == [1: 40, 2: 80])
    for text in [
      "", "memory", "memory=", "memory=1X", "cpus=3-1", "cpus=-1", "cpus=1-2-3", "cpus=a",
      "distance=1", "distance=1:2:3", "distance=1:20,distance=1:30", "nodeid=0",
    ] {
      #expect(NUMANodeArgument(argument: text) == nil, "\(text)")
    }
  }

  @Test func clocks() {
    let clock = ClockArgument(argument: "clock=vm,base=2026-11-28T12:00:00")
    #expect(clock?.base == .date(1_795_867_200) && clock?.source == .vm && clock?.hostTime == nil)
    #expect(ClockArgument(argument: "base=utc,clock=vm")?.hostTime == "base=utc")
    #expect(ClockArgument(argument: "base=localtime")?.hostTime == "base=localtime")
    #expect(ClockArgument(argument: "clock=rt")?.hostTime == "clock=rt")
    for text in [
      "", "base", "base=", "base=noon", "base=utc,base=utc", "clock=guest", "driftfix=slew",
      "base=2026-02-30",
    ] {
      #expect(ClockArgument(argument: text) == nil, "\(text)")
    }
  }
}
