import DomainDescription
import MachineDescription
import PowerISA
import Testing

/// Where virtual devices stand, and what a terminal writes to.
@Suite struct VirtualDeviceTests {
  /// Devices, the addresses of terminals, and that of NVRAM: those of the domain, else libvirt's.
  static let table: [(devices: String, terminals: [UInt32], nvram: UInt32)] = [
    ("<console type='pty'/>", [0x3000_0000], 0x7100_0000),
    ("<serial/><serial/><serial/>", [0x3000_0000, 0x3000_1000, 0x3000_2000], 0x7100_0000),
    ("<serial/><nvram/>", [0x3000_0000], 0x3000),
    ("<serial/><nvram><address type='spapr-vio' reg='0x4000'/></nvram>", [0x3000_0000], 0x4000),
    (
      "<console/><serial><target type='spapr-vio-serial' port='0'/>"
        + "<address type='spapr-vio' reg='0x30001000'/></serial>", [0x3000_1000], 0x7100_0000
    ),
    // The first console is the first serial device, address and all.
    (
      "<serial/><console><target type='serial'/><address type='spapr-vio' reg='30002000'/></console>",
      [0x3000_2000], 0x7100_0000
    ),
    // A default gives way to an address that is given.
    (
      "<serial/><serial><address type='spapr-vio' reg='0x30000000'/></serial>",
      [0x3000_1000, 0x3000_0000], 0x7100_0000
    ),
    ("<nvram/><serial><address type='spapr-vio' reg='0x3000'/></serial>", [0x3000], 0x4000),
  ]

  @Test(arguments: table.indices)
  func addresses(row: Int) throws {
    let (devices, terminals, nvram) = Self.table[row]
    let (description, _) = try machine(domain(devices: "<devices>\(devices)</devices>"))
    #expect(description.devices.terminals == terminals)
    #expect(description.devices.nvram?.unitAddress == nvram)
    #expect(throws: Never.self) { try description.validate() }
  }

  @Test func outputs() throws {
    let devices = """
      <devices><serial type='file'><source path='/tmp/one' append='on'/></serial>\
      <serial type='null'/><serial type='file'><source path='/tmp/two'/></serial>\
      <serial type='tcp'/></devices>
      """
    let read = try DomainDescription(domain(devices: devices), file: "x")
    #expect(
      read.terminals.map(\.output) == [
        .file("/tmp/one", appends: true), .nowhere, .file("/tmp/two", appends: false), .nowhere,
      ])
    #expect(
      read.notes.map(\.text) == [
        "<domain/devices/serial>: its output is dropped: only the first terminal is connected"
      ])
    let first = try DomainDescription(
      domain(devices: "<devices><console type='unix'/></devices>"), file: "x")
    #expect(first.terminals.map(\.output) == [.program])
    #expect(
      first.notes.map(\.text) == [
        "<domain/devices/console>: 'unix': it is the program's standard input and output"
      ])
  }

  /// `<memory>` counts modules, which are not there; nodes do not.
  @Test func memoryModules() throws {
    let module = "<memory model='dimm'><target><size unit='MiB'>512</size></target></memory>"
    let (description, notes) = try machine(
      domain(
        memory: "<memory unit='GiB'>2</memory>", devices: "<devices><console/>\(module)</devices>",
        more: "<maxMemory slots='4' unit='GiB'>4</maxMemory>"))
    #expect(description.memory == 1536 << 20 && description.maximumMemory == 4 << 30)
    #expect(notes.count == 1 && notes[0].text.contains("devices/memory (line 7)"), "\(notes)")
    let cells = "<cpu><numa><cell cpus='0' memory='1' unit='GiB'/></numa></cpu>"
    let (nodes, _) = try machine(
      domain(cpu: cells, devices: "<devices><console/>\(module)</devices>"))
    #expect(nodes.memory == 1 << 30)
  }
}

@Suite struct ClockAndLifecycleTests {
  private typealias Clock = DomainDescription.Clock

  private func clock(_ element: String) throws -> Clock {
    try DomainDescription(domain(more: element), file: "x").clock
  }

  private func clock(
    _ base: Clock.Base, _ adjustment: Int64 = 0, _ source: MachineDescription.ClockSource = .host
  ) -> Clock {
    var clock = Clock()
    (clock.base, clock.adjustment, clock.source) = (base, adjustment, source)
    return clock
  }

  @Test func bases() throws {
    #expect(try clock("") == clock(.utc))
    #expect(try clock("<clock offset='localtime'/>") == clock(.localtime))
    #expect(try clock("<clock offset='utc' adjustment='reset'/>") == clock(.utc))
    #expect(
      try clock("<clock offset='timezone' timezone='Europe/Berlin'/>")
        == clock(.zone("Europe/Berlin")))
    #expect(try clock("<clock offset='variable' adjustment='-3600'/>") == clock(.utc, -3600))
    #expect(
      try clock("<clock offset='variable' basis='localtime' adjustment='60'/>")
        == clock(.localtime, 60))
    #expect(
      try clock("<clock offset='absolute' start='1234567890'/>") == clock(.date(1_234_567_890)))
  }

  @Test func sources() throws {
    for (track, source) in [("guest", .vm), ("wall", .host), ("realtime", .rt)]
      as [(String, MachineDescription.ClockSource)]
    {
      let text = "<clock offset='utc'><timer name='rtc' track='\(track)'/></clock>"
      #expect(try clock(text) == clock(.utc, 0, source))
      #expect(try machine(domain(more: text)).description.devices.clockSource == source)
    }
    let other = "<clock><timer name='hpet' present='no'/><timer name='tsc'/></clock>"
    let notes = try machine(domain(more: other)).notes.map(\.text)
    #expect(notes == ["<domain/clock/timer>: left out, not in this machine: timer 'tsc'"])
  }

  @Test func whatQEMUIsTold() throws {
    func option(_ element: String) throws -> String? {
      let read = try DomainDescription(domain(more: element), file: "x")
      var line = QEMUCommandLine(try read.machine(host: .power9).description)
      line.use(read)
      let arguments = try line.arguments()
      return arguments.firstIndex(of: "-rtc").map { arguments[$0 + 1] }
    }
    #expect(try option("<clock offset='utc'/>") == nil)
    #expect(try option("<clock offset='localtime'/>") == "base=localtime")
    #expect(try option("<clock offset='absolute' start='0'/>") == "base=1970-01-01T00:00:00")
    #expect(
      try option("<clock offset='localtime'><timer name='rtc' track='guest'/></clock>")
        == "base=localtime,clock=vm")
    #expect(try option("<clock offset='variable' adjustment='5'/>")?.hasPrefix("base=20") == true)
  }

  /// Text of the three elements, and whether each starts the guest again.
  @Test(arguments: [
    ("", false, true, false),
    ("<on_poweroff>restart</on_poweroff><on_reboot>destroy</on_reboot>", true, false, false),
    ("<on_crash>restart</on_crash>", false, true, true),
    ("<on_crash>coredump-restart</on_crash>", false, true, true),
    ("<on_reboot>preserve</on_reboot><on_crash>preserve</on_crash>", false, false, false),
  ])
  func lifecycle(text: String, poweroff: Bool, reboot: Bool, crash: Bool) throws {
    let read = try DomainDescription(domain(more: text), file: "x")
    #expect(read.restartsAfterPowerOff == poweroff && read.allowsRestart == reboot)
    #expect(read.restartsAfterCrash == crash)
    // What is neither restart nor destroy is named.
    let isNamed = text.contains("preserve") || text.contains("coredump")
    #expect(read.notes.isEmpty == !isNamed, "\(read.notes)")
  }
}

@Suite struct MachineVersionTests {
  /// What QEMU's `query-machines` and the machines' properties say.
  static let table: [(machine: String, ProcessorModel, shift: Int, resizing: Bool)] = [
    ("pseries-2.1", .power7, 34, false), ("pseries-2.7", .power7, 34, false),
    ("pseries-2.8", .power8, 34, false), ("pseries-2.9", .power8, 34, false),
    ("pseries-2.10", .power8, 34, true), ("pseries-2.12-sxxm", .power8, 34, true),
    ("pseries-3.0", .power8, 16, true), ("pseries-3.1", .power8, 16, true),
    ("pseries-4.0", .power9, 16, true), ("pseries-8.2", .power9, 16, true),
    ("pseries-9.0", .power10, 16, true), ("pseries-10.1", .power10, 16, true),
    ("pseries", .power10, 16, true),
    ("pseries-rhel8.6.0", .power10, 16, true),
    ("pseries-99999999999999999999.1", .power10, 16, true),
  ]

  private func domain(_ machine: String, type: String = "qemu", more: String = "") -> [UInt8] {
    Array(
      """
      <domain type='\(type)'><memory>1</memory>\(more)
      <os><type arch='ppc64le' machine='\(machine)'>hvm</type></os></domain>
      """.utf8)
  }

  @Test(arguments: table.indices)
  func defaults(row: Int) throws {
    let (version, processor, shift, resizing) = Self.table[row]
    let (description, _) = try machine(domain(version))
    #expect(description.processor == processor && description.maximumLevel == nil)
    #expect(description.largestHashPageShift == shift)
    #expect(description.allowsHashTableResize == resizing)
  }

  /// What is said counts, and with KVM the processor is the host's.
  @Test func whatIsSaid() throws {
    let said = """
      <cpu><model>POWER9</model></cpu>\
      <features><hpt resizing='enabled'><maxpagesize unit='GiB'>1</maxpagesize></hpt></features>
      """
    let (description, _) = try machine(domain("pseries-2.7", more: said))
    #expect(description.processor == .power9 && description.allowsHashTableResize)
    #expect(description.largestHashPageShift == 30)
    #expect(try machine(domain("pseries-2.7"), host: .power9).description.processor == .power9)
    let kvm = try machine(domain("pseries-2.7", type: "kvm")).description
    #expect(kvm.processor == .newest(supporting: nil))
    let shape = "<cpu><topology sockets='1' cores='1' threads='1'/></cpu>"
    #expect(try machine(domain("pseries-2.7", more: shape)).description.processor == .power7)
  }
}
