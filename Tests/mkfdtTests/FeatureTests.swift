import CommandTestSupport
import Foundation
import PowerISA
import Testing

@Suite struct FeatureTests {
  /// A tree of the power6 level advertises decimal floating point, as in LoPAR; one of QEMU's does not.
  @Test(arguments: ProcessorModel.all.filter { $0.supports(.power6) }.map(\.name))
  func decimalFloatingPointOfThePower6Level(processor: String) throws {
    for (flavor, words) in [
      ("lopar", "0xdc007442: ppc32 ppc64 altivec fpu mmu smt ic_snoop arch_2_05 dfp"),
      ("qemu", "0xdc007042: ppc32 ppc64 altivec fpu mmu smt ic_snoop arch_2_05"),
    ] {
      let tree = try run(["--cpu", processor, "--compat", "power6", "--flavor", flavor]).output
      let outcome = try run(["features", "-"], input: tree)
      #expect(
        String(decoding: outcome.output, as: UTF8.self) == """
          cpu-version 0x0f000002
          level       power6, ISA 2.05
          cpu         POWER6 (architected)
          AT_HWCAP    \(words) pseries_perfmon true_le
          AT_HWCAP2   0x00000000: none
          AT_PLATFORM power6

          """)
    }
  }
}
