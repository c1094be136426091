/// Bits of radix page table and page directory entries (Book III 6.7.11.3).
public enum RadixEntry {
  /// V.
  public static let valid: UInt64 = 1 << 63
  /// The entry maps a page; without it, it leads to another table.
  public static let leaf: UInt64 = 1 << 62
  /// The real address of the page.
  public static let realPage: UInt64 = 0x01FF_FFFF_FFFF_F000
  /// The real address of the next table.
  public static let nextTable: UInt64 = 0x0FFF_FFFF_FFFF_FF00
  /// The binary logarithm of the number of its entries.
  public static let nextSize: UInt64 = 0x1F
  /// R.
  public static let reference: UInt64 = 0x100
  /// C.
  public static let change: UInt64 = 0x80
  /// Problem state has no access.
  public static let privileged: UInt64 = 0x8
  /// Loads are permitted.
  public static let read: UInt64 = 0x4
  /// Loads and stores are permitted.
  public static let write: UInt64 = 0x2
  /// Instructions are fetched.
  public static let execute: UInt64 = 0x1
  /// Attributes of the storage.
  public static let attributes: UInt64 = 0x30
  /// Attributes "non-idempotent I/O", from which nothing executes.
  public static let nonIdempotent: UInt64 = 0x20
}
