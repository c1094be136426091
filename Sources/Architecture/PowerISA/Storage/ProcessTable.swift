/// A guest's process table (Book III 6.7.6.2).
public struct ProcessTable: Hashable, Sendable {
  /// Guest real address for radix, 4 KiB aligned; the VSID of a 1 TiB segment otherwise.
  public var base: UInt64
  /// Bytes.
  public var size: UInt64
  /// Whether effective addresses translate through radix trees.
  public var isRadix: Bool
  /// Whether the guest issues `tlbie` itself.
  public var guestInvalidates: Bool

  /// A table of `size` bytes; without radix trees `base` is a VSID.
  public init(base: UInt64, size: UInt64, isRadix: Bool, guestInvalidates: Bool = false) {
    self.base = base
    self.size = size
    self.isRadix = isRadix
    self.guestInvalidates = guestInvalidates
  }
}
