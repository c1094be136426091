/// The Processor Compatibility Register (SPR 338).
///
/// A version bit takes away, in problem state, every instruction and register that came after that
/// version; a facility bit takes away one facility. Bits a processor does not implement are ignored
/// by it. Power ISA Book III 2.7 (3.0B: 2.5).
public struct PCR: OptionSet, Hashable, Sendable {
  /// The register, bit 0 of the books being the most significant.
  public let rawValue: UInt64
  /// The bits of a register.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// VMX unavailable; POWER7 and earlier.
  public static let vectorDisable = PCR(rawValue: 1 << 63)
  /// VSX unavailable; POWER7 and earlier.
  public static let vectorScalarDisable = PCR(rawValue: 1 << 62)
  /// Transactional memory unavailable; POWER8.
  public static let transactionalMemoryDisable = PCR(rawValue: 1 << 61)
  /// Matrix-multiply assist unavailable; POWER10.
  public static let matrixDisable = PCR(rawValue: 1 << 60)

  /// Problem state has version 3.1 and nothing newer.
  public static let v3_1 = PCR(rawValue: 0x20)
  /// Problem state has version 3.0 and nothing newer.
  public static let v3_0 = PCR(rawValue: 0x10)
  /// Problem state has version 2.07 and nothing newer.
  public static let v2_07 = PCR(rawValue: 0x08)
  /// Problem state has version 2.06 and nothing newer.
  public static let v2_06 = PCR(rawValue: 0x04)
  /// Problem state has version 2.05 and nothing newer.
  public static let v2_05 = PCR(rawValue: 0x02)

  /// The version bits, oldest first, each with the version it leaves.
  static let versions: [(bit: PCR, leaves: ISALevel)] = [
    (.v2_05, .v2_05), (.v2_06, .v2_06), (.v2_07, .v2_07), (.v3_0, .v3_0), (.v3_1, .v3_1),
  ]

  /// The newest version problem state may use with these bits set, or nil when no version bit is.
  public var isaLimit: ISALevel? {
    Self.versions.first { contains($0.bit) }?.leaves
  }
}
