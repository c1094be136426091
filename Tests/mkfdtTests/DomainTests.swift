import CommandTestSupport
import Foundation
import Testing

/// `--domain`, as a user meets it.
@Suite struct DomainTests {
  private static let text = """
    <domain type='kvm'>
      <name>guest</name>
      <memory unit='GiB'>2</memory>
      <vcpu>2</vcpu>
      <os><type arch='ppc64le' machine='pseries'>hvm</type>
        <kernel>/vmlinux</kernel><cmdline>console=hvc0</cmdline></os>
      <cpu mode='host-model'><model>power8</model>
        <topology sockets='1' cores='2' threads='1'/></cpu>
      <devices><console type='pty'/><hostdev mode='subsystem'/></devices>
    </domain>
    """

  /// What `mkfdt` with a domain and other arguments does.
  private func build(_ arguments: [String], domain: String = text) throws -> BuiltCommand.Outcome {
    try withFolder { folder in
      try Data(domain.utf8).write(to: folder.appendingPathComponent("guest.xml"))
      return try run(["--domain", "guest.xml", "--format", "dts"] + arguments, in: folder)
    }
  }

  @Test func theTreeIsThatOfTheSameOptions() throws {
    let domain = try build([])
    let options = try run([
      "--compat", "power8", "--memory", "2G", "--smp", "2,cores=2", "--bootargs", "console=hvc0",
      "--name", "guest", "--vty", "0x30000000", "--nvram", "0x71000000", "--format", "dts",
    ])
    #expect(domain.status == 0 && options.status == 0)
    #expect(domain.output == options.output)
    #expect(
      domain.errors.contains(
        "guest.xml:9: <domain>: left out, not in this machine: devices/hostdev (line 9)"),
      "\(domain.errors)")
  }

  @Test func optionsOverrideIt() throws {
    let domain = try build([
      "--cpu", "power9", "--compat", "power7", "--memory", "1G", "--smp", "4", "--bootargs", "x",
      "--name", "other", "--vty", "0x71000000", "--nvram", "0x71000001",
    ])
    let options = try run([
      "--cpu", "power9", "--compat", "power7", "--smp", "4", "--bootargs", "x", "--name", "other",
      "--format", "dts",
    ])
    #expect(domain.status == 0 && domain.output == options.output)
  }

  @Test func aHostThatDoesNotReachIt() throws {
    let outcome = try build(["--cpu", "power7"])
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "mkfdt: guest.xml:7: <domain/cpu/model>: power7 cannot run at level power8; "
        + "it can at power6, power7\n")
  }

  @Test func kvmParavirtual() throws {
    let plain = try run(["--format", "dts"])
    let extended = try run(["--kvm-paravirtual", "--format", "dts"])
    #expect(!String(decoding: plain.output, as: UTF8.self).contains("hypervisor {"))
    let text = String(decoding: extended.output, as: UTF8.self)
    #expect(text.contains("compatible = \"linux,kvm\""))
    #expect(text.contains("hcall-instructions = <0x3c004b56 0x60004d21 0x44000022 0x60000000>"))
  }
}
