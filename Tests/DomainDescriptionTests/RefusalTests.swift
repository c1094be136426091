import DomainDescription
import PowerISA
import Testing

@Suite struct RefusalTests {
  /// What is refused: where, of what kind, and what the message must hold.
  static let table: [(bytes: [UInt8], line: Int, kind: DomainError.Kind, names: [String])] = [
    (
      domain(cpu: cpu("host-model", "power42")), Line.cpu, .unsupported,
      ["power42", "power6, power7, power8, power9, power10, power11"]
    ),
    (domain(cpu: cpu("host-model", "POWER8")), Line.cpu, .unsupported, ["POWER8", "power8"]),
    (domain(cpu: cpu("host-model", "power7+")), Line.cpu, .unsupported, ["power7+"]),
    (
      domain(cpu: cpu("custom", "power42")), Line.cpu, .unsupported,
      ["power42", "POWER7", "POWER11", "domain/cpu/model"]
    ),
    (domain(cpu: cpu("custom", "POWER9_v2.0")), Line.cpu, .unsupported, ["POWER9_v2.0"]),
    (domain(cpu: cpu("custom", "POWERPC_e5500")), Line.cpu, .incompatible, ["BookE"]),
    (domain(cpu: cpu("maximum", "POWER9")), Line.cpu, .unsupported, ["maximum", "host-model"]),
    (domain(cpu: "<cpu mode='custom'/>"), Line.cpu, .unsupported, ["<model>"]),
    (
      domain(cpu: "<cpu match='near'><model>POWER9</model></cpu>"), Line.cpu, .unsupported,
      ["near", "exact, minimum, strict"]
    ),
    (
      domain(cpu: "<cpu><model fallback='no'>POWER9</model></cpu>"), Line.cpu, .unsupported,
      ["fallback", "allow, forbid"]
    ),
    (
      domain(cpu: "<cpu><feature policy='require' name='vsx'/></cpu>"), Line.cpu, .unsupported,
      ["vsx"]
    ),
    (
      domain(cpu: "<cpu><arch>x86_64</arch><model>POWER9</model></cpu>"), Line.cpu, .incompatible,
      ["x86_64"]
    ),
    (
      domain(cpu: "<cpu><topology sockets='2' cores='2' threads='1'/></cpu>"), Line.cpu,
      .unsupported, ["1 processors of <vcpu>"]
    ),
    (
      domain(cpu: "<cpu><topology dies='2' sockets='1' cores='1' threads='1'/></cpu>"), Line.cpu,
      .unsupported, ["dies"]
    ),
    (
      domain(cpu: "<cpu><numa><cell cpus='0-x' memory='1'/></numa></cpu>"), Line.cpu, .unsupported,
      ["domain/cpu/numa/cell", "processor 'x'"]
    ),
    (
      domain(cpu: "<cpu><numa><cell id='1' cpus='0' memory='1'/></numa></cpu>"), Line.cpu,
      .unsupported, ["from 0 on"]
    ),
    (domain(vcpu: "<vcpu>0</vcpu>"), Line.vcpu, .unsupported, ["vcpu '0'", "1 to 2048"]),
    (domain(vcpu: "<vcpu current='3'>2</vcpu>"), Line.vcpu, .unsupported, ["current '3'"]),
    (domain(vcpu: "<vcpu>+2</vcpu>"), Line.vcpu, .unsupported, ["+2"]),
    (domain(memory: "<memory unit='PB'>1</memory>"), Line.memory, .unsupported, ["PB", "KiB"]),
    (domain(memory: "<memory>many</memory>"), Line.memory, .unsupported, ["many"]),
    (
      domain(memory: "<memory unit='TiB'>18446744073709551615</memory>"), Line.memory, .unsupported,
      ["64 bits"]
    ),
    (domain(memory: "<memory unit='TiB'>65</memory>"), 1, .unsupported, ["64 TiB"]),
    (domain(memory: ""), 1, .unsupported, ["<memory>"]),
    (domain(system: ""), 1, .unsupported, ["<os>"]),
    (
      domain(system: "<os><type arch='x86_64'>hvm</type></os>"), Line.system, .unsupported,
      ["x86_64", "ppc64, ppc64le"]
    ),
    (
      domain(system: "<os><type arch='ppc64' machine='powernv9'>hvm</type></os>"), Line.system,
      .unsupported, ["powernv9"]
    ),
    (domain(system: "<os><type arch='ppc64'>exe</type></os>"), Line.system, .unsupported, ["exe"]),
    (
      domain(features: "<features><htm state='on'/></features>"), Line.features, .unsupported,
      ["domain/features/htm"]
    ),
    (
      domain(features: "<features><nested-hv state='on'/></features>"), Line.features, .unsupported,
      ["nested-hv"]
    ),
    (
      domain(features: "<features><cfpc value='broken'/></features>"), Line.features, .unsupported,
      ["cfpc"]
    ),
    (
      domain(features: "<features><hpt><maxpagesize unit='GiB'>3</maxpagesize></hpt></features>"),
      Line.features, .unsupported, ["power of two"]
    ),
    (
      domain(features: "<features><hpt><maxpagesize unit='KiB'>2</maxpagesize></hpt></features>"),
      Line.features, .unsupported, ["4 KiB"]
    ),
    (
      domain(features: "<features><pmu state='maybe'/></features>"), Line.features, .unsupported,
      ["on, off"]
    ),
    (
      domain(
        cpu: numa([[10, 10], [10, 10]]), vcpu: "<vcpu>2</vcpu>"), Line.cpu, .unsupported,
      ["distance 10 of nodes 0 and 1: a node is 10 from itself"]
    ),
    (
      domain(cpu: numa([[11, 20], [20, 10]]), vcpu: "<vcpu>2</vcpu>"), Line.cpu, .unsupported,
      ["distance 11 of nodes 0 and 0: a node is 10 from itself"]
    ),
    (
      domain(cpu: numa([[10, 20], [40, 10]]), vcpu: "<vcpu>2</vcpu>"), Line.cpu, .unsupported,
      ["one distance for both ways"]
    ),
    (
      domain(
        cpu: "<cpu><numa><cell cpus='0' memory='262144'><distances><sibling id='7' value='20'/>"
          + "</distances></cell></numa></cpu>"), Line.cpu, .unsupported,
      ["node 7, which does not exist"]
    ),
    (domain(more: "<clock offset='moon'/>"), Line.more, .unsupported, ["utc, localtime, timezone"]),
    (
      domain(more: "<clock offset='variable' adjustment='1h'/>"), Line.more, .unsupported,
      ["adjustment"]
    ),
    (domain(more: "<clock offset='timezone'/>"), Line.more, .unsupported, ["timezone"]),
    (
      domain(more: "<clock offset='utc'><timer name='rtc' track='boot'/></clock>"), Line.more,
      .unsupported, ["boot"]
    ),
    (domain(more: "<on_crash>explode</on_crash>"), Line.more, .unsupported, ["coredump-destroy"]),
    (domain(more: "<on_reboot>rename-restart</on_reboot>"), Line.more, .unsupported, ["preserve"]),
    (
      domain(devices: serials("reg='0x80000000'")), Line.devices, .unsupported, ["0x7fffffff"]
    ),
    (domain(devices: serials("reg='0x30 '")), Line.devices, .unsupported, ["reg '0x30 '"]),
    (
      domain(devices: serials("reg='0x30001000'", "reg='30001000'")), Line.devices, .unsupported,
      ["two devices at spapr-vio address 0x30001000"]
    ),
    (
      domain(devices: "<devices><serial type='file'/></devices>"), Line.devices, .unsupported,
      ["<source> with a path"]
    ),
    (
      domain(
        devices: "<devices><memory model='dimm'><target><size unit='GiB'>1</size></target></memory>"
          + "</devices>"), Line.memory, .unsupported, ["as much as all <memory>"]
    ),
    (
      domain(devices: "<devices>" + String(repeating: "<serial/>", count: 17) + "</devices>"), 1,
      .unsupported, ["16 terminals"]
    ),
    (domain(more: "<launchSecurity type='sev'/>"), Line.more, .unsupported, ["launchSecurity"]),
    (domain(more: "<qemu:commandline/>"), Line.more, .unsupported, ["qemu:commandline"]),
    (Array("<domain type='xen'/>".utf8), 1, .unsupported, ["xen", "kvm, qemu"]),
    (Array("<network/>".utf8), 1, .malformed, ["no <domain>"]),
    (Array("<domain/><domain/>".utf8), 1, .malformed, ["2 elements"]),
    (Array("".utf8), 1, .malformed, ["0 elements"]),
    (Array("<domain>\n<cpu>\n</domain>".utf8), 3, .malformed, ["mismatched tag"]),
    (Array("</fragments><domain/>".utf8), 1, .malformed, ["junk"]),
    (Array("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>\n<domain/>".utf8), 1, .malformed, []),
    (
      Array("<?xml version='1.0'?>\n<!DOCTYPE x [<!ENTITY a 'b'>]><domain>&a;</domain>".utf8), 2,
      .malformed, []
    ),
    (Array("<domain>\n&undefined;</domain>".utf8), 2, .malformed, ["undefined entity"]),
    (Array(String(repeating: "<a>", count: 100_000).utf8), 1, .malformed, ["too deeply"]),
    (
      Array("<a>\(String(repeating: "<b/>", count: 30_000))</a>".utf8), 1, .malformed,
      ["more elements"]
    ),
    ([UInt8](repeating: 0x20, count: 2 << 20), 1, .malformed, ["larger than 1 MiB"]),
  ]

  /// A processor in each of some nodes, with the distances between them.
  static func numa(_ distances: [[Int]]) -> String {
    let cells = distances.enumerated().map { number, row in
      let siblings = row.enumerated().map { "<sibling id='\($0)' value='\($1)'/>" }.joined()
      return "<cell id='\(number)' cpus='\(number)' memory='262144'>"
        + "<distances>\(siblings)</distances></cell>"
    }
    return "<cpu><numa>\(cells.joined())</numa></cpu>"
  }

  /// Terminals with these addresses.
  static func serials(_ addresses: String...) -> String {
    let list = addresses.map { "<serial type='pty'><address type='spapr-vio' \($0)/></serial>" }
    return "<devices>\(list.joined())</devices>"
  }

  static func cpu(_ mode: String, _ model: String) -> String {
    "<cpu mode='\(mode)'><model>\(model)</model></cpu>"
  }

  @Test(arguments: table.indices)
  func namesTheFileTheLineAndTheElement(row: Int) throws {
    let (bytes, line, kind, names) = Self.table[row]
    let error = try #require(refusal(bytes), "\(names)")
    #expect(error.line == line && error.kind == kind, "\(error)")
    #expect("\(error)".hasPrefix("guest.xml:\(line): "))
    for name in names { #expect("\(error)".contains(name), "\(error)") }
    #expect("\(error)".count < 700)
  }

  /// A description, and a host that does not reach it.
  @Test(
    arguments: [
      (cpu("host-model", "power9"), .power8, "power8 cannot run at level power9; it can at power6"),
      (cpu("host-model", "power8"), .power7, "power7 cannot run at level power8"),
      (cpu("host-model", "power6"), .ppc970, "970 has no compatibility modes"),
      (cpu("custom", "POWER9"), .power8, "power8 is not a POWER9"),
      (cpu("custom", "POWER8"), .power9, "power9 is not a POWER8"),
      ("<cpu match='minimum'><model>POWER9</model></cpu>", .power8, "power8 is not a POWER9"),
      (
        "<cpu match='exact'><model>POWER8</model><vendor>Freescale</vendor></cpu>", .power8,
        "not made by Freescale"
      ),
    ] as [(String, ProcessorModel, String)])
  func aHostThatDoesNotReachIt(cpu: String, host: ProcessorModel, names: String) throws {
    let error = try #require(refusal(domain(cpu: cpu), host: host))
    #expect(error.kind == .incompatible && error.reason.contains(names), "\(error)")
  }

  /// Bytes changed at random are read or refused; nothing else happens.
  @Test func changedBytes() {
    var generator = SystemRandomNumberGenerator()
    let whole = domain(
      cpu: "<cpu match='exact'><model>POWER8</model><numa><cell cpus='0' memory='1'/></numa></cpu>")
    for _ in 0..<2_000 {
      var bytes = whole
      for _ in 0..<4 {
        bytes[Int.random(in: bytes.indices, using: &generator)] =
          [0, 0x26, 0x3c, 0x3e, 0x39, 0xff].randomElement(using: &generator) ?? 0
      }
      guard let error = refusal(bytes) else { continue }
      #expect(error.line >= 1 && !error.reason.isEmpty)
    }
  }
}
