import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

/// Floating point against QEMU user mode.
///
/// Where QEMU 7.2 differs and the architecture decides, both results forget the difference, or
/// the operands avoid it:
/// - FR: QEMU never sets it. Ours is compared with the host in `FloatAgainstHostTests`.
/// - FX: QEMU sets it for an exception bit that was set already; the books want a change from 0
///   to 1 (Book I 4.2.2). FX starts at 1 here when an exception bit does.
/// - FI: QEMU clears it where an instruction does not alter it (`fcmpu`). It starts at 0 here.
/// - NaN operands of single-precision arithmetic with more than 23 fraction bits: QEMU truncates
///   them, the books pass them on (4.3.2). NaNs have 23 bits here.
/// - FPRF of `fcfids`, `fcfidu`, `fcfidus`: QEMU leaves it, the books set it (4.6.7.2). With an
///   enabled inexact exception QEMU also withholds the result, which the books deliver (4.4.5).
/// - FPRF of a denormal single: QEMU looks at it as a double; the class is that of the single
///   format (Appendix A.1). The bit C, which tells denormal from normal, is forgotten.
/// - Bits 0:31 of `fctiw` and its like: undefined.
/// - `fcmpo`: QEMU sets C, the books alter FPCC only; and VXVC for a signalling NaN with VE=1,
///   where the books set VXSNAN alone (4.6.8).
/// - `fre` of a zero: an infinity (4.6.6.1); QEMU gives 1/2.
/// - FX after `mtfsb1`: setting an exception bit sets FX too (4.2.2); QEMU does not.
/// - `fnmadd` and its like in directed rounding modes: the books negate the rounded result,
///   QEMU 7.2 rounds the negated one. Only symmetric modes are used.
/// - Infinity * zero + signalling NaN: VXIMZ and VXSNAN; QEMU tells the former alone.
/// - After an enabled exception: QEMU does not record CR1; Linux hands the handler 32 bits of
///   FPSCR, without DRN.
/// - `frsp` with an enabled overflow or underflow far outside the single range: the adjusted
///   exponent is that of a double (Appendix A.1); QEMU wraps it to 8 bits.
@Suite(.enabled(if: QEMUUserMode.unavailable == nil, "needs QEMU user mode and cross compilers"))
struct FloatingPointComparisonTests {
  @Test func floatingPoint() throws {
    try compare(try DecodeRow.rows("FloatingPoint"), seed: 11, .little, .double)
  }

  @Test(arguments: [Endianness.little, .big])
  func floatingPointStorage(_ order: Endianness) throws {
    let rows = try DecodeRow.rows("FloatingPointLoadStore")
    // mffgpr and mftgpr are POWER6's alone.
    try compare(rows.filter { !$0.mnemonic.hasSuffix("gpr") }, seed: 12, order, .double)
  }

  @Test func enabledExceptions() throws {
    let rows = try DecodeRow.rows("FloatingPoint")
    try compare(
      rows.filter { !isSingle($0.mnemonic) }, seed: 13, .little, .double, enables: true)
    try compare(
      rows.filter { isSingle($0.mnemonic) && $0.mnemonic != "frsp" }, seed: 14, .little,
      .singleInDouble, enables: true)
  }

  // MARK: operands and results

  private enum Operands { case double, singleInDouble }

  private func compare(
    _ rows: [DecodeRow], seed: UInt64, _ order: Endianness, _ kind: Operands,
    enables: Bool = false
  ) throws {
    for negative in [false, true] {
      let chosen = rows.filter { !$0.isPending && isNegative($0.mnemonic) == negative }
      var comparison = Comparison(rows: chosen, seed: seed)
      comparison.instructions = 2
      comparison.states = 40
      comparison.prepare = { _, instruction, state, operands in
        for n in 0..<64 {
          state.vsr[n] =
            switch kind {
            case .double: operands.vector(of: .double)
            case .singleInDouble: Vector(operands.singleInDouble(), operands.double())
            }
        }
        state.fpscr =
          enables ? operands.random.next() & (FPSCR.rn | FPSCR.enables) : operands.fpscr()
        if negative { state.fpscr &= ~2 }
      }
      comparison.normalize = normalize
      try comparison.run(order)
    }
  }

  /// Whether an instruction negates a rounded result.
  private func isNegative(_ name: String) -> Bool {
    name.contains("nmadd") || name.contains("nmsub")
  }

  /// Whether a result is a single in double format.
  private func isSingle(_ name: String) -> Bool {
    name == "frsp"
      || name.hasPrefix("f") && name.hasSuffix("s") && name != "fabs"
        && name != "fnabs"
  }

  private func normalize(_ name: String, _ instruction: Instruction, _ state: inout MachineState) {
    let target = instruction.frt.number
    state.fpscr &= ~FPSCR.fr
    if state.signal != 0 {
      state.fpscr &= 0xFFFF_FFFF
      if instruction.rc { state.cr &= ~0x0F00_0000 }
    }
    if state.fpscr & FPSCR.vximz != 0 { state.fpscr &= ~FPSCR.vxsnan }
    let fprf = state.fpscr & FPSCR.fprf
    if isSingle(name) && (fprf == 0x14000 || fprf == 0x18000) { state.fpscr ^= 0x10000 }
    switch name {
    case "fcfid", "fcfids", "fcfidu", "fcfidus":
      if name != "fcfid" || state.signal != 0 { state.fpscr &= ~FPSCR.fprf }
      if state.signal != 0 { state.vsr[target] = .zero }
    case "mtfsb1":
      state.fpscr &= ~FPSCR.fx
      if instruction.rc { state.cr &= ~0x0800_0000 }
    case "fctiw", "fctiwz", "fctiwu", "fctiwuz":
      state.vsr[target].doubleword0 &= 0xFFFF_FFFF
    case "fcmpo":
      state.fpscr &= ~0x10000
      if state.signal != 0 { state.fpscr &= ~FPSCR.vxvc }
    case "fre", "fres":
      let magnitude = state.vsr[target].doubleword0 & ~(1 << 63)
      if magnitude == 0x3FE0_0000_0000_0000 || magnitude == 0x7FF0_0000_0000_0000 {
        state.vsr[target].doubleword0 = 0
        state.fpscr &= ~FPSCR.fprf
      }
    default: break
    }
  }
}
