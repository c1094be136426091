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
  /// The floating-point operation whose status is owed.
  var status: PendingStatus?
  /// Not owed, but as well to be had at the beginning of a block.
  var known = KnownVectors()

  var isEmpty: Bool { hasNoFields && cfar == nil && status == nil && known.isEmpty }

  /// Whether code that begins with something pending can go on from here.
  func satisfies(_ expected: Pending) -> Bool {
    var mine = self
    mine.known = expected.known
    return mine == expected && known.includes(expected.known)
  }

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
    first.cfar == second.cfar && first.status == second.status && first.known == second.known
      && first.fields.indices.allSatisfy { first.fields[$0] == second.fields[$0] }
  }
}

/// What is known at some place about vector-scalar registers and the FPSCR.
struct KnownVectors: Equatable {
  /// Registers with a scalar home whose doubleword 1 has been cleared in the state.
  var cleared: RegisterSet = []
  /// Registers whose doubleword 0 is a single.
  var singles: RegisterSet = []
  /// Whether the FPSCR's mode has been checked.
  var floatMode = false

  var isEmpty: Bool { cleared.isEmpty && singles.isEmpty && !floatMode }

  func includes(_ other: KnownVectors) -> Bool {
    cleared.isSuperset(of: other.cleared) && singles.isSuperset(of: other.singles)
      && (floatMode || !other.floatMode)
  }
}
