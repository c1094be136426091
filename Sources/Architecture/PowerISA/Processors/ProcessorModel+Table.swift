extension ProcessorModel {
  /// PowerPC 970, 970FX and 970MP, version 2.01 of the ISA.
  public static let ppc970 = ProcessorModel(
    name: "970", nodeName: "PowerPC,970", versions: [0x0039_0202, 0x003c_0300, 0x0044_0100],
    isa: .v2_01, levels: nil, pcrMask: [],
    facilities: Facilities(vector: 1, decimalFloatingPoint: false, utilization: false),
    translation: Translation(
      slbEntries: 64, segments: [.small], segmentShifts: [28],
      cacheInhibitedLargePages: false, radix: []),
    caches: Caches(
      line: 128, instruction: Cache(size: 64 << 10, ways: 1), data: Cache(size: 32 << 10, ways: 2),
      second: Cache(size: 512 << 10, ways: 8)),
    threads: 1, decrementerBits: 32)

  // The level of its name, 0x0f000001, is version 2.04; this chip has 2.03.
  /// POWER5+, version 2.03.
  public static let power5Plus = ProcessorModel(
    name: "power5+", nodeName: "PowerPC,POWER5", versions: [0x003b_0201],
    isa: .v2_03, levels: nil, pcrMask: [],
    facilities: Facilities(vector: 0, decimalFloatingPoint: false, utilization: false),
    translation: Translation(
      slbEntries: 64, segments: [.small], segmentShifts: [28],
      cacheInhibitedLargePages: false, radix: []),
    caches: Caches(
      line: 128, instruction: Cache(size: 64 << 10, ways: 2), data: Cache(size: 32 << 10, ways: 4),
      second: Cache(size: 1920 << 10, ways: 10, cores: 2),
      third: Cache(size: 36 << 20, ways: 12, line: 256, cores: 2)),
    threads: 2, decrementerBits: 32)

  // The PCR of this chip has no version bit: 2.05 was the newest there was.
  /// POWER6, version 2.05.
  public static let power6 = ProcessorModel(
    name: "power6", nodeName: "PowerPC,POWER6", versions: [0x003e_0301],
    isa: .v2_05, levels: .power5Plus ... .power6, pcrMask: .vectorDisable,
    facilities: Facilities(vector: 1, decimalFloatingPoint: true, utilization: true),
    translation: Translation(
      slbEntries: 64, segments: .server, segmentShifts: [28, 40],
      cacheInhibitedLargePages: true, radix: []),
    caches: Caches(
      line: 128, instruction: Cache(size: 64 << 10, ways: 4), data: Cache(size: 64 << 10, ways: 8),
      second: Cache(size: 4 << 20, ways: 8), third: Cache(size: 32 << 20, ways: 16, cores: 2)),
    threads: 2, decrementerBits: 32)

  /// POWER7, version 2.06.
  public static let power7 = power7Family(
    name: "power7", version: 0x003f_0203, third: Cache(size: 4 << 20, ways: 8))
  /// POWER7+, version 2.06.
  public static let power7Plus = power7Family(
    name: "power7+", version: 0x004a_0201, third: Cache(size: 10 << 20))

  private static func power7Family(
    name: String, version: UInt32, third: Cache
  ) -> ProcessorModel {
    ProcessorModel(
      name: name, nodeName: "PowerPC,POWER7", versions: [version],
      isa: .v2_06, levels: .power6 ... .power7Plus,
      pcrMask: [.vectorDisable, .vectorScalarDisable, .v2_05],
      facilities: Facilities(vector: 2, decimalFloatingPoint: true, utilization: true),
      translation: Translation(
        slbEntries: 32, segments: .server, segmentShifts: [28, 40],
        cacheInhibitedLargePages: true, radix: []),
      caches: Caches(
        line: 128, instruction: Cache(size: 32 << 10, ways: 4),
        data: Cache(size: 32 << 10, ways: 8), second: Cache(size: 256 << 10, ways: 8),
        third: third),
      threads: 4, decrementerBits: 32)
  }

  /// POWER8 of scale-out systems, version 2.07.
  public static let power8 = power8Family(name: "power8", version: 0x004d_0200)
  /// POWER8 of enterprise systems, version 2.07.
  public static let power8E = power8Family(name: "power8e", version: 0x004b_0201)
  /// POWER8 with NVLink, version 2.07.
  public static let power8NVL = power8Family(name: "power8nvl", version: 0x004c_0100)

  private static func power8Family(name: String, version: UInt32) -> ProcessorModel {
    ProcessorModel(
      name: name, nodeName: "PowerPC,POWER8", versions: [version],
      isa: .v2_07, levels: .power6 ... .power8,
      pcrMask: [.transactionalMemoryDisable, .v2_06, .v2_05],
      facilities: Facilities(vector: 2, decimalFloatingPoint: true, utilization: true),
      translation: Translation(
        slbEntries: 32, segments: .server, segmentShifts: [28, 40],
        cacheInhibitedLargePages: true, radix: []),
      caches: Caches(
        line: 128, instruction: Cache(size: 32 << 10, ways: 8),
        data: Cache(size: 64 << 10, ways: 8), second: Cache(size: 512 << 10, ways: 8),
        third: Cache(size: 8 << 20, ways: 8)),
      threads: 8, decrementerBits: 32)
  }

  /// POWER9, version 3.0.
  public static let power9 = radixFamily(
    name: "power9", nodeName: "PowerPC,POWER9", versions: [0x004e_1202, 0x004e_1200],
    isa: .v3_0, newest: .power9, pcrMask: [.v2_07, .v2_06, .v2_05],
    caches: Caches(
      line: 128, instruction: Cache(size: 32 << 10, ways: 8), data: Cache(size: 32 << 10, ways: 8),
      second: Cache(size: 512 << 10, ways: 8), third: Cache(size: 10 << 20, ways: 20)))
  /// POWER10, version 3.1.
  public static let power10 = radixFamily(
    name: "power10", nodeName: "PowerPC,POWER10", versions: [0x0080_1200],
    isa: .v3_1, newest: .power10, pcrMask: [.v3_0, .v2_07, .v2_06, .v2_05], caches: .power10)
  /// Power11, version 3.1.
  public static let power11 = radixFamily(
    name: "power11", nodeName: "PowerPC,POWER11", versions: [0x0082_1200],
    isa: .v3_1, newest: .power11, pcrMask: [.v3_0, .v2_07, .v2_06, .v2_05], caches: .power10)

  private static func radixFamily(
    name: String, nodeName: String, versions: [UInt32], isa: ISALevel,
    newest: CompatibilityLevel, pcrMask: PCR, caches: Caches
  ) -> ProcessorModel {
    ProcessorModel(
      name: name, nodeName: nodeName, versions: versions, isa: isa, levels: .power6...newest,
      pcrMask: pcrMask,
      facilities: Facilities(vector: 2, decimalFloatingPoint: true, utilization: true),
      translation: Translation(
        slbEntries: 32, segments: .server, segmentShifts: [28, 40],
        cacheInhibitedLargePages: true,
        radix: [
          RadixPageSize(shift: 12, actualPage: 0),
          RadixPageSize(shift: 16, actualPage: 5),
          RadixPageSize(shift: 21, actualPage: 1),
          RadixPageSize(shift: 30, actualPage: 2),
        ]),
      caches: caches,
      threads: 8, decrementerBits: 56)
  }

  /// Every processor, oldest first.
  public static let all: [ProcessorModel] = [
    ppc970, power5Plus, power6, power7, power7Plus,
    power8E, power8NVL, power8, power9, power10, power11,
  ]

  /// The processor called `name` on command lines.
  public static func named(_ name: some StringProtocol) -> ProcessorModel? {
    all.first { $0.name == name }
  }

  /// The newest processor that can run at `level`; without one, the newest of all.
  public static func newest(supporting level: CompatibilityLevel?) -> ProcessorModel {
    guard let level else { return power11 }
    return all.last { $0.supports(level) } ?? power11
  }
}

extension ProcessorModel.Caches {
  /// A core of eight threads is two of four, each with caches of its own.
  fileprivate static let power10 = Self(
    line: 128, instruction: .init(size: 48 << 10, ways: 6), data: .init(size: 32 << 10, ways: 8),
    second: .init(size: 1 << 20, ways: 8, threads: 4),
    third: .init(size: 4 << 20, ways: 16, threads: 4))
}

extension ProcessorModel.SegmentPageSize {
  /// 4 KiB pages only.
  fileprivate static let small = Self(
    shift: 12, slbEncoding: 0, pages: [Page(shift: 12, pteEncoding: 0)])
}

extension [ProcessorModel.SegmentPageSize] {
  /// The base page sizes of POWER6 and later. The SLB encoding is L (0x100) with LP (0x30).
  fileprivate static let server: Self = [
    Element(shift: 12, slbEncoding: 0x000, pages: [(12, 0x00), (16, 0x07), (24, 0x38)]),
    Element(shift: 16, slbEncoding: 0x110, pages: [(16, 0x01), (24, 0x08)]),
    Element(shift: 24, slbEncoding: 0x100, pages: [(24, 0x00)]),
    Element(shift: 34, slbEncoding: 0x120, pages: [(34, 0x03)]),
  ]
}

extension ProcessorModel.SegmentPageSize {
  fileprivate init(shift: Int, slbEncoding: UInt32, pages: [(shift: Int, pteEncoding: UInt32)]) {
    self.init(
      shift: shift, slbEncoding: slbEncoding,
      pages: pages.map { Page(shift: $0.shift, pteEncoding: $0.pteEncoding) })
  }
}
