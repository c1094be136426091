import DomainDescription
import PowerISA
import Testing

@Suite struct CPUComparisonTests {
  private func comparison(_ cpu: String, _ host: ProcessorModel) throws -> CPUComparison {
    try CPUDescription.all(in: Array(cpu.utf8), file: "cpu.xml")[0].comparison(host: host)
  }

  @Test(
    arguments: [
      ("<cpu mode='host-model'><model>power8</model></cpu>", .power9),
      ("<cpu mode='host-passthrough'/>", .power7),
      ("<cpu match='exact'><model>POWER7</model></cpu>", .power7Plus),
      ("<cpu><arch>ppc64</arch><model>POWER8</model><vendor>IBM</vendor></cpu>", .power8NVL),
      ("<domain type='kvm'><cpu><model>POWER9</model></cpu></domain>", .power9),
      (
        "<capabilities><host><cpu><arch>ppc64le</arch><model>POWER9</model></cpu></host></capabilities>",
        .power9
      ),
      (domainCapabilities(supported: "yes"), .power9),
    ] as [(String, ProcessorModel)])
  func identical(cpu: String, host: ProcessorModel) throws {
    #expect(try comparison(cpu, host) == .identical)
  }

  /// What `virsh domcapabilities` prints: the processor of mode host-model counts.
  static func domainCapabilities(supported: String) -> String {
    """
    <domainCapabilities><arch>ppc64le</arch><cpu>
    <mode name='host-passthrough' supported='yes'><enum name='hostPassthroughMigratable'/></mode>
    <mode name='host-model' supported='\(supported)'><model fallback='allow'>POWER9</model></mode>
    <mode name='custom' supported='yes'><model usable='yes'>POWER8</model></mode>
    </cpu></domainCapabilities>
    """
  }

  @Test func capabilitiesWithoutAHostModel() throws {
    #expect {
      try comparison(Self.domainCapabilities(supported: "no"), .power9)
    } throws: { "\($0)".contains("no mode host-model") }
    let text = Array(Self.domainCapabilities(supported: "yes").utf8)
    let baseline = try CPUDescription.baseline(CPUDescription.all(in: text, file: "x"))
    #expect(baseline.contains("<model fallback='forbid'>POWER9</model>"))
  }

  @Test func aNewerHostIsASupersetOfAMinimum() throws {
    let minimum = "<cpu match='minimum'><model>POWER7</model></cpu>"
    #expect(try comparison(minimum, .power9) == .superset)
    #expect(try comparison(minimum, .power7) == .identical)
    for host in [ProcessorModel.power6, .ppc970] {
      guard case .incompatible = try comparison(minimum, host) else {
        Issue.record("\(host.name)")
        continue
      }
    }
  }

  @Test(
    arguments: [
      ("<cpu match='exact'><model>POWER7</model></cpu>", .power9, "not a POWER7"),
      ("<cpu><arch>ppc64</arch><model>POWERPC_e6500</model></cpu>", .power9, "not a POWERPC_e6500"),
      ("<cpu><arch>s390x</arch><model>POWER9</model></cpu>", .power9, "s390x"),
    ] as [(String, ProcessorModel, String)])
  func incompatible(cpu: String, host: ProcessorModel, because: String) throws {
    guard case .incompatible(let reason) = try comparison(cpu, host) else {
      Issue.record("compatible")
      return
    }
    #expect(reason.contains(because))
  }

  /// A version register and the model it belongs to: exactly, by mask, by generation.
  @Test(
    arguments: [
      (0x003f_0203, "POWER7"), (0x004a_0201, "POWER7"), (0x003f_0299, "POWER7"),
      (0x004b_0201, "POWER8"), (0x004c_0100, "POWER8"), (0x004d_0777, "POWER8"),
      (0x004e_1202, "POWER9"), (0x0080_1200, "POWER10"), (0x0082_1200, "POWER11"),
      (0x003e_0301, "POWER6"), (0x8024_0020, "POWERPC_e5500"), (0x8040_0020, "POWERPC_e6500"),
      (0x003a_0203, nil), (0x8021_0030, nil), (0, nil),
    ] as [(UInt32, String?)])
  func models(version: UInt32, name: String?) {
    #expect(CPUModel(version: version)?.name == name)
  }
}

@Suite struct BaselineTests {
  private func baseline(_ models: String...) throws -> String {
    let hosts = models.map { "<cpu><arch>ppc64</arch><model>\($0)</model></cpu>" }.joined()
    return try CPUDescription.baseline(CPUDescription.all(in: Array(hosts.utf8), file: "hosts.xml"))
  }

  @Test func hostsOfOneModelHaveIt() throws {
    for text in [try baseline("POWER8"), try baseline("POWER8", "POWER8_v1.0")] {
      #expect(
        text == """
          <cpu mode='custom' match='exact'>
            <model fallback='forbid'>POWER8</model>
          </cpu>

          """)
    }
  }

  @Test(arguments: [
    ("POWER8", "POWER9", "power8"), ("POWER10", "POWER7", "power7"),
    ("POWER6", "POWER11", "power6"),
  ])
  func differentHostsHaveALevel(first: String, second: String, level: String) throws {
    let text = try baseline(first, second)
    #expect(text.contains("<cpu mode='host-model'>\n  <model>\(level)</model>"))
    // What is printed describes a guest that runs on both.
    let cpu = try #require(CPUDescription.all(in: Array(text.utf8), file: "out.xml").first)
    for host in try [first, second].map({ try #require(CPUModel.named($0)?.processors.first) }) {
      #expect(try cpu.comparison(host: host) == .identical)
    }
  }

  @Test func hostsWithoutACommonLevel() {
    #expect { try baseline("POWER9", "POWERPC_e5500") } throws: {
      "\($0)".contains("CPUs are incompatible")
    }
    #expect { try baseline("POWER9", "power42") } throws: { "\($0)".contains("power42") }
    #expect {
      let guest = Array("<cpu mode='host-model'/>".utf8)
      return try CPUDescription.baseline(CPUDescription.all(in: guest, file: "x"))
    } throws: { "\($0)".contains("no mode") }
  }
}
