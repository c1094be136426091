import DomainDescription
import MachineDescription
import PowerISA
import Testing

@Suite struct QEMUCommandLineTests {
  private func arguments(
    _ bytes: [UInt8], host: ProcessorModel, _ accelerator: DomainDescription.Accelerator = .kvm
  ) throws -> [String] {
    let read = try DomainDescription(bytes, file: "guest.xml")
    var line = QEMUCommandLine(try read.machine(host: host).description)
    line.use(read)
    line.accelerator = accelerator
    return try line.arguments()
  }

  private func value(_ option: String, in arguments: [String]) -> String? {
    arguments.firstIndex(of: option).map { arguments[$0 + 1] }
  }

  @Test func aLevelIsTheMachinesOption() throws {
    let level = domain(cpu: "<cpu mode='host-model'><model>power7</model></cpu>")
    let kvm = try arguments(level, host: .power8)
    #expect(value("-machine", in: kvm) == "pseries,max-cpu-compat=power7")
    #expect(value("-cpu", in: kvm) == "host" && value("-accel", in: kvm) == "kvm")
    let tcg = try arguments(level, host: .power8, .tcg)
    #expect(value("-cpu", in: tcg) == "POWER8")
  }

  @Test func aModelIsItself() throws {
    let custom = domain(cpu: "<cpu><model>POWER8</model></cpu>")
    let arguments = try arguments(custom, host: .power8)
    #expect(value("-machine", in: arguments) == "pseries")
    #expect(value("-cpu", in: arguments) == "POWER8")
  }

  @Test func processorsAndMemory() throws {
    let numa = """
      <cpu><topology sockets='1' cores='2' threads='2'/><numa>\
      <cell cpus='0-1' memory='1048576'><distances><sibling id='1' value='40'/></distances></cell>\
      <cell cpus='2,3' memory='1048576'/></numa></cpu>
      """
    let arguments = try arguments(
      domain(
        cpu: numa, vcpu: "<vcpu current='2'>4</vcpu>",
        more: "<maxMemory slots='4' unit='GiB'>4</maxMemory>"),
      host: .power9)
    #expect(value("-smp", in: arguments) == "2,maxcpus=4,sockets=1,cores=2,threads=2")
    #expect(value("-m", in: arguments) == "size=2097152k,slots=4,maxmem=4194304k")
    #expect(value("-numa", in: arguments) == "node,nodeid=0,cpus=0-1,memdev=ram-node0")
    #expect(arguments.contains("node,nodeid=1,cpus=2-3,memdev=ram-node1"))
    #expect(arguments.contains("dist,src=0,dst=1,val=40"))
    #expect(arguments.contains("memory-backend-ram,id=ram-node1,size=1073741824"))
  }

  @Test func whatTheHypervisorOffers() throws {
    let features = """
      <features><hpt resizing='disabled'><maxpagesize unit='MiB'>16</maxpagesize></hpt>\
      <htm state='off'/></features>
      """
    let arguments = try arguments(domain(features: features), host: .power8)
    #expect(
      value("-machine", in: arguments)
        == "pseries,resize-hpt=disabled,cap-htm=off,cap-hpt-max-page-size=16384k")
  }

  @Test func whatAShellAndQEMUMustNotMistake() throws {
    let arguments = try arguments(
      domain(
        system: """
          <os><type arch='ppc64'>hvm</type><kernel>/a b</kernel>\
          <cmdline>x='y' $z</cmdline></os>
          """, more: "<name>a,b</name>"), host: .power9)
    #expect(value("-name", in: arguments) == "guest=a,,b")
    let line = arguments.shellQuoted
    #expect(line.contains("-kernel '/a b'"))
    #expect(line.contains(#"-append 'x='\''y'\'' $z'"#))
  }

  @Test func `devices that QEMU has too`() throws {
    var line = QEMUCommandLine(
      MachineDescription(
        processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 1 << 30))
    line.description.devices.pci = [
      PCIDevice(.random, number: 1), PCIDevice(.balloon, number: 2),
      PCIDevice(.console(.init(terminals: 1, channels: ["a,b"])), number: 10),
    ]
    line.description.devices.tpm = VIODevice(.tpm(.v2_0), at: 0x7100_0002)
    let bare = try line.arguments()
    #expect(bare.contains("virtio-rng-pci,rng=random1,disable-legacy=on,addr=0x1"))
    #expect(bare.contains("rng-random,id=random1,filename=/dev/urandom"))
    #expect(
      bare.contains(
        "virtio-balloon-pci,deflate-on-oom=on,free-page-reporting=on,disable-legacy=on,addr=0x2"))
    #expect(!bare.contains { $0.hasPrefix("virtio-serial") || $0.hasPrefix("tpm") })
    #expect(line.notes.count == 2 && line.notes[1].contains("--tpm path=SOCKET"), "\(line.notes)")
    line.ports = [
      .init(.path("/run/a,b"), connects: false),
      .init(.port(host: "::1", number: 99), connects: true),
    ]
    line.tpmSocket = "/run/tpm"
    #expect(line.notes == [])
    #expect(
      try line.arguments() == bare + [
        "-device", "virtio-serial-pci,id=ports,disable-legacy=on,addr=0xa", "-chardev",
        "socket,id=port0,path=/run/a,,b,server=on,wait=off", "-device",
        "virtconsole,bus=ports.0,nr=0,chardev=port0", "-chardev",
        "socket,id=port1,host=::1,port=99", "-device",
        "virtserialport,name=a,,b,bus=ports.0,nr=1,chardev=port1", "-chardev",
        "socket,id=tpm-control,path=/run/tpm", "-tpmdev", "emulator,id=tpm,chardev=tpm-control",
        "-device", "tpm-spapr,tpmdev=tpm,reg=0x71000002",
      ])
  }

  @Test func qemuHasNoPOWER6() throws {
    #expect(throws: MachineDescriptionError.self) {
      try arguments(domain(cpu: "<cpu mode='host-passthrough'/>"), host: .power6)
    }
  }
}
