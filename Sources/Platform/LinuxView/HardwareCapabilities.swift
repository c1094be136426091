/// AT_HWCAP: the features of the processor that Linux reports to programs.
public struct HardwareCapabilities: OptionSet, Hashable, Sendable {
  /// The word as the auxiliary vector has it.
  public let rawValue: UInt32
  /// The capabilities of a word.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// PPC_FEATURE_32: programs of 32 bits run.
  public static let ppc32 = Self(rawValue: 0x8000_0000)
  /// PPC_FEATURE_64: programs of 64 bits run.
  public static let ppc64 = Self(rawValue: 0x4000_0000)
  /// PPC_FEATURE_HAS_ALTIVEC: vector registers and their instructions.
  public static let altivec = Self(rawValue: 0x1000_0000)
  /// PPC_FEATURE_HAS_FPU: floating-point registers and their instructions.
  public static let fpu = Self(rawValue: 0x0800_0000)
  /// PPC_FEATURE_HAS_MMU: translation of addresses.
  public static let mmu = Self(rawValue: 0x0400_0000)
  /// PPC_FEATURE_POWER4: a POWER4 or PPC970.
  public static let power4 = Self(rawValue: 0x0008_0000)
  /// PPC_FEATURE_POWER5: a POWER5.
  public static let power5 = Self(rawValue: 0x0004_0000)
  /// PPC_FEATURE_POWER5_PLUS: a POWER5+.
  public static let power5Plus = Self(rawValue: 0x0002_0000)
  /// PPC_FEATURE_CELL: a Cell Broadband Engine.
  public static let cell = Self(rawValue: 0x0001_0000)
  /// PPC_FEATURE_BOOKE: a processor of Book E.
  public static let booke = Self(rawValue: 0x0000_8000)
  /// PPC_FEATURE_SMT: several threads in a core.
  public static let smt = Self(rawValue: 0x0000_4000)
  /// PPC_FEATURE_ICACHE_SNOOP: the instruction cache follows stores, and needs one `icbi` only.
  public static let icacheSnoop = Self(rawValue: 0x0000_2000)
  /// PPC_FEATURE_ARCH_2_05: version 2.05 of the architecture.
  public static let arch2_05 = Self(rawValue: 0x0000_1000)
  /// PPC_FEATURE_PA6T: a PA Semi PA6T.
  public static let pa6t = Self(rawValue: 0x0000_0800)
  /// PPC_FEATURE_HAS_DFP: decimal floating point.
  public static let dfp = Self(rawValue: 0x0000_0400)
  /// PPC_FEATURE_POWER6_EXT: POWER6 with `mffgpr` and `mftgpr`.
  public static let power6Extended = Self(rawValue: 0x0000_0200)
  /// PPC_FEATURE_ARCH_2_06: version 2.06 of the architecture.
  public static let arch2_06 = Self(rawValue: 0x0000_0100)
  /// PPC_FEATURE_HAS_VSX: vector-scalar registers and their instructions.
  public static let vsx = Self(rawValue: 0x0000_0080)
  /// PPC_FEATURE_PSERIES_PERFMON_COMPAT: the performance monitor's events that all pseries
  /// processors have.
  public static let perfmonCompatible = Self(rawValue: 0x0000_0040)
  /// PPC_FEATURE_TRUE_LE: little-endian mode that reverses bytes, not addresses.
  public static let trueLittleEndian = Self(rawValue: 0x0000_0002)
  /// PPC_FEATURE_PPC_LE: the little-endian mode of the first PowerPCs, which changes addresses.
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

  /// Names of the bits that are set, in the C library's order.
  public var names: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
}

/// AT_HWCAP2: the second word.
public struct HardwareCapabilities2: OptionSet, Hashable, Sendable {
  /// The word as the auxiliary vector has it.
  public let rawValue: UInt32
  /// The capabilities of a word.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// PPC_FEATURE2_ARCH_2_07: version 2.07 of the architecture.
  public static let arch2_07 = Self(rawValue: 0x8000_0000)
  /// PPC_FEATURE2_HTM: transactional memory.
  public static let transactionalMemory = Self(rawValue: 0x4000_0000)
  /// PPC_FEATURE2_DSCR: the data stream control register, accessible to programs.
  public static let dscr = Self(rawValue: 0x2000_0000)
  /// PPC_FEATURE2_EBB: event-based branches.
  public static let eventBasedBranch = Self(rawValue: 0x1000_0000)
  /// PPC_FEATURE2_ISEL: `isel`.
  public static let isel = Self(rawValue: 0x0800_0000)
  /// PPC_FEATURE2_TAR: the target address register.
  public static let tar = Self(rawValue: 0x0400_0000)
  /// PPC_FEATURE2_VEC_CRYPTO: the instructions of AES, SHA and polynomial multiplication.
  public static let vectorCrypto = Self(rawValue: 0x0200_0000)
  /// PPC_FEATURE2_HTM_NOSC: a system call aborts a transaction before it is made.
  public static let transactionalMemoryNoSyscall = Self(rawValue: 0x0100_0000)
  /// PPC_FEATURE2_ARCH_3_00: version 3.0 of the architecture.
  public static let arch3_00 = Self(rawValue: 0x0080_0000)
  /// PPC_FEATURE2_HAS_IEEE128: quadruple-precision floating point.
  public static let ieee128 = Self(rawValue: 0x0040_0000)
  /// PPC_FEATURE2_DARN: `darn`.
  public static let darn = Self(rawValue: 0x0020_0000)
  /// PPC_FEATURE2_SCV: `scv 0` makes system calls.
  public static let scv = Self(rawValue: 0x0010_0000)
  /// PPC_FEATURE2_HTM_NO_SUSPEND: transactional memory without a suspended state.
  public static let transactionalMemoryNoSuspend = Self(rawValue: 0x0008_0000)
  /// PPC_FEATURE2_ARCH_3_1: version 3.1 of the architecture.
  public static let arch3_1 = Self(rawValue: 0x0004_0000)
  /// PPC_FEATURE2_MMA: the matrix-multiply assist.
  public static let mma = Self(rawValue: 0x0002_0000)

  private static let names: [(Self, String)] = [
    (.arch2_07, "arch_2_07"), (.transactionalMemory, "htm"), (.dscr, "dscr"),
    (.eventBasedBranch, "ebb"), (.isel, "isel"), (.tar, "tar"), (.vectorCrypto, "vcrypto"),
    (.transactionalMemoryNoSyscall, "htm-nosc"), (.arch3_00, "arch_3_00"), (.ieee128, "ieee128"),
    (.darn, "darn"), (.scv, "scv"), (.transactionalMemoryNoSuspend, "htm-no-suspend"),
    (.arch3_1, "arch_3_1"), (.mma, "mma"),
  ]

  /// Names of the bits that are set, in the C library's order.
  public var names: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
}
