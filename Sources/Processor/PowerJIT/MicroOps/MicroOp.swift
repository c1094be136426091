internal import PowerISA

/// What a micro-op reads or sets: a guest register, a temporary of one instruction, or a constant.
struct MicroOperand: Hashable {
  /// Numbers of general registers, LR and CTR are those of ``GuestRegister``; temporaries follow.
  let number: UInt8

  /// There is none.
  static let none = MicroOperand(raw: 255)
  /// ``MicroOp/immediate``, as a second operand or of a move.
  static let constant = MicroOperand(raw: 254)
  /// General registers, LR and CTR.
  static let guestCount = 34
  /// Temporaries of one instruction at most.
  static let temporaryCount = 6
  /// Guest registers and temporaries.
  static let count = guestCount + temporaryCount

  private init(raw: UInt8) { number = raw }
  init(_ register: GPR) { number = UInt8(truncatingIfNeeded: register.number) }
  init(guest number: Int) { self.number = UInt8(truncatingIfNeeded: number) }
  init(temporary number: Int) {
    precondition(number < Self.temporaryCount)
    self.number = UInt8(truncatingIfNeeded: Self.guestCount + number)
  }

  /// Its place in tables of guest registers and temporaries.
  var index: Int { Int(number) }
  /// Its bit in sets of guest registers and temporaries; none for others.
  var bit: UInt64 { isRegister ? 1 &<< UInt64(number) : 0 }
  /// Whether it is a guest register or a temporary.
  var isRegister: Bool { number < Self.count }
  var isTemporary: Bool { isRegister && number >= Self.guestCount }
  /// The guest register that it is.
  var guest: GuestRegister? {
    number < Self.guestCount ? GuestRegister(number: Int(number)) : nil
  }
}

/// One step of a guest instruction, in terms of no particular host.
///
/// Values are doublewords. An operation on `width` bytes takes the low bytes of its operands, and the
/// other bytes of its result are zero, unless its code says otherwise.
struct MicroOp: Equatable {
  /// What it does. `a` and `b` stand for the operands' values, `n` for the width in bits.
  enum Code: UInt8, CaseIterable {
    /// Nothing: what a pass has removed.
    case none
    /// a, which may be a constant.
    case move
    /// The effective address of the code's page, plus `immediate`.
    case pageAddress

    /// a + b.
    case add
    /// a − b.
    case subtract
    /// The low half of a · b.
    case multiply
    /// The high half of a · b, of signed numbers.
    case multiplyHigh
    /// The high half of a · b, of unsigned numbers.
    case multiplyHighUnsigned
    /// −a.
    case negate

    /// a ∧ b.
    case and
    /// a ∨ b.
    case or
    /// a ⊕ b.
    case xor
    /// a ∧ ¬b.
    case andNot
    /// a ∨ ¬b.
    case orNot
    /// ¬a.
    case not

    /// The low n bits of a, with their sign in all bits above.
    case signExtend
    /// The low n bits of a.
    case zeroExtend
    /// The number of zeros above the highest one of n bits.
    case leadingZeros
    /// The number of zeros below the lowest one of n bits.
    case trailingZeros
    /// The number of ones of n bits.
    case ones
    /// The bytes of each part of n bits in the other order.
    case swapBytes

    /// The low n bits of a, rotated left by `amount`, under the mask `immediate`.
    case rotate
    /// The low n bits of a, rotated left by b modulo n.
    case rotateBy
    /// `rotate` of a where the mask has ones, and b where it has zeros.
    case insert
    /// The low n bits of a, shifted left by b modulo 2n; nothing is left from n on.
    case shiftLeft
    /// The same to the right.
    case shiftRight

    /// The low bits of a, spread to where b has ones.
    case deposit
    /// The bits of a where b has ones, as the low bits.
    case extract

    /// Sets the field `amount` of the condition register from a comparison of signed numbers of n bits:
    /// a, which is a guest register, with b, a guest register or a constant of 32 bits with a sign. Bit 3 of
    /// the field becomes XER[SO].
    case compare
    /// The same of unsigned numbers; the constant is extended like a signed one.
    case compareUnsigned

    /// The instruction's own host code. It reads the guest registers `immediate` and sets those of `changes`;
    /// if it may leave the region, it reads all.
    case hostCode
    /// The semantics function executes the instruction: it may read and set everything, and leave.
    case helperCall
  }

  var code: Code
  /// Bytes.
  var width: UInt8 = 8
  /// A distance, or a field of the condition register.
  var amount: UInt8 = 0
  /// A guest register or a temporary.
  var result = MicroOperand.none
  var a = MicroOperand.none
  var b = MicroOperand.none
  /// The place of its guest instruction in the block.
  var position: UInt16 = 0
  /// The constant operand, or the mask.
  var immediate: UInt64 = 0
  /// Guest registers that opaque micro-ops set, by number.
  var changes: UInt64 = 0

  /// What passes may do with a code.
  struct Traits: OptionSet {
    let rawValue: UInt8

    /// Its result depends on its operands only, and it has no other effect.
    static let isPure = Traits(rawValue: 1 << 0)
    /// Its operands can be exchanged.
    static let commutes = Traits(rawValue: 1 << 1)
    /// b may be a constant of 32 bits with a sign.
    static let takesConstant = Traits(rawValue: 1 << 2)
    /// It is a whole instruction, of which only the registers are declared.
    static let isOpaque = Traits(rawValue: 1 << 3)
  }

  var traits: Traits {
    switch code {
    case .none: []
    case .add, .multiply, .and, .or, .xor: [.isPure, .commutes, .takesConstant]
    case .compare, .compareUnsigned: [.takesConstant]
    case .hostCode, .helperCall: [.isOpaque]
    case .multiplyHigh, .multiplyHighUnsigned: [.isPure, .commutes]
    case .move, .pageAddress, .subtract, .negate, .andNot, .orNot, .not, .signExtend, .zeroExtend,
      .leadingZeros, .trailingZeros, .ones, .swapBytes, .rotate, .rotateBy, .insert, .shiftLeft,
      .shiftRight, .deposit, .extract:
      [.isPure]
    }
  }

  /// The guest registers and temporaries that it reads, as a set of ``MicroOperand/bit``.
  var reads: UInt64 { traits.contains(.isOpaque) ? immediate : a.bit | b.bit }
  /// Those that it sets.
  var sets: UInt64 { traits.contains(.isOpaque) ? changes : result.bit }

  /// All guest registers, as a set.
  static let allGuest: UInt64 = 1 << UInt64(MicroOperand.guestCount) - 1
}
