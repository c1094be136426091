import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

/// Decimal floating point against QEMU user mode.
@Suite(.enabled(if: QEMUUserMode.unavailable == nil, "needs QEMU user mode and cross compilers"))
struct DecimalComparisonTests {
  @Test func decimalFloatingPoint() throws {
    let rows = try DecodeRow.rows("DecimalFloatingPoint").filter { !$0.isPending }
    try Comparison(
      rows: rows, seed: 5, instructions: 6, states: 40, prepare: makeDecimals,
      isDefined: isDefined, normalize: forgetInexact
    ).run(.little)
  }

  @Test func floatingOuterProducts() throws {
    let rows = try DecodeRow.rows("MatrixMultiply").filter {
      !$0.isPending && $0.mnemonic.contains("f") && $0.mnemonic.contains("ger")
    }
    try Comparison(
      rows: rows, seed: 6, instructions: 8,
      prepare: { _, _, state, operands in state.fpscr = operands.random.next() & 3 },
      normalize: { _, _, state in
        // QEMU tells of an underflow only when there is no overflow.
        state.fpscr &= ~(FPSCR.fr | FPSCR.fi | FPSCR.fprf)
        if state.fpscr & FPSCR.ox != 0 { state.fpscr &= ~FPSCR.ux }
      }
    ).run(.little)
  }

  // MARK: operands

  private func makeDecimals(
    _ name: String, _ i: Instruction, _ state: inout MachineState, _ operands: inout RandomOperands
  ) {
    state.fpscr = (operands.random.next() & 7) << 32
    let isQuad = name.hasSuffix("q")
    let center = Int(operands.random.next() % (isQuad ? 12288 : 768))
    for n in stride(from: 0, to: 32, by: 2) {
      if isQuad, name != "dctqpq" {
        let value = decimal(&operands, digits: 34, maximum: 12287, center: center)
        state.vsr[n].doubleword0 = UInt64(truncatingIfNeeded: value >> 64)
        state.vsr[n + 1].doubleword0 = UInt64(truncatingIfNeeded: value)
      } else {
        for register in [n, n + 1] {
          let value = decimal(&operands, digits: 16, maximum: 767, center: center)
          state.vsr[register].doubleword0 = UInt64(truncatingIfNeeded: value)
        }
      }
    }
    let b = i.frb.number
    switch name {
    case "dcffix", "dcffixq": state.vsr[b].doubleword0 = operands.doubleword()
    case "dctdp":
      state.vsr[b].doubleword0 = operands.random.next()
    case "diex", "diexq":
      // QEMU copies the declets of special values as they are; these are canonical.
      for n in [b, isQuad ? b | 1 : b] {
        for declet in 0..<5 { state.vsr[n].doubleword0 &= ~(8 << UInt64(10 * declet)) }
      }
      if isQuad {
        // The declet across the registers and the one below it.
        for bit in [10 * 5 + 3, 10 * 6 + 3] { state.vsr[b | 1].doubleword0 &= ~(1 << UInt64(bit)) }
        for declet in 7..<11 { state.vsr[b].doubleword0 &= ~(1 << UInt64(10 * declet + 3 - 64)) }
      }
      guard i.fra != i.frb, i.fra != i.frb.next || !isQuad else { return }
      let biased = Int64(operands.random.next() % (isQuad ? 12300 : 780)) - 6
      state.vsr[i.fra.number].doubleword0 = UInt64(bitPattern: biased)
    case "drrnd", "drrndq", "dtstsf", "dtstsfq":
      guard i.fra != i.frb, i.fra != i.frb.next || !isQuad else { return }
      state.vsr[i.fra.number].doubleword0 = operands.random.next() % 40
    case "denbcd", "denbcdq":
      var digits: UInt128 = 0
      for _ in 0..<32 { digits = digits << 4 | UInt128(operands.random.next() % 10) }
      digits = digits & ~15 | UInt128(operands.random.next() & 15)
      if i.bits(11, 11) == 0, operands.random.next() & 3 != 0 { digits &= ~8 }
      state.vsr[b].doubleword0 = UInt64(truncatingIfNeeded: isQuad ? digits >> 64 : digits)
      if isQuad { state.vsr[b | 1].doubleword0 = UInt64(truncatingIfNeeded: digits) }
    default: break
    }
  }

  /// An encoding: mostly finite with an exponent near `center` and few or many digits.
  private func decimal(
    _ operands: inout RandomOperands, digits: Int, maximum: Int, center: Int
  ) -> UInt128 {
    let (width, declets) = digits == 34 ? (128, 11) : (64, 5)
    let r = operands.random.next()
    func place(_ value: UInt128, _ bits: Int) -> UInt128 { value << UInt128(bits) }
    var bits = place(UInt128(r & 1), width - 1)
    let count = r >> 8 % 4 == 0 ? declets : Int(r >> 16 % UInt64(declets + 1))
    for n in 0..<count {
      // Often zeros and nines, whose declets are 0 and 0x0FF.
      let declet = [0, 0x0FF, operands.random.next() & 0x3FF][Int(operands.random.next() % 3)]
      bits |= place(UInt128(declet), 10 * n)
    }
    let trailing = 10 * declets
    switch r >> 32 % 16 {
    case 0: return bits | place(0b11110, width - 6)
    case 1: return bits | place(0b11111, width - 6)
    case 2: return bits | place(0b111111, width - 7)
    default: break
    }
    var exponent = center + Int(r >> 40 % 50) - 25
    if r >> 48 % 8 == 0 { exponent = maximum - Int(r >> 52 % 20) }
    if r >> 48 % 8 == 1 { exponent = Int(r >> 52 % 20) }
    exponent = max(0, min(exponent, maximum))
    let low = width - 6 - trailing
    bits |= place(UInt128(exponent & (1 << low - 1)), trailing)
    let first = count == declets ? operands.random.next() % 10 : 0
    let high = UInt64(exponent >> low)
    let combination = first < 8 ? high << 3 | first : 0b11000 | high << 1 | first & 1
    return bits | place(UInt128(combination), width - 6)
  }

  /// What becomes of the digits behind an infinity or in a NaN that gets too narrow differs:
  /// QEMU forgets them.
  private func isDefined(_ name: String, _ i: Instruction, _ state: MachineState) -> Bool {
    func isSpecial(_ register: Int, _ kinds: ClosedRange<UInt64>) -> Bool {
      kinds.contains(state.vsr[register].doubleword0 >> 58 & 31)
    }
    switch name {
    case "denbcd", "denbcdq":
      // QEMU 7.2 overlooks a last digit that is none.
      let last = name == "denbcd" ? i.frb : i.frb.next
      return i.bits(11, 11) != 0 || state.vsr[last.number].doubleword0 & 15 <= 9
    case "drsp", "drdpq": return !isSpecial(i.frb.number, 31...31)
    case "ddedpd", "ddedpdq": return !isSpecial(i.frb.number, 30...31)
    case "diex", "diexq": return !isSpecial(i.frb.number, 30...30)
    case "dscli", "dscliq", "dscri", "dscriq": return !isSpecial(i.fra.number, 30...30)
    default: return true
    }
  }

  /// QEMU does not keep FR, never clears FI and does not classify the result of an invalid
  /// `denbcd`. It puts the result of `drdpq` into the odd register of the pair.
  private func forgetInexact(_ name: String, _ i: Instruction, _ state: inout MachineState) {
    state.fpscr &= ~(FPSCR.fr | FPSCR.fi)
    if name.hasPrefix("denbcd"), state.fpscr & FPSCR.vxcvi != 0 { state.fpscr &= ~FPSCR.fprf }
    if name == "drdpq" {
      let (even, odd) = (state.vsr[i.frt.number], state.vsr[i.frt.next.number])
      state.vsr[i.frt.number] = even | odd
      state.vsr[i.frt.next.number] = .zero
    }
  }
}
