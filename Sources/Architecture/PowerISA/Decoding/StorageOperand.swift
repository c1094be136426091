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

  /// The direction.
  public let kind: Kind
  /// Bytes of an element, 1 to 128; 0 for ``Kind/touch``.
  public let elementBytes: Int
  /// Elements that lie one after the other.
  public let count: Int
  /// How the bytes become the register, and what else is special.
  public let forms: StorageForms

  /// The operand whose register is the address's base, by its position.
  public let base: Int?
  /// The operand whose register is added to the base.
  public let index: Int?
  /// The operand that is added to the base.
  public let displacement: Int?
  /// The operand that has the length of a ``StorageForms/counted`` access: a number, or a register
  /// whose first byte it is; nil when XER has it.
  public let length: Int?

  /// Bytes of the access; of one register or byte when the forms have `multiple` or `counted`.
  public var bytes: Int { elementBytes * count }

  /// Whether it makes a reservation, or needs one.
  public var isReservation: Bool { !forms.isDisjoint(with: [.reserve, .conditional]) }

  /// Bytes | elements << 8 | forms << 16 | (1 + kind) << 32, or 0 for no access; operands, from 1:
  /// base << 36 | index << 40 | displacement << 44 | length << 48.
  init?(_ word: UInt64) {
    guard word != 0, let kind = Kind(rawValue: UInt8(word >> 32 & 15 - 1)) else { return nil }
    func operand(_ shift: UInt64) -> Int? {
      let number = Int(word >> shift & 15)
      return number == 0 ? nil : number - 1
    }
    base = operand(36)
    index = operand(40)
    displacement = operand(44)
    length = operand(48)
    self.kind = kind
    elementBytes = Int(word & 0xFF)
    count = Int(word >> 8 & 0xFF)
    forms = StorageForms(rawValue: UInt16(truncatingIfNeeded: word >> 16))
  }
}
