import DeviceTree
import Foundation
import LinuxView
import PeerSupport
import MachineDescription
import PlatformTestSupport
import PlatformTree
import PowerISA
import Testing

/// The overlays of `dts/overlays` compile and apply.
@Suite(.enabled(if: PeerProgram.dtc.isInstalled, "no dtc"))
struct ExampleOverlayTests {
  /// The overlay of a name merged into the tree of a POWER9 at the POWER8 level; nil when dtc does
  /// not compile it.
  private func merged(_ name: String) throws -> (before: DeviceTree, after: DeviceTree)? {
    let blob = PeerProgram.dtc.output([
      "-q", "-@", "-I", "dts", "-O", "dtb",
      packageRoot.appendingPathComponent("dts/overlays/\(name).dtso").path,
    ])
    guard let blob else {
      let failures = PeerFindings.failures(
        ["does not compile \(name).dtso"], about: PeerProgram.dtc.version)
      #expect(failures == [])
      return nil
    }
    let before = try tree(machine(.power9, compat: .power8))
    return (before, try before.applying(overlay: Array(blob)))
  }

  @Test func bootArguments() throws {
    guard let (before, after) = try merged("bootargs") else { return }
    #expect(
      before.differences(to: after).map(\.description)
        == ["~ /chosen: bootargs = \"\" -> \"console=hvc0 quiet\""])
  }

  @Test func noVSX() throws {
    guard let (before, after) = try merged("no-vsx") else { return }
    let (had, has) = (LinuxFeatures(before), LinuxFeatures(after))
    #expect(had?.capabilities.contains(.vsx) == true && has?.capabilities.contains(.vsx) == false)
    #expect(has?.capabilities.contains(.altivec) == true)
  }

  @Test func reservedMemory() throws {
    guard let (_, after) = try merged("reserved-memory") else { return }
    #expect(after["/reserved-memory/log@20000000"]?.has("no-map") == true)
    #expect(TreeRule.findings(in: after).map(\.description) == [])
  }
}
