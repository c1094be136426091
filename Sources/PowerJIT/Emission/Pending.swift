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

/// What the state does not show yet: it is written only where something may look.
struct Pending: Equatable {
  private var fields = InlineArray<8, Comparison?>(repeating: nil)
  /// Whether no field of the condition register is pending.
  private(set) var hasNoFields = true
  /// What CFAR should be: the address of the branch that was taken last.
  var cfar: UInt64?

  var isEmpty: Bool { hasNoFields && cfar == nil }

  subscript(field: Int) -> Comparison? {
    get { fields[field & 7] }
    set {
      fields[field & 7] = newValue
      hasNoFields = fields.indices.allSatisfy { fields[$0] == nil }
    }
  }

  /// The fields, with their comparisons.
  var members: [(field: Int, comparison: Comparison)] {
    guard !hasNoFields else { return [] }
    return fields.indices.compactMap { field in fields[field].map { (field, $0) } }
  }

  static func == (first: Pending, second: Pending) -> Bool {
    first.cfar == second.cfar
      && first.fields.indices.allSatisfy { first.fields[$0] == second.fields[$0] }
  }
}
