internal import HostSupport
import PowerArithmetic
import PowerISA

/// Operands of decimal instructions that are no decimal numbers.
enum DecimalOperands {
  static func finish(
    _ s: StateView, _ name: InstructionID, _ i: Instruction, isQuad: Bool,
    _ random: inout SplitMix64
  ) {
    let b = i.frb.number
    switch name {
    case .dcffix, .dcffixq: s[fpr: b] = random.doubleword()
    case .dctdp: s[fpr: b] = random.next()
    case .dcffixqq:
      s[vsr: 32 + i.vrb.number] = random.vector()
    case .diex, .diexq:
      guard isSeparate(i, isQuad) else { return }
      let biased = Int64(random.below(isQuad ? 12300 : 780)) - 6
      s[fpr: i.fra.number] = UInt64(bitPattern: biased)
    case .drrnd, .drrndq, .dtstsf, .dtstsfq:
      guard isSeparate(i, isQuad) else { return }
      s[fpr: i.fra.number] = UInt64(random.below(40))
    case .denbcd, .denbcdq:
      var digits = random.decimalDigits()
      let last = i.bits(11, 11) == 0 ? UInt128(random.below(11)) : UInt128(random.below(16))
      digits = digits & ~15 | last
      s[fpr: b] = UInt64(truncatingIfNeeded: isQuad ? digits >> 64 : digits)
      if isQuad { s[fpr: b | 1] = UInt64(truncatingIfNeeded: digits) }
    default: break
    }
  }

  /// Whether FRA is none of the registers of FRB.
  private static func isSeparate(_ i: Instruction, _ isQuad: Bool) -> Bool {
    isQuad ? i.fra.number | 1 != i.frb.number | 1 : i.fra != i.frb
  }
}

/// Operands of the vector decimal instructions, in the format of each.
enum PackedDecimalOperands {
  static func value(_ name: InstructionID, _ random: inout SplitMix64) -> Vector {
    if random.once(in: 16) { return random.vector() }
    let digits = random.decimalDigits()
    let sign = random.next()
    var vector = Vector.zero
    switch name {
    case .bcdcfn_:
      for n in 0..<7 { vector[halfword: n] = 0x30 | UInt16(digits >> UInt128(4 * n) & 15) }
      vector[halfword: 7] = sign & 1 == 0 ? 0x2B : 0x2D
    case .bcdcfz_:
      let zone: UInt8 = sign >> 32 & 1 == 0 ? 0xF0 : 0x30
      for n in 0..<16 { vector[byte: n] = zone | UInt8(digits >> UInt128(4 * n) & 15) }
      vector[byte: 15] = vector[byte: 15] & 15 | UInt8(truncatingIfNeeded: sign << 4)
    case .bcdcfsq_:
      let value = Int128(bitPattern: random.vector().quadword)
      return Vector(quadword: UInt128(bitPattern: value >> Int128(sign % 64)))
    case .bcdus_, .bcdutrunc_: return Vector(quadword: digits)
    default: return Vector(quadword: digits << 4 | UInt128(10 + sign % 6))
    }
    return vector
  }

  /// Shift and truncation counts that matter.
  static func finish(
    _ s: StateView, _ name: InstructionID, _ i: Instruction, _ random: inout SplitMix64
  ) {
    guard [.bcds_, .bcdus_, .bcdsr_, .bcdtrunc_, .bcdutrunc_].contains(name), i.vra != i.vrb
    else { return }
    let count = random.below(70) - 35
    let isTruncation = [.bcdtrunc_, .bcdutrunc_].contains(name)
    s[vsr: 32 + i.vra.number].doubleword0 =
      isTruncation ? UInt64(abs(count)) : UInt64(UInt8(bitPattern: Int8(count)))
  }
}
