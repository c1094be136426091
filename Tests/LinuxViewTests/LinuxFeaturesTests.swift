import DeviceTree
import LinuxView
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

/// The words a Linux guest must derive, as live guests showed them.
@Suite struct LinuxFeaturesTests {
  @Test(arguments: [
    (CompatibilityLevel.power5Plus, 0xcc02_6000 as UInt32, 0 as UInt32, "power5+"),
    (.power6, 0xdc00_7442, 0, "power6"),
    (.power7, 0xdc00_65c2, 0x2000_0000, "power7"),
    (.power8, 0xdc00_65c2, 0xae00_0000, "power8"),
    (.power9, 0xdc00_65c2, 0xaef0_0000, "power9"),
    (.power10, 0xdc00_65c2, 0xaef6_0000, "power10"),
    (.power11, 0xdc00_65c2, 0xaef6_0000, "power11"),
  ])
  func words(level: CompatibilityLevel, hwcap: UInt32, hwcap2: UInt32, platform: String) throws {
    for processor in ProcessorModel.all where processor.supports(level) {
      // The tables of Linux give a POWER5+ no little-endian mode, and its tree no VMX.
      let features = try #require(LinuxFeatures(tree(machine(processor, compat: level))))
      #expect(features.capabilities.rawValue == hwcap, "\(processor.name)")
      #expect(features.capabilities2.rawValue == hwcap2, "\(processor.name)")
      #expect(features.processor.platform == platform)
      #expect(features.level == level)
    }
  }

  /// Linux has no row for power7+ and falls back to the oldest; facilities are advertised one by one.
  @Test func power7Plus() throws {
    let features = try #require(LinuxFeatures(tree(machine(compat: .power7Plus))))
    #expect(features.processor.name == "POWER5 (compatible)")
    #expect(
      features.capabilities == [
        .ppc32, .ppc64, .fpu, .mmu, .altivec, .vsx, .dfp, .trueLittleEndian,
      ])
  }

  @Test(arguments: [
    (ProcessorModel.ppc970, 0xdc08_0000 as UInt32, 0 as UInt32),
    (.power5Plus, 0xcc02_6000, 0), (.power6, 0xdc00_7642, 0),
    (.power7, 0xdc00_65c2, 0x2000_0000), (.power8, 0xdc00_65c2, 0xae00_0000),
    (.power9, 0xdc00_65c2, 0xaef0_0000), (.power11, 0xdc00_65c2, 0xaef6_0000),
  ])
  func raw(processor: ProcessorModel, hwcap: UInt32, hwcap2: UInt32) throws {
    let features = try #require(LinuxFeatures(tree(machine(processor))))
    #expect(features.capabilities.rawValue == hwcap)
    #expect(features.capabilities2.rawValue == hwcap2)
    #expect(features.level == nil)
  }

  /// QEMU hides decimal floating point at 2.05.
  @Test func qemuPower6() throws {
    let description = try machine(.power9, compat: .power6) { $0.flavor = .qemu }
    let features = try #require(LinuxFeatures(tree(description)))
    #expect(features.capabilities.rawValue == 0xdc00_7042)
  }

  @Test func nothingWithoutProcessors() {
    #expect(LinuxFeatures(DeviceTree()) == nil)
  }
}
