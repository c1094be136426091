import DeviceTree
import Foundation
import PlatformTree
import PowerISA
import Testing

/// The overlays of `dts/overlays` compile and apply.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/dtc"), "no dtc"))
struct ExampleOverlayTests {
  /// The overlay of a name merged into the tree of a POWER9 at the POWER8 level.
  private func merged(_ name: String) throws -> (before: DeviceTree, after: DeviceTree) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/dtc")
    process.arguments = [
      "-q", "-@", "-I", "dts", "-O", "dtb",
      packageRoot.appendingPathComponent("dts/overlays/\(name).dtso").path,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let blob = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let before = try tree(machine(.power9, compat: .power8))
    return (before, try before.applying(overlay: Array(blob)))
  }

  @Test func bootArguments() throws {
    let (before, after) = try merged("bootargs")
    #expect(
      before.differences(to: after).map(\.description)
        == ["~ /chosen: bootargs = \"\" -> \"console=hvc0 quiet\""])
  }

  @Test func noVSX() throws {
    let (before, after) = try merged("no-vsx")
    let (had, has) = (LinuxFeatures(before), LinuxFeatures(after))
    #expect(had?.capabilities.contains(.vsx) == true && has?.capabilities.contains(.vsx) == false)
    #expect(has?.capabilities.contains(.altivec) == true)
  }

  @Test func reservedMemory() throws {
    let (_, after) = try merged("reserved-memory")
    #expect(after["/reserved-memory/log@20000000"]?.has("no-map") == true)
    #expect(TreeRule.findings(in: after).map(\.description) == [])
  }
}
