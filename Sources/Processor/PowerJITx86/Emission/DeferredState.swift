internal import PowerJIT

/// A comparison whose condition register field has not been written yet: while the registers it
/// compares stay as they are it can be made again where the field is needed.
struct Comparison: Equatable {
  enum Operand: Equatable {
    case register(GuestRegister)
    /// Of 32 bits: there are many of these, and copies of what is pending.
    case small(Int32)

    /// - Parameter value: of 32 bits.
    static func constant(_ value: Int64) -> Operand { .small(Int32(truncatingIfNeeded: value)) }
  }

  var first: GuestRegister
  var second: Operand
  private let isDoubleword: Bool
  let isUnsigned: Bool

  /// - Parameter size: 4 or 8.
  init(first: GuestRegister, second: Operand, size: Int32, isUnsigned: Bool) {
    self.first = first
    self.second = second
    isDoubleword = size == 8
    self.isUnsigned = isUnsigned
  }

  var size: Int32 { isDoubleword ? 8 : 4 }

  /// The registers that it reads.
  var registers: RegisterSet {
    guard case .register(let second) = second else { return RegisterSet(first) }
    return [RegisterSet(first), RegisterSet(second)]
  }
}

/// What the state does not show yet: it is written only where something may look.
struct DeferredState: Equatable {
  private var fields = InlineArray<8, Comparison?>(repeating: nil)
  /// Whether no field of the condition register is pending.
  private(set) var hasNoFields = true
  /// What CFAR should be: the address of the branch that was taken last.
  var cfar: UInt64?
  /// The floating-point operation whose status is deferred.
  var status: StatusOperands?
  /// What CA32 is to be made of.
  var wordCarry: WordCarry?
  /// What CA and CA32 are to be made of.
  var shiftCarry: ShiftCarry?
  /// Not deferred, but also known at the beginning of a block.
  var known = KnownVectors()

  var isEmpty: Bool {
    hasNoFields && cfar == nil && status == nil && wordCarry == nil
      && shiftCarry == nil && known.isEmpty
  }

  /// Whether code that begins with something pending can continue from here.
  func satisfies(_ expected: DeferredState) -> Bool {
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

  static func == (first: DeferredState, second: DeferredState) -> Bool {
    first.cfar == second.cfar && first.status == second.status && first.known == second.known
      && first.wordCarry == second.wordCarry && first.shiftCarry == second.shiftCarry
      && first.fields.indices.allSatisfy { first.fields[$0] == second.fields[$0] }
  }
}

/// What is known at some place about vector-scalar registers and the FPSCR.
struct KnownVectors: Equatable {
  /// Registers assigned as scalars whose doubleword 1 has been cleared in the state.
  var cleared: RegisterSet = []
  /// Registers whose doubleword 0 is a single.
  var singles: RegisterSet = []
  /// Whether the FPSCR's mode has been checked.
  var floatMode = false
  /// The register that XMM3 has the other way round, byte by byte.
  var reversed: Int?

  var isEmpty: Bool { cleared.isEmpty && singles.isEmpty && !floatMode && reversed == nil }

  func includes(_ other: KnownVectors) -> Bool {
    cleared.isSuperset(of: other.cleared) && singles.isSuperset(of: other.singles)
      && (floatMode || !other.floatMode)
      && (other.reversed == nil || reversed == other.reversed)
  }
}
