import CommandTestSupport
import DeviceTree
import Foundation
import Testing

/// `mkfdt migratable`: the answer, the reason, what would help.
@Suite struct MigratableTests {
  private static func ask(_ arguments: [String], in folder: URL? = nil) throws -> (Int32, String) {
    let outcome = try run(["migratable"] + arguments, in: folder)
    return (
      outcome.status, String(decoding: outcome.output, as: UTF8.self) + outcome.errors
    )
  }

  @Test(arguments: [
    ("power9:compat=power8", "power8", 0, "yes: both processors have the level power8\n"),
    ("power8e", "power8nvl", 0, "yes: both processors are of one kind\n"),
    (
      "power9", "power8", 1,
      """
      no: from power9 (PVR 0x004e1202) without a level to power8 (PVR 0x004d0200) without a level: \
      the guest runs without a level, and the processors are of different kinds
      at level power8 it could move

      """
    ),
    (
      "power11:compat=power10", "power10:compat=power9", 1,
      """
      no: from power11 (PVR 0x00821200) at level power10 to power10 (PVR 0x00801200) at level \
      power9: the destination allows power9 at most
      at level power9 it could move

      """
    ),
    (
      "970", "power7", 1,
      """
      no: from 970 (PVR 0x00390202) without a level to power7 (PVR 0x003f0203) without a level: \
      the guest runs without a level, and the processors are of different kinds
      at no level it could move

      """
    ),
    (
      "power8:compat=power9", "power9", 2,
      "mkfdt: 'power8:compat=power9': power8 does not have the level power9\n"
    ),
    (
      "power42", "power9", 2,
      "mkfdt: 'power42' is neither a file nor a processor; there are 970, power5+, power6, power7, "
        + "power7+, power8e, power8nvl, power8, power9, power10, power11\n"
    ),
  ])
  func processors(from: String, to: String, status: Int32, text: String) throws {
    #expect(try Self.ask(["--from", from, "--to", to]) == (status, text))
    #expect(try Self.ask([from, to]) == (status, text))
  }

  /// What no level takes away from the guest's tree stands in the way at every level.
  @Test func noLevelHelps() throws {
    try withFolder { folder in
      #expect(
        try run(["--cpu", "power9", "--compat", "power8", "-o", "guest.dtb"], in: folder).status
          == 0)
      let file = folder.appendingPathComponent("guest.dtb")
      var tree = try DeviceTree(blob: [UInt8](try Data(contentsOf: file)))
      tree.update("/rtas") { rtas in
        rtas["ibm,hypertas-functions"] = .strings(
          (rtas["ibm,hypertas-functions"]?.strings ?? []) + ["hcall-tce", "hcall-multi-tce"])
      }
      try Data(try tree.blob()).write(to: file)
      for destination in ["power8", "power9", "power10:compat=power7"] {
        let (status, text) = try Self.ask(["guest.dtb", destination], in: folder)
        #expect(status == 1)
        #expect(
          text.hasSuffix(
            "at no level it could move: at every level the destination lacks hypercalls hcall-tce, "
              + "hcall-multi-tce\n"), "\(text)")
      }
      let (_, text) = try Self.ask(["guest.dtb", "power8", "--json"], in: folder)
      let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      #expect(answer?["level"] == nil || answer?["level"] is NSNull)
      #expect((answer?["obstacle"] as? String)?.contains("hcall-tce") == true)
    }
  }

  /// A tree with what only some machines offer can go to a processor: such a machine can be made.
  @Test func optionsOfAMachine() throws {
    try withFolder { folder in
      for (name, options) in [
        ("memory", ["--memory", "1G", "--max-memory", "4G", "--dynamic-memory", "v2"]),
        ("kvm", ["--kvm-paravirtual"]),
      ] {
        let file = name + ".dtb"
        let tree = ["--cpu", "power9", "--compat", "power8", "-o", file] + options
        let built = try run(tree, in: folder)
        #expect(built.status == 0, "\(name): \(built.errors)")
        let (status, text) = try Self.ask([file, "power8"], in: folder)
        #expect(status == 0, "\(name): \(text)")
      }
    }
  }

  @Test func trees() throws {
    try withFolder { folder in
      for (name, options) in [
        ("source", ["--cpu", "power9", "--compat", "power8"]), ("old", ["--cpu", "power8"]),
        ("new", ["--cpu", "power10"]),
        ("hash", ["--cpu", "power9", "--translation", "hash"]), ("radix", ["--cpu", "power9"]),
      ] {
        #expect(try run(options + ["-o", name + ".dtb"], in: folder).status == 0)
      }
      for host in ["old.dtb", "new.dtb", "power9"] {
        #expect(
          try Self.ask(["source.dtb", host], in: folder) == (
            0, "yes: both processors have the level power8\n"
          ))
      }
      #expect(
        try Self.ask(["radix.dtb", "hash.dtb"], in: folder) == (
          1,
          """
          no: the destination lacks 2 capabilities that the guest's tree advertises
            translation: the guest's tree advertises radix, the destination has hash
            pages of radix translation: the guest's tree advertises 4K (0), 64K (5), 2M (1), 1G (2), \
          the destination has none
          at level power8 it could move

          """
        ))
      #expect(try Self.ask(["hash.dtb", "radix.dtb"], in: folder).0 == 0)
      let (status, text) = try Self.ask(["radix.dtb", "hash.dtb", "--json"], in: folder)
      let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      #expect(status == 1 && answer?["migratable"] as? Bool == false)
      #expect(answer?["level"] as? String == "power8")
      let missing = answer?["missing-capabilities"] as? [[String: Any]]
      #expect(missing?.first?["name"] as? String == "translation")
      try Data("nonsense".utf8).write(to: folder.appendingPathComponent("x.dtb"))
      #expect(try Self.ask(["x.dtb", "power9"], in: folder).0 == 1)
    }
  }
}
