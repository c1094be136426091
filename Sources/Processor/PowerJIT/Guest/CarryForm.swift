package import PowerISA

/// What a fixed-point sum with carry out adds (Book I 3.3.9): RA or its complement, a second operand, and
/// a carry.
package struct CarryForm {
  package enum Second {
    case rb, immediate
    case constant(Int64)
  }

  package let second: Second
  /// Whether RA is complemented, and the carry in is 1 unless it is CA.
  package let isSubtraction: Bool
  /// Whether the carry in is CA.
  package let isExtended: Bool

  private init(_ second: Second, isSubtraction: Bool = false, isExtended: Bool = false) {
    self.second = second
    self.isSubtraction = isSubtraction
    self.isExtended = isExtended
  }

  package static let all: [InstructionID: CarryForm] = [
    .addic: CarryForm(.immediate), .addic_: CarryForm(.immediate),
    .subfic: CarryForm(.immediate, isSubtraction: true),
    .addc: CarryForm(.rb), .subfc: CarryForm(.rb, isSubtraction: true),
    .adde: CarryForm(.rb, isExtended: true),
    .subfe: CarryForm(.rb, isSubtraction: true, isExtended: true),
    .addze: CarryForm(.constant(0), isExtended: true),
    .subfze: CarryForm(.constant(0), isSubtraction: true, isExtended: true),
    .addme: CarryForm(.constant(-1), isExtended: true),
    .subfme: CarryForm(.constant(-1), isSubtraction: true, isExtended: true),
  ]

  /// The second operand, unless it is RB.
  package func constant(_ i: Instruction) -> Int64? {
    switch second {
    case .rb: nil
    case .immediate: i.si
    case .constant(let value): value
    }
  }
}
