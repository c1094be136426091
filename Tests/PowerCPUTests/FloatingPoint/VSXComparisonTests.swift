import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

/// VSX and VMX floating point against QEMU user mode, in one byte order: registers know none.
///
/// What `FloatingPointComparisonTests` lists holds here as well, and:
/// - Vectors: QEMU 7.2 lets the exceptions of one element show in the next (an integer saturates
///   because its neighbour was a NaN) and tells one of overflow, underflow and zero divide where
///   elements differ. Special values are the same in all elements here; different elements are
///   ordinary numbers.
/// - `xsredp` and the other VSX estimates of a zero: ZX (Book I 7.6); QEMU does not set it.
/// - `xsmaxjdp`, `xsminjdp` of a quiet and a signalling NaN: VXSNAN; QEMU looks at the first.
/// - `xsnmsubqpo`: QEMU does not round to odd.
/// - `xsrqpi` and `xsrqpxp` by FPSCR[RN]: QEMU takes toward zero for toward -infinity and the
///   other way round. Only the other two modes are used.
/// - `xsrqpxp` of denormal numbers: QEMU rounds to one bit less.
/// - `xststdcsp` of denormals: QEMU disregards the sign for those below the single's range.
/// - `vexptefp`: QEMU's series is off by several units and diverges for large magnitudes.
/// - Infinity * zero + signalling NaN: VXIMZ and VXSNAN (table of 7.6, part 2); QEMU: VXIMZ.
/// - After an enabled exception: the books withhold a vector's result for any of them (7.4),
///   QEMU for invalid operations alone; of comparisons into a register QEMU withholds none, and
///   of `xsrqpix` for inexact too. Results of conversions to a narrower format with exponents
///   out of reach of the adjustment are undefined. The target is forgotten there.
/// - Minimum, maximum and comparison of vectors with enabled exceptions: QEMU lets the
///   exceptions of the previous instruction show.
@Suite(.enabled(if: QEMUUserMode.unavailable == nil, "needs QEMU user mode and cross compilers"))
struct VSXComparisonTests {
  @Test(arguments: [false, true])
  func scalar(enables: Bool) throws {
    let rows = try DecodeRow.rows("VSXScalar")
    if enables {
      try compare(rows.filter { !isEstimate($0.mnemonic) }, seed: 26, .singleInDouble, enables)
    } else {
      try compare(rows, seed: 21, .any([.double]), enables)
    }
  }

  @Test func vectorsOfOrdinaryNumbers() throws {
    try compare(try DecodeRow.rows("VSXVector"), seed: 22, .ordinary, false)
  }

  @Test(arguments: [false, true])
  func vector(enables: Bool) throws {
    let rows = try DecodeRow.rows("VSXVector").filter {
      !enables
        || !isEstimate($0.mnemonic) && !$0.mnemonic.contains("max") && !$0.mnemonic.contains("min")
          && !$0.mnemonic.contains("cmp")
    }
    try compare(
      rows.filter { isDouble($0.mnemonic) }, seed: 23, .uniform([.double, .single]), enables)
    try compare(
      rows.filter { !isDouble($0.mnemonic) }, seed: 27, .uniform([.single, .half]), enables)
  }

  @Test(arguments: [false, true])
  func quad(enables: Bool) throws {
    let formats: [FloatFormat] = enables ? [.quad] : [.quad, .double]
    try compare(try DecodeRow.rows("VSXQuad"), seed: 24, .any(formats), enables)
  }

  @Test func vectorFacility() throws {
    let rows = try DecodeRow.rows("VectorFloatingPoint")
    try compare(rows.filter { $0.mnemonic != "vexptefp" }, seed: 25, .any([.single]), false)
  }

  // MARK: operands and results

  private enum Operands {
    /// Any values of one of the formats.
    case any([FloatFormat])
    /// The same in all elements.
    case uniform([FloatFormat])
    /// Numbers of magnitudes around 1.
    case ordinary
    case singleInDouble
  }

  private func fill(
    _ state: inout MachineState, _ kind: Operands, _ name: String, _ operands: inout RandomOperands
  ) {
    let choice = Int(operands.random.next() >> 32)
    for n in 0..<64 {
      switch kind {
      case .any(let formats):
        state.vsr[n] = operands.vector(of: formats[choice % formats.count])
      case .uniform(let formats):
        let format = formats[choice % formats.count]
        let element = operands.float(format)
        state.vsr[n] = Vector(
          quadword: (0..<128 / format.width).reduce(0) { sum, _ in
            sum << format.width | element
          })
      case .ordinary:
        let format: FloatFormat = isDouble(name) ? .double : .single
        state.vsr[n] = Vector(
          quadword: (0..<128 / format.width).reduce(0) { sum, _ in
            let sign = name.contains("pux") ? 0 : operands.random.next() & 1
            let biased = format.bias - 2 + Int(operands.random.next() & 3)
            let fraction = operands.float(format) & ((1 << format.fractionBits) - 1)
            return sum << format.width | UInt128(sign) << (format.width - 1)
              | UInt128(biased) << format.fractionBits | fraction
          })
      case .singleInDouble:
        state.vsr[n] = Vector(operands.singleInDouble(), operands.double())
      }
    }
  }

  private func compare(
    _ rows: [DecodeRow], seed: UInt64, _ kind: Operands, _ enables: Bool
  ) throws {
    var comparison = Comparison(rows: rows.filter { !$0.isPending }, seed: seed)
    comparison.instructions = 2
    comparison.states = 40
    comparison.prepare = { name, instruction, state, operands in
      fill(&state, kind, name, &operands)
      state.fpscr =
        enables ? operands.random.next() & (FPSCR.rn | FPSCR.enables) : operands.fpscr()
      if name.contains("nmadd") || name.contains("nmsub") { state.fpscr &= ~2 }
      if name.hasPrefix("xsrqp") { state.fpscr &= ~1 }
    }
    comparison.normalize = normalize
    try comparison.run(.little)
  }

  private func isEstimate(_ name: String) -> Bool {
    ["xsre", "xsrsqrte", "xvre", "xvrsqrte"].contains { name.hasPrefix($0) }
  }

  /// Whether the elements read are doubles.
  private func isDouble(_ name: String) -> Bool {
    if !name.hasPrefix("xvcv") { return name.contains("dp") }
    return ["cvdp", "xdsp", "xddp"].contains { name.contains($0) }
  }

  private func normalize(_ name: String, _ instruction: Instruction, _ state: inout MachineState) {
    state.fpscr &= ~FPSCR.fr
    if name.contains("madd") || name.contains("msub") {
      if state.fpscr & FPSCR.vximz != 0 { state.fpscr &= ~FPSCR.vxsnan }
    }
    if state.signal != 0 {
      state.fpscr &= 0xFFFF_FFFF
      let undefined = ["xscvdphp", "xscvdpsp", "xsrsp", "xscmpeqdp", "xscmpgtdp", "xscmpgedp"]
      if name.hasPrefix("xv") || undefined.contains(name) {
        state.vsr[instruction.xt.number] = .zero
      }
      if ["xsrqpi", "xscvqpdp", "xscmpgeqp", "xscmpgtqp", "xscmpeqqp"].contains(name) {
        state.vsr[instruction.vrt.number + 32] = .zero
      }
    }
    let fprf = state.fpscr & FPSCR.fprf
    if name.hasSuffix("sp") && (fprf == 0x14000 || fprf == 0x18000) { state.fpscr ^= 0x10000 }
    let quadTarget = instruction.vrt.number + 32
    switch name {
    case "xsredp", "xsresp", "xsrsqrtedp", "xsrsqrtesp", "xvredp", "xvresp", "xvrsqrtedp",
      "xvrsqrtesp":
      state.fpscr &= ~(FPSCR.zx | FPSCR.fx)
    case "xsmaxjdp", "xsminjdp": state.fpscr &= ~(FPSCR.vxsnan | FPSCR.vx | FPSCR.fx)
    case "xsnmsubqp" where instruction.rc:
      state.vsr[quadTarget] = .zero
      state.fpscr = 0
    case "xsrqpxp" where state.vsr[quadTarget].doubleword0 & 0x7FFF_0000_0000_0000 == 0:
      state.vsr[quadTarget] = .zero
    case "xststdcsp":
      state[instruction.bf] &= ~2
      state.fpscr &= ~0x2000
    default: break
    }
  }
}

extension MachineState {
  /// A field of CR.
  fileprivate subscript(_ field: CRField) -> UInt64 {
    get { cr >> UInt64(28 - 4 * field.number) & 15 }
    set {
      let shift = UInt64(28 - 4 * field.number)
      cr = cr & ~(15 << shift) | newValue << shift
    }
  }
}
