import DomainDescription
import MachineDescription
import PowerISA
import Testing

@Suite struct DomainReadingTests {
  /// A whole domain, as virt-manager and virsh write them.
  @Test func everythingThatCounts() throws {
    let bytes = Array(
      """
      <?xml version="1.0" encoding="utf-8"?>
      <!-- edited by hand -->
      <domain type='qemu' id='3'>
        <name>guest, one</name>
        <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
        <metadata><x:note xmlns:x='urn:x'>any</x:note></metadata>
        <maxMemory slots='16' unit='GiB'>8</maxMemory>
        <memory unit='KiB'>4194304</memory>
        <currentMemory unit='KiB'>4194304</currentMemory>
        <vcpu placement='static' current='8'>16</vcpu>
        <iothreads>1</iothreads>
        <os>
          <type arch='ppc64le' machine='pseries-7.2'>hvm</type>
          <kernel>/boot/vmlinux</kernel>
          <initrd>/boot/initrd</initrd>
          <cmdline>console=hvc0 root=/dev/vda&amp;x</cmdline>
        </os>
        <features><hpt resizing='disabled'><maxpagesize unit='MiB'>16</maxpagesize></hpt></features>
        <cpu mode='host-model'>
          <model>power8</model>
          <topology sockets='2' dies='1' cores='2' threads='4'/>
          <numa>
            <cell id='1' cpus='8-15' memory='2' unit='GiB'/>
            <cell id='0' cpus='0-3,4,5-7' memory='2097152'/>
          </numa>
        </cpu>
        <clock offset='utc'/>
        <on_reboot>destroy</on_reboot>
        <devices>
          <emulator>/usr/bin/qemu-system-ppc64</emulator>
          <hostdev mode='subsystem'/>
          <console type='pty'><target type='serial'/></console>
          <serial type='pty'><target type='spapr-vio-serial'/></serial>
          <serial type='pty'><address type='spapr-vio' reg='0x30001000'/></serial>
          <memballoon model='none'/>
        </devices>
      </domain>
      """.utf8)
    let read = try DomainDescription(bytes, file: "guest.xml")
    #expect(read.accelerator == .tcg && read.machine == "pseries-7.2")
    #expect(read.kernel == "/boot/vmlinux" && read.initrd == "/boot/initrd")
    #expect(!read.allowsRestart && read.hasOtherBoot && read.terminals.count == 2)

    let (description, notes) = try read.machine(host: nil)
    #expect(description.processor == .newest(supporting: .power8))
    #expect(description.maximumLevel == .power8)
    let topology = description.topology
    #expect(topology.processors == 8 && topology.maximum == 16)
    #expect(topology.sockets == 2 && topology.cores == 2 && topology.threads == 4)
    #expect(description.memory == 4 << 30 && description.maximumMemory == 8 << 30)
    #expect(
      description.numaNodes == [
        .init(memory: 2 << 30, processors: [0...7]), .init(memory: 2 << 30, processors: [8...15]),
      ])
    #expect(description.bootArguments == "console=hvc0 root=/dev/vda&x")
    #expect(description.identity.uuid == "c7a5fdbd-edaf-9455-926a-d65c16db1809")
    #expect(description.identity.name == "guest, one")
    #expect(!description.allowsHashTableResize && description.largestHashPageShift == 24)
    #expect(description.devices.terminals == [0x3000_0000, 0x3000_1000])
    #expect(description.devices.nvram?.unitAddress == 0x7100_0000)
    #expect(throws: Never.self) { try description.validate() }
    let told = notes.map { "\($0.line) \($0.text)" }
    #expect(
      told.sorted() == [
        "10 <domain>: ignored, about the host: vcpu@placement (line 10), iothreads (line 11), "
          + "devices/emulator (line 30)",
        "3 <domain>: ignored, libvirt's own, of a running domain: @id (line 3)",
        "31 <domain>: left out, not in this machine: devices/hostdev (line 31)",
        "34 <domain/devices/serial>: its output is dropped: only the first terminal is connected",
        "6 <domain>: ignored, for people: metadata (line 6)",
      ])
  }

  /// A `<cpu>`, the processor chosen freely, the level, and the processor when a host is given.
  static let processors:
    [(cpu: String, ProcessorModel, CompatibilityLevel?, host: ProcessorModel, on: ProcessorModel)] =
      [
        ("", .power11, nil, .power9, .power9),
        ("<cpu mode='host-model'/>", .power11, nil, .power8, .power8),
        ("<cpu mode='host-passthrough'/>", .power11, nil, .power8NVL, .power8NVL),
        (
          "<cpu><topology sockets='1' cores='1' threads='1'/></cpu>", .power11, nil, .power9,
          .power9
        ),
        ("<cpu mode='host-model'><model>power6</model></cpu>", .power11, .power6, .power7, .power7),
        ("<cpu mode='host-model'><model>power7</model></cpu>", .power11, .power7, .power9, .power9),
        (
          "<cpu mode='host-model'><model>power10</model></cpu>", .power11, .power10, .power10,
          .power10
        ),
        ("<cpu mode='custom'><model>POWER7</model></cpu>", .power7, nil, .power7Plus, .power7Plus),
        ("<cpu match='exact'><model>POWER8</model></cpu>", .power8, nil, .power8E, .power8E),
        ("<cpu><model>POWER9</model></cpu>", .power9, nil, .power9, .power9),
        (
          "<cpu match='strict'><model fallback='allow'>POWER10</model></cpu>", .power10, nil,
          .power10,
          .power10
        ),
        ("<cpu match='minimum'><model>POWER8</model></cpu>", .power8, nil, .power9, .power9),
        ("<cpu match='exact'><model>POWER7_v2.1</model></cpu>", .power7, nil, .power7, .power7),
        ("<cpu match='exact'><model>POWER7_v2.3</model></cpu>", .power7, nil, .power7, .power7),
        ("<cpu match='exact'><model>POWER7+_v2.1</model></cpu>", .power7, nil, .power7, .power7),
        (
          "<cpu match='exact'><model>POWER8_v1.0</model></cpu>", .power8, nil, .power8NVL,
          .power8NVL
        ),
      ]

  @Test(arguments: processors.indices)
  func theProcessorAndItsLevel(row: Int) throws {
    let (cpu, free, level, host, on) = Self.processors[row]
    let (description, _) = try machine(domain(cpu: cpu))
    #expect(description.processor == free && description.maximumLevel == level, "\(cpu)")
    let (hosted, _) = try machine(domain(cpu: cpu), host: host)
    #expect(hosted.processor == on && hosted.maximumLevel == level, "\(cpu)")
  }

  @Test(
    arguments: [
      ("<memory>1048576</memory>", 1 << 30), ("<memory unit='b'>1073741824</memory>", 1 << 30),
      ("<memory unit='MiB'>512</memory>", 512 << 20), ("<memory unit='M'>512</memory>", 512 << 20),
      ("<memory unit='G'>2</memory>", 2 << 30), ("<memory unit='TiB'>1</memory>", 1 << 40),
      // What is not a number of blocks is rounded up: 10^9 bytes to 1,024 MiB.
      ("<memory unit='GB'>1</memory>", 1 << 30), ("<memory unit='KB'>1</memory>", 256 << 20),
      ("<memory unit='MB'>300</memory>", 512 << 20),
    ] as [(String, UInt64)])
  func sizes(memory: String, bytes: UInt64) throws {
    #expect(try machine(domain(memory: memory)).description.memory == bytes)
  }

  @Test func everyProcessorIsASocketWhereNothingIsSaid() throws {
    let topology = try machine(domain(vcpu: "<vcpu>4</vcpu>")).description.topology
    #expect(topology.sockets == 4 && topology.cores == 1 && topology.threads == 1)
  }

  @Test func withoutAConsoleThereIsNone() throws {
    let (description, notes) = try machine(domain(devices: "<devices/>"))
    #expect(description.devices.terminals.isEmpty && notes.count == 1)
  }
}
