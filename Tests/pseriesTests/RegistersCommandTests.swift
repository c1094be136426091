import CommandTestSupport
import Foundation
import Testing

/// Runs the command in the folder of the samples.
private func pseries(_ arguments: String...) throws -> BuiltCommand.Outcome {
  try BuiltCommand("pseries").run(
    arguments,
    in: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Samples/Registers"))
}

@Suite struct RegistersCommandTests {
  @Test func compare() throws {
    let moved = try pseries(
      "registers", "compare", "--for", "move", "a15-kvm.json", "a15-emulator.json")
    #expect(moved.status == 0)
    #expect(moved.text.hasSuffix("accepted\n"))
    let same = try pseries(
      "registers", "compare", "a15-kvm.json", "a15-emulator.json", "--format", "json")
    #expect(same.status == 1)
    #expect(same.text.contains("\"accepted\": false"))
    let families = try pseries("registers", "compare", "a15-kvm.json", "power8-kvm.json")
    #expect(families.status == 1)
    #expect(families.errors == "pseries: one list is of arm-cortex-a15, the other of ppc-book3s\n")
    let mode = try pseries(
      "registers", "compare", "--mode", "aarch64", "a15-kvm.json", "a15-kvm.json")
    #expect(mode.status == 2)
    #expect(mode.errors == "pseries: --mode: arm-cortex-a15 has no 'aarch64', but aarch32\n")
  }

  @Test func list() throws {
    let listing = try pseries("registers", "list", "--family", "arm-cortex-a15")
    #expect(listing.status == 0)
    #expect(listing.text.contains("0x40200000000f480a   32  L2CTLR"))
  }

  @Test func restore() throws {
    let refused = try pseries("registers", "restore", "power8-kvm.json", "--cpu", "power8")
    #expect(refused.status == 1)
    #expect(refused.errors.contains("power8-kvm.json: VPA_ADDR: "))
    let taken = try pseries(
      "registers", "restore", "power8-kvm.json", "--cpu", "power8", "--served",
      "VPA_ADDR,ICP_STATE")
    #expect(taken.status == 0)
    #expect(taken.text.contains("\"PC\": \"0xc0000000000a1f34\""))
    let arm = try pseries("registers", "restore", "a15-kvm.json", "--cpu", "power8")
    #expect(arm.status == 1)
    #expect(arm.errors.contains("there is no ARM engine here"))
  }

  /// Without a subcommand it boots, as it always did.
  @Test func bootStaysTheDefault() throws {
    let limited = try pseries(
      "--cpu", "power9", "--memory", "256M", "--clock", "deterministic", "--max-instructions",
      "1000", "--quiet")
    #expect(limited.status == 4)
    let wrong = try pseries("--cpu", "power42")
    #expect(wrong.status == 2)
  }
}
