/// Bits of the two doublewords of a hashed page table entry (Book III 6.7.9.1).
///
/// The tables of a partition have the format of version 2.07 at every level; version 3.0 moved the B
/// field in the tables that only a hypervisor sees.
public enum HPTE {
  // First doubleword.
  /// V.
  public static let valid: UInt64 = 1 << 0
  /// H: hashed by the secondary function.
  public static let secondary: UInt64 = 1 << 1
  /// L: large page.
  public static let large: UInt64 = 1 << 2
  /// Software bit by which Linux marks entries it cannot lose; LoPAR calls it "bolted".
  public static let bolted: UInt64 = 1 << 4
  /// Software bits that firmware reserves (57 and 58).
  public static let firmware: UInt64 = 3 << 5
  /// AVPN with B, bits 0:56.
  public static let virtualPage: UInt64 = ~0x7F
  /// B: segment size, 0 for 256 MiB, 1 for 1 TiB.
  public static let segmentSizeShift: UInt64 = 62

  // Second doubleword.
  /// C.
  public static let change: UInt64 = 1 << 7
  /// R.
  public static let reference: UInt64 = 1 << 8
  /// Address compare, before version 2.05.
  public static let addressCompare: UInt64 = 1 << 9
  /// W, I, M, G.
  public static let storageControl: UInt64 = 0xF << 3
  /// W: stores go to memory at once.
  public static let writeThrough: UInt64 = 1 << 6
  /// I: not cached.
  public static let cachingInhibited: UInt64 = 1 << 5
  /// M: coherent among processors.
  public static let coherent: UInt64 = 1 << 4
  /// G: no access ahead of time.
  public static let guarded: UInt64 = 1 << 3
  /// N: instructions are not fetched.
  public static let noExecute: UInt64 = 1 << 2
  /// PP bit 0, which stands apart from the others.
  public static let pp0: UInt64 = 1 << 63
  /// PP bits 1 and 2.
  public static let pp: UInt64 = 3
  /// The upper two bits of the storage key.
  public static let keyHigh: UInt64 = 3 << 60
  /// The lower three bits of the storage key.
  public static let keyLow: UInt64 = 7 << 9
  /// Real page number and LP.
  public static let realPage: UInt64 = 0x0FFF_FFFF_FFFF_F000
}

extension ProcessorModel.SegmentPageSize.Page {
  /// Whether the LP field of an entry's second doubleword gives this size, which is not 4 KiB: LP
  /// takes as many of bits 44:51 as the page leaves of the real page number.
  public func isEncoded(in second: UInt64) -> Bool {
    let mask: UInt64 = (1 << UInt64(shift) - 1) & 0xF_F000
    return second & mask == UInt64(pteEncoding) << 12 & mask
  }
}
