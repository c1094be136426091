/// A comparison whose condition register field has not been written yet: while the registers it
/// compares stay as they are it can be made again where the field is needed.
struct Comparison: Equatable {
  enum Operand: Equatable {
    case register(GuestRegister)
    case constant(Int64)
  }

  var first: GuestRegister
  var second: Operand
  /// 4 or 8.
  var size: Int32
  var isUnsigned: Bool

  /// The registers that it reads.
  var registers: RegisterSet {
    guard case .register(let second) = second else { return RegisterSet(first) }
    return [RegisterSet(first), RegisterSet(second)]
  }
}

/// The fields of the condition register that the state does not show yet.
struct PendingComparisons {
  private var fields = InlineArray<8, Comparison?>(repeating: nil)
  private(set) var isEmpty = true

  subscript(field: Int) -> Comparison? {
    get { fields[field & 7] }
    set {
      fields[field & 7] = newValue
      isEmpty = fields.indices.allSatisfy { fields[$0] == nil }
    }
  }

  /// The fields, with their comparisons.
  var members: [(field: Int, comparison: Comparison)] {
    guard !isEmpty else { return [] }
    return fields.indices.compactMap { field in fields[field].map { (field, $0) } }
  }
}
