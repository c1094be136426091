/// How an instruction accesses storage, as its row says.
public struct StorageOperand: Hashable, Sendable {
  /// The direction. The order is that of the generator's `StorageFacts.Kind`.
  public enum Kind: UInt8, Sendable {
    case load
    case store
    /// Loads, computes and stores (`lwat`, `stwat`).
    case atomic
    /// Translates the address and accesses nothing (`icbi`).
    case touch
  }

  public let kind: Kind
  /// Bytes of an element, 1 to 128; 0 for ``Kind/touch``.
  public let elementBytes: Int
  /// Elements that lie one after the other.
  public let count: Int
  public let forms: StorageForms

  /// Bytes of the access; of one register or byte when the forms have `multiple` or `counted`.
  public var bytes: Int { elementBytes * count }

  /// Bytes | elements << 8 | forms << 16 | (1 + kind) << 32, or 0 for no access.
  init?(_ word: UInt64) {
    guard word != 0, let kind = Kind(rawValue: UInt8(truncatingIfNeeded: word >> 32 - 1)) else {
      return nil
    }
    self.kind = kind
    elementBytes = Int(word & 0xFF)
    count = Int(word >> 8 & 0xFF)
    forms = StorageForms(rawValue: UInt16(truncatingIfNeeded: word >> 16))
  }
}
