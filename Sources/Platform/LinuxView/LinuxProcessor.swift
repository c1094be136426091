/// What Linux takes a processor for: the row of its table that a processor version falls on.
public struct LinuxProcessor: Hashable, Sendable {
  /// The `cpu` line of `/proc/cpuinfo`, without what follows it.
  public var name: String
  /// AT_PLATFORM.
  public var platform: String
  /// The bits of AT_HWCAP that the row has, before the tree's features change them.
  public var capabilities: HardwareCapabilities
  /// The bits of AT_HWCAP2 that the row has, before the tree's features change them.
  public var capabilities2: HardwareCapabilities2

  private init(
    _ name: String, _ platform: String, _ capabilities: HardwareCapabilities,
    _ capabilities2: HardwareCapabilities2 = []
  ) {
    self.name = name
    self.platform = platform
    self.capabilities = capabilities
    self.capabilities2 = capabilities2
  }
}

extension LinuxProcessor {
  /// The row for a processor version, real or logical. Linux does not know 0x0f100003, the logical
  /// version of power7+, and falls back to its last row.
  public init(version: UInt32) {
    self =
      Self.rows.first { version & $0.mask == $0.value }?.processor
      ?? Self("POWER5 (compatible)", "power5", .common)
  }

  private static let rows: [(mask: UInt32, value: UInt32, processor: Self)] = [
    (0xffff_0000, 0x0039_0000, Self("PPC970", "ppc970", [.common, .power4, .altivec])),
    (0xffff_0000, 0x003c_0000, Self("PPC970FX", "ppc970", [.common, .power4, .altivec])),
    (0xffff_0000, 0x0044_0000, Self("PPC970MP", "ppc970", [.common, .power4, .altivec])),
    (0xffff_0000, 0x0045_0000, Self("PPC970GX", "ppc970", [.common, .power4, .altivec])),
    (0xffff_0000, 0x003a_0000, Self("POWER5 (gr)", "power5", [.threaded, .power5])),
    (0xffff_0000, 0x003b_0000, Self("POWER5+ (gs)", "power5+", [.threaded, .power5Plus])),
    (0xffff_ffff, 0x0f00_0001, Self("POWER5+", "power5+", [.threaded, .power5Plus])),
    (0xffff_0000, 0x003e_0000, Self("POWER6 (raw)", "power6x", [.power6, .power6Extended])),
    (0xffff_ffff, 0x0f00_0002, Self("POWER6 (architected)", "power6", .power6)),
    (0xffff_ffff, 0x0f00_0003, Self("POWER7 (architected)", "power7", .power7, .dscr)),
    (0xffff_ffff, 0x0f00_0004, Self("POWER8 (architected)", "power8", .power7, .power8)),
    (0xffff_ffff, 0x0f00_0005, Self("POWER9 (architected)", "power9", .power7, .power9)),
    (0xffff_ffff, 0x0f00_0006, Self("POWER10 (architected)", "power10", .power7, .power10)),
    (0xffff_ffff, 0x0f00_0007, Self("Power11 (architected)", "power11", .power7, .power10)),
    (0xffff_0000, 0x003f_0000, Self("POWER7 (raw)", "power7", .power7, .dscr)),
    (0xffff_0000, 0x004a_0000, Self("POWER7+ (raw)", "power7+", .power7, .dscr)),
    (0xffff_0000, 0x004b_0000, Self("POWER8E (raw)", "power8", .power7, .power8)),
    (0xffff_0000, 0x004c_0000, Self("POWER8NVL (raw)", "power8", .power7, .power8)),
    (0xffff_0000, 0x004d_0000, Self("POWER8 (raw)", "power8", .power7, .power8)),
    (0xffff_0000, 0x004e_0000, Self("POWER9 (raw)", "power9", .power7, .power9)),
    (0xffff_0000, 0x0080_0000, Self("POWER10 (raw)", "power10", .power7, .power10)),
    (0xffff_0000, 0x0082_0000, Self("Power11 (raw)", "power11", .power7, .power10)),
  ]
}

extension HardwareCapabilities {
  fileprivate static let common: Self = [.ppc32, .ppc64, .fpu, .mmu]
  fileprivate static let threaded: Self = [.common, .smt, .icacheSnoop]
  fileprivate static let power6: Self = [
    .threaded, .arch2_05, .trueLittleEndian, .perfmonCompatible,
  ]
  fileprivate static let power7: Self = [
    .threaded, .arch2_06, .trueLittleEndian, .perfmonCompatible,
  ]
}

extension HardwareCapabilities2 {
  private static let since2_07: Self = [.arch2_07, .dscr, .isel, .tar, .vectorCrypto]
  private static let since3_00: Self = [.since2_07, .arch3_00, .ieee128, .darn, .scv]
  fileprivate static let power8: Self = [
    .since2_07, .transactionalMemory, .transactionalMemoryNoSyscall,
  ]
  fileprivate static let power9: Self = [
    .since3_00, .transactionalMemory, .transactionalMemoryNoSyscall,
  ]
  fileprivate static let power10: Self = [.since3_00, .arch3_1, .mma]
}
