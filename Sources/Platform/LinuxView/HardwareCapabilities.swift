/// AT_HWCAP: what Linux tells programs of the processor.
public struct HardwareCapabilities: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let ppc32 = Self(rawValue: 0x8000_0000)
  public static let ppc64 = Self(rawValue: 0x4000_0000)
  public static let altivec = Self(rawValue: 0x1000_0000)
  public static let fpu = Self(rawValue: 0x0800_0000)
  public static let mmu = Self(rawValue: 0x0400_0000)
  public static let power4 = Self(rawValue: 0x0008_0000)
  public static let power5 = Self(rawValue: 0x0004_0000)
  public static let power5Plus = Self(rawValue: 0x0002_0000)
  public static let cell = Self(rawValue: 0x0001_0000)
  public static let booke = Self(rawValue: 0x0000_8000)
  public static let smt = Self(rawValue: 0x0000_4000)
  public static let icacheSnoop = Self(rawValue: 0x0000_2000)
  public static let arch2_05 = Self(rawValue: 0x0000_1000)
  public static let pa6t = Self(rawValue: 0x0000_0800)
  public static let dfp = Self(rawValue: 0x0000_0400)
  public static let power6Extended = Self(rawValue: 0x0000_0200)
  public static let arch2_06 = Self(rawValue: 0x0000_0100)
  public static let vsx = Self(rawValue: 0x0000_0080)
  public static let perfmonCompatible = Self(rawValue: 0x0000_0040)
  public static let trueLittleEndian = Self(rawValue: 0x0000_0002)
  public static let ppcLittleEndian = Self(rawValue: 0x0000_0001)

  /// As the C library's auxiliary vector listing names them.
  private static let names: [(Self, String)] = [
    (.ppc32, "ppc32"), (.ppc64, "ppc64"), (.altivec, "altivec"), (.fpu, "fpu"), (.mmu, "mmu"),
    (.power4, "power4"), (.power5, "power5"), (.power5Plus, "power5+"), (.cell, "cellbe"),
    (.booke, "booke"), (.smt, "smt"), (.icacheSnoop, "ic_snoop"), (.arch2_05, "arch_2_05"),
    (.pa6t, "pa6t"), (.dfp, "dfp"), (.power6Extended, "power6x"), (.arch2_06, "arch_2_06"),
    (.vsx, "vsx"), (.perfmonCompatible, "pseries_perfmon"), (.trueLittleEndian, "true_le"),
    (.ppcLittleEndian, "ppc_le"),
  ]

  public var names: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
}

/// AT_HWCAP2: the second word.
public struct HardwareCapabilities2: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let arch2_07 = Self(rawValue: 0x8000_0000)
  public static let transactionalMemory = Self(rawValue: 0x4000_0000)
  public static let dscr = Self(rawValue: 0x2000_0000)
  public static let eventBasedBranch = Self(rawValue: 0x1000_0000)
  public static let isel = Self(rawValue: 0x0800_0000)
  public static let tar = Self(rawValue: 0x0400_0000)
  public static let vectorCrypto = Self(rawValue: 0x0200_0000)
  public static let transactionalMemoryNoSyscall = Self(rawValue: 0x0100_0000)
  public static let arch3_00 = Self(rawValue: 0x0080_0000)
  public static let ieee128 = Self(rawValue: 0x0040_0000)
  public static let darn = Self(rawValue: 0x0020_0000)
  public static let scv = Self(rawValue: 0x0010_0000)
  public static let transactionalMemoryNoSuspend = Self(rawValue: 0x0008_0000)
  public static let arch3_1 = Self(rawValue: 0x0004_0000)
  public static let mma = Self(rawValue: 0x0002_0000)

  private static let names: [(Self, String)] = [
    (.arch2_07, "arch_2_07"), (.transactionalMemory, "htm"), (.dscr, "dscr"),
    (.eventBasedBranch, "ebb"), (.isel, "isel"), (.tar, "tar"), (.vectorCrypto, "vcrypto"),
    (.transactionalMemoryNoSyscall, "htm-nosc"), (.arch3_00, "arch_3_00"), (.ieee128, "ieee128"),
    (.darn, "darn"), (.scv, "scv"), (.transactionalMemoryNoSuspend, "htm-no-suspend"),
    (.arch3_1, "arch_3_1"), (.mma, "mma"),
  ]

  public var names: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
}
