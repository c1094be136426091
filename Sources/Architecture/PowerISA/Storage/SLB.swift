/// Fields of the two doublewords of a segment lookaside buffer entry, as `slbmte` has them in RB and RS
/// (Book III 6.7.8.1 and 6.9.3.2).
public enum SLB {
  // RB.
  /// ESID: bits 0 to 35, of a segment of 256 MiB.
  public static let effectiveSegment: UInt64 = ~0 << 28
  /// V.
  public static let valid: UInt64 = 1 << 27
  /// The number of the entry.
  public static let index: UInt64 = 0xFFF

  // RS.
  /// B: segment size, 0 for 256 MiB, 1 for 1 TiB.
  public static let segmentSize: UInt64 = 3 << 62
  /// VSID, of a segment of 256 MiB; the low 12 bits are no part of it for one of 1 TiB.
  public static let virtualSegment: UInt64 = (1 << 62 - 1) & ~0xFFF
  /// Ks: the storage key of privileged state.
  public static let supervisorKey: UInt64 = 1 << 11
  /// Kp: the storage key of problem state.
  public static let problemKey: UInt64 = 1 << 10
  /// N: instructions are not fetched.
  public static let noExecute: UInt64 = 1 << 9
  /// L and LP: the base page size.
  public static let pageSize: UInt64 = 1 << 8 | 3 << 4
  /// C: class.
  public static let class1: UInt64 = 1 << 7
}
