import CommandTestSupport
import Foundation
import JSON
import Testing

/// `mkfdt migratable` with several guests or destinations, and with domains.
@Suite struct MigrationTableTests {
  private static func domain(_ name: String, _ cpu: String) -> String {
    """
    <domain type='kvm'><name>\(name)</name><memory unit='GiB'>2</memory><vcpu>2</vcpu>
      <os><type arch='ppc64le' machine='pseries'>hvm</type></os>\(cpu)</domain>
    """
  }

  /// What `mkfdt migratable` does in a folder with the domains `old`, at POWER8, and `any`, without
  /// a level.
  private static func ask(
    _ arguments: [String], input: String = ""
  ) throws -> BuiltCommand.Outcome {
    try withFolder { folder in
      for (name, cpu) in [
        ("old", "<cpu mode='host-model'><model>power8</model></cpu>"), ("any", ""),
      ] {
        try Data(domain(name, cpu).utf8).write(to: folder.appendingPathComponent(name + ".xml"))
      }
      return try run(
        ["migratable"] + arguments, input: Data(input.utf8), in: folder)
    }
  }

  private static let table = """
    guest                 power8  power10:compat=power9
    old.xml               yes     yes
    power9:compat=power9  no      yes
    power9:compat=power9 to power8: from power9 (PVR 0x004e1202) at level power9 to power8 (PVR \
    0x004d0200) without a level: power8 does not have the level power9; at level power8 it could move

    """

  /// All guests to all destinations, however they are named.
  @Test(arguments: [
    ["--from", "old.xml", "--from", "power9:compat=power9"], ["old.xml", "power9:compat=power9"],
  ])
  func table(guests: [String]) throws {
    let outcome = try Self.ask(guests + ["--to", "power8", "--to", "power10:compat=power9"])
    #expect(outcome.status == 1)
    #expect(String(decoding: outcome.output, as: UTF8.self) == Self.table)
  }

  @Test func allMayMove() throws {
    let outcome = try Self.ask(["old.xml", "power9:compat=power8", "--to", "power8"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      String(decoding: outcome.output, as: UTF8.self) == """
        guest                 power8
        old.xml               yes
        power9:compat=power8  yes

        """)
  }

  @Test func tableAsJSON() throws {
    let outcome = try Self.ask([
      "--from", "old.xml", "--from", "power9", "--to", "power8", "--to", "power9", "--json",
    ])
    #expect(outcome.status == 1)
    let moves = try JSONValue(parsing: Array(outcome.output))["moves"]?.elements ?? []
    #expect(moves.map { $0["guest"]?.string } == ["old.xml", "old.xml", "power9", "power9"])
    #expect(moves.map { $0["destination"]?.string } == ["power8", "power9", "power8", "power9"])
    #expect(moves.map { $0["answer"]?["migratable"]?.bool } == [true, true, false, true])
    #expect(moves.count == 4 && moves[2]["answer"]?["level"]?.string == "power8")
  }

  /// One domain, from a file and from standard input, which cannot be read twice.
  @Test func aDomain() throws {
    let yes = "yes: both processors have the level power8\n"
    let file = try Self.ask(["--from", "old.xml", "--to", "power8"])
    #expect(file.status == 0 && String(decoding: file.output, as: UTF8.self) == yes)
    let domain = Self.domain("piped", "<cpu mode='host-model'><model>power8</model></cpu>")
    let piped = try Self.ask(["-", "power9"], input: domain)
    #expect(piped.status == 0 && String(decoding: piped.output, as: UTF8.self) == yes)
    let any = try Self.ask(["any.xml", "power9"])
    #expect(any.status == 1)
    #expect(
      String(decoding: any.output, as: UTF8.self).hasSuffix("at level power9 it could move\n"))
  }

  @Test func refusals() throws {
    for (arguments, status, text) in [
      (["old.xml", "power8", "power9"], 2, "what --from and --to name"),
      (["old.xml"], 2, "what --from and --to name"),
      (["--from", "old.xml"], 2, "what --from and --to name"),
      (["--to", "power8"], 2, "what --from and --to name"),
      (["--from", "power8", "--to", "power8", "power9"], 2, "what --from and --to name"),
      (["old.xml", "absent.xml", "--to", "power8"], 1, "cannot read absent.xml: No such file"),
      (["old.xml", "--to", "power8", "--to", "power42"], 2, "'power42' is neither"),
    ] as [([String], Int32, String)] {
      let outcome = try Self.ask(arguments)
      #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments)")
      #expect(outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
    }
    let broken = try Self.ask(["-", "power9"], input: "<domain type='kvm'><name>x</name>")
    #expect(broken.status == 1 && broken.errors.hasPrefix("mkfdt: -:"), "\(broken.errors)")
  }
}
