public import PowerISA

/// A chip that is known by its processor version register, whether or not there is an engine for it.
public struct RecognizedProcessor: Hashable, Sendable {
  /// The maker's name: `POWER7+`, `e500mc`.
  public var name: String
  /// The branch of the architecture that it belongs to.
  public var family: ProcessorFamily
  /// The version of the Power ISA it implements; nil where none of `ISALevel` describes it.
  public var isa: ISALevel?
  /// The version register of every revision, under ``mask``.
  public var value: UInt32
  /// The bits of the version register that all revisions share.
  public var mask: UInt32
  /// Version registers that were seen in full.
  public var known: [UInt32]
  /// Upper half of the version of the first variant of the chip: variants differ in nothing that a
  /// guest sees.
  public var firstVariant: UInt32
  /// Whether a guest sees the difference between major revisions, bits 0x0F00 of the register.
  public var showsRevision: Bool
}

extension RecognizedProcessor {
  /// What a version register was recognized by, from the surest on.
  public enum Evidence: String, CaseIterable, Sendable {
    /// The register as a whole.
    case exact
    /// The bits that revisions of the chip share.
    case mask
    /// The upper half alone: a revision of the chip that is not known.
    case generation
  }

  /// The chip that reports `version`: exactly, else by mask, else by its generation.
  public static func recognize(
    version: UInt32
  ) -> (processor: RecognizedProcessor, by: Evidence)? {
    if let row = all.first(where: { $0.known.contains(version) }) { return (row, .exact) }
    // More mask bits say more.
    let matching = all.filter { version & $0.mask == $0.value }
    let closest = matching.max { $0.mask.nonzeroBitCount < $1.mask.nonzeroBitCount }
    if let closest { return (closest, .mask) }
    return all.first { $0.value >> 16 == version >> 16 }.map { ($0, .generation) }
  }

  /// The chip called `name`, whatever the case of its letters.
  public static func named(_ name: some StringProtocol) -> RecognizedProcessor? {
    all.first { $0.name.lowercased() == name.lowercased() }
  }

  /// Whether processors with these version registers are of one kind, so that a guest that was shown
  /// one can continue on the other: variants of one chip and, from POWER9 on, of the same major
  /// revision.
  public static func areOfOneKind(version: UInt32, _ other: UInt32) -> Bool {
    let (one, another) = (recognize(version: version), recognize(version: other))
    guard let one = one?.processor, let another = another?.processor else {
      return version >> 16 == other >> 16
    }
    return one.firstVariant == another.firstVariant
      && (!one.showsRevision || (version ^ other) & 0x0F00 == 0)
  }

  /// The engine's model of this chip, if there is one.
  public var model: ProcessorModel? {
    ProcessorModel.all.first { model in model.versions.contains { $0 & mask == value } }
  }
}

extension RecognizedProcessor {
  private static let half: UInt32 = 0xffff_0000

  private init(
    _ name: String, _ value: UInt32, _ isa: ISALevel?, mask: UInt32 = half,
    known: [UInt32] = [], variantOf first: UInt32? = nil, showsRevision: Bool = false,
    family: ProcessorFamily = .server64
  ) {
    self.init(
      name: name, family: family, isa: isa, value: value, mask: mask, known: known,
      firstVariant: first ?? value >> 16, showsRevision: showsRevision)
  }

  /// Every chip, by family.
  public static let all: [RecognizedProcessor] = servers + desktops + embedded

  private static let servers: [RecognizedProcessor] = [
    Self("620", 0x0014_0000, .v1),
    Self("RS64-II", 0x0033_0000, .v1),
    Self("RS64-III", 0x0034_0000, .v1),
    Self("POWER4", 0x0035_0000, .v2_00),
    Self("RS64-III+", 0x0036_0000, .v1),
    Self("RS64-IV", 0x0037_0000, .v1),
    Self("POWER4+", 0x0038_0000, .v2_00),
    Self("970", 0x0039_0000, .v2_01, known: [0x0039_0202]),
    Self("POWER5", 0x003a_0000, .v2_02, known: [0x003a_0203]),
    Self("POWER5+", 0x003b_0200, .v2_03, mask: 0xffff_ff00, known: [0x003b_0201]),
    Self("POWER5++", 0x003b_0300, .v2_04, mask: 0xffff_ff00),
    Self("970FX", 0x003c_0000, .v2_01, known: [0x003c_0300]),
    Self("POWER6", 0x003e_0000, .v2_05, known: [0x003e_0301]),
    Self("POWER7", 0x003f_0000, .v2_06, known: [0x003f_0203]),
    Self("POWER3", 0x0040_0000, .v1),
    Self("POWER3-II", 0x0041_0000, .v1),
    Self("970MP", 0x0044_0000, .v2_01, known: [0x0044_0100]),
    Self("970GX", 0x0045_0000, .v2_01),
    Self("POWER7+", 0x004a_0000, .v2_06, known: [0x004a_0201], variantOf: 0x003f),
    Self("POWER8E", 0x004b_0000, .v2_07, known: [0x004b_0201]),
    Self("POWER8NVL", 0x004c_0000, .v2_07, known: [0x004c_0100], variantOf: 0x004b),
    Self("POWER8", 0x004d_0000, .v2_07, known: [0x004d_0200], variantOf: 0x004b),
    Self(
      "POWER9", 0x004e_0000, .v3_0, known: [0x004e_1100, 0x004e_1200, 0x004e_1202],
      showsRevision: true),
    Self("HX-C2000", 0x0066_0000, .v2_07),
    Self("Cell", 0x0070_0000, .v2_02),
    Self("POWER10", 0x0080_0000, .v3_1, known: [0x0080_1100, 0x0080_1200], showsRevision: true),
    Self("POWER11", 0x0082_0000, .v3_1, known: [0x0082_1200], showsRevision: true),
    Self("POWER12", 0x0083_0000, nil),
    Self("PA6T", 0x0090_0000, .v2_04, mask: 0x7fff_0000),
  ]

  private static let desktops: [RecognizedProcessor] = [
    Self("601", 0x0001_0000, .v1, family: .server32),
    Self("603", 0x0003_0000, .v1, family: .server32),
    Self("604", 0x0004_0000, .v1, family: .server32),
    Self("603e", 0x0006_0000, .v1, family: .server32),
    Self("603ev", 0x0007_0000, .v1, family: .server32),
    Self("750", 0x0008_0000, .v1, family: .server32),
    Self("755", 0x0008_3000, .v1, mask: 0xffff_f000, family: .server32),
    Self("750CL", 0x0008_7000, .v1, mask: 0xffff_f0e0, family: .server32),
    Self("604e", 0x0009_0000, .v1, family: .server32),
    Self("604ev", 0x000a_0000, .v1, family: .server32),
    Self("7400", 0x000c_0000, .v1, family: .server32),
    // Chips of these cores set the first bit or do not.
    Self("82xx", 0x0081_0000, .v1, mask: 0x7fff_0000, family: .server32),
    Self("G2_LE", 0x0082_0000, .v1, mask: 0x7fff_0000, family: .server32),
    Self("e300c1", 0x0083_0000, .v1, mask: 0x7fff_0000, family: .server32),
    Self("e300c2", 0x0084_0000, .v1, mask: 0x7fff_0000, family: .server32),
    Self("e300c3", 0x0085_0000, .v1, mask: 0x7fff_0000, family: .server32),
    Self("e300c4", 0x0086_0000, .v1, mask: 0x7fff_0000, family: .server32),
    Self("750FX", 0x7000_0000, .v1, family: .server32),
    Self("750GX", 0x7002_0000, .v1, family: .server32),
    Self("7450", 0x8000_0000, .v1, family: .server32),
    Self("7455", 0x8001_0000, .v1, family: .server32),
    Self("7447", 0x8002_0000, .v1, family: .server32),
    Self("7447A", 0x8003_0000, .v1, family: .server32),
    Self("7448", 0x8004_0000, .v1, family: .server32),
    Self("e600", 0x8004_0010, .v1, mask: 0xffff_ffff, family: .server32),
    Self("7410", 0x800c_0000, .v1, family: .server32),
  ]

  private static let embedded: [RecognizedProcessor] = [
    Self("403", 0x0020_0000, .v1, family: .embedded40x),
    Self("MPC8xx", 0x0050_0000, .v1, family: .mpc8xx),
    Self("476", 0x11a5_0000, .v2_05, known: [0x11a5_2080], family: .bookE),
    Self("405EX", 0x1291_0000, .v1, family: .embedded40x),
    Self("APM821xx", 0x12c4_1c80, .v1, mask: 0xffff_fff0, family: .bookE),
    Self("460EX", 0x1302_0000, .v1, known: [0x1302_18a4], family: .bookE),
    Self("460SX", 0x1354_0000, .v1, family: .bookE),
    Self("440EPx", 0x2162_0000, .v1, family: .bookE),
    Self("405", 0x4011_0000, .v1, family: .embedded40x),
    Self("440GP", 0x4012_0000, .v1, family: .bookE),
    Self("NP4GS3", 0x40b1_0000, .v1, family: .embedded40x),
    Self("NP405H", 0x4141_0000, .v1, family: .embedded40x),
    Self("405EZ", 0x4151_0000, .v1, family: .embedded40x),
    Self("NP405L", 0x4161_0000, .v1, family: .embedded40x),
    Self("STB04xxx", 0x4181_0000, .v1, family: .embedded40x),
    Self("405LP", 0x41f1_0000, .v1, family: .embedded40x),
    Self("PPE42", 0x4200_0000, nil, family: .ppe),
    Self("440EP", 0x4222_0000, .v1, family: .bookE),
    Self("405GPr", 0x5091_0000, .v1, family: .embedded40x),
    Self("405EP", 0x5121_0000, .v1, family: .embedded40x),
    Self("STBx25xx", 0x5151_0000, .v1, family: .embedded40x),
    Self("440GX", 0x51b2_0000, .v1, family: .bookE),
    Self("440SP", 0x5322_0000, .v1, family: .bookE),
    Self("440SPe", 0x5342_0000, .v1, family: .bookE),
    Self("476FPE", 0x7ff5_0000, .v2_05, family: .bookE),
    Self("e500v1", 0x8020_0000, .v2_03, family: .bookE),
    Self("e500v2", 0x8021_0000, .v2_03, family: .bookE),
    Self("e500mc", 0x8023_0000, .v2_06, known: [0x8023_0020], family: .bookE),
    Self("e5500", 0x8024_0000, .v2_06, known: [0x8024_0020], family: .bookE),
    Self("e6500", 0x8040_0000, .v2_06, known: [0x8040_0020], family: .bookE),
    Self("e200z5", 0x8100_0000, .v2_03, mask: 0xfff0_0000, family: .bookE),
    Self("e200z6", 0x8110_0000, .v2_03, mask: 0xfff0_0000, family: .bookE),
  ]
}
