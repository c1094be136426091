package import PowerISA

/// What a micro-op reads or sets: a guest register, a temporary of one instruction, or a constant.
@usableFromInline
package struct MicroOperand: Hashable, Sendable {
  /// Numbers of general registers, LR and CTR are those of ``GuestRegister``; temporaries follow.
  @usableFromInline package let number: UInt8

  /// There is none.
  @inlinable package static var none: MicroOperand { MicroOperand(raw: 255) }
  /// ``MicroOp/immediate``, as a second operand or of a move.
  @inlinable package static var constant: MicroOperand { MicroOperand(raw: 254) }
  /// General registers, LR and CTR.
  @inlinable package static var guestCount: Int { 34 }
  /// Temporaries of one instruction at most.
  @inlinable package static var temporaryCount: Int { 6 }
  /// Guest registers and temporaries.
  @inlinable package static var count: Int { guestCount + temporaryCount }

  @inlinable init(raw: UInt8) { number = raw }
  package init(_ register: GPR) { number = UInt8(truncatingIfNeeded: register.number) }
  package init(guest number: Int) { self.number = UInt8(truncatingIfNeeded: number) }
  package init(temporary number: Int) {
    precondition(number < Self.temporaryCount)
    self.number = UInt8(truncatingIfNeeded: Self.guestCount + number)
  }

  /// Its place in tables of guest registers and temporaries.
  @inlinable package var index: Int { Int(number) }
  /// Its bit in sets of guest registers and temporaries; none for others.
  @inlinable package var bit: UInt64 { isRegister ? 1 &<< UInt64(number) : 0 }
  /// Whether it is a guest register or a temporary.
  @inlinable package var isRegister: Bool { number < Self.count }
  @inlinable package var isTemporary: Bool { isRegister && number >= Self.guestCount }
  /// The guest register that it is.
  @inlinable package var guest: GuestRegister? {
    number < Self.guestCount ? GuestRegister(number: Int(number)) : nil
  }
}

/// One step of a guest instruction, in terms of no particular host.
///
/// Values are doublewords. An operation on `width` bytes takes the low bytes of its operands, and the
/// other bytes of its result are zero, unless its code says otherwise.
package struct MicroOp: Equatable {
  /// What it does. `a` and `b` stand for the operands' values, `n` for the width in bits.
  package enum Code: UInt8, CaseIterable {
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

  /// A set of codes.
  package struct Codes: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(_ codes: Code...) { rawValue = codes.reduce(0) { $0 | 1 << UInt64($1.rawValue) } }

    package static let all = Codes(
      rawValue: Code.allCases.reduce(0) { $0 | 1 << UInt64($1.rawValue) })
  }

  package var code: Code
  /// Bytes.
  package var width: UInt8 = 8
  /// A distance, or a field of the condition register.
  package var amount: UInt8 = 0
  /// A guest register or a temporary.
  package var result = MicroOperand.none
  package var a = MicroOperand.none
  package var b = MicroOperand.none
  /// The place of its guest instruction in the block.
  package var position: UInt16 = 0
  /// The constant operand, or the mask.
  package var immediate: UInt64 = 0
  /// Guest registers that opaque micro-ops set, by number.
  package var changes: UInt64 = 0

  /// What passes may do with a code.
  package struct Traits: OptionSet {
    package let rawValue: UInt8

    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Its result depends on its operands only, and it has no other effect.
    package static let isPure = Traits(rawValue: 1 << 0)
    /// Its operands can be exchanged.
    package static let commutes = Traits(rawValue: 1 << 1)
    /// b may be a constant of 32 bits with a sign.
    package static let takesConstant = Traits(rawValue: 1 << 2)
    /// It is a whole instruction, of which only the registers are declared.
    package static let isOpaque = Traits(rawValue: 1 << 3)
  }

  package var traits: Traits {
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
  package var reads: UInt64 { traits.contains(.isOpaque) ? immediate : a.bit | b.bit }
  /// Those that it sets.
  package var sets: UInt64 { traits.contains(.isOpaque) ? changes : result.bit }

  /// All guest registers, as a set.
  package static let allGuest: UInt64 = 1 << UInt64(MicroOperand.guestCount) - 1
}
