import PowerArithmetic
import PowerISA
import Testing

/// The status of an operation has its bits where the FPSCR has them.
@Suite struct FloatStatusLayoutTests {
  @Test func bitsAgree() {
    let pairs: [(FloatStatus, UInt64)] = [
      (.ox, FPSCR.ox), (.ux, FPSCR.ux), (.zx, FPSCR.zx), (.xx, FPSCR.xx),
      (.vxsnan, FPSCR.vxsnan), (.vxisi, FPSCR.vxisi), (.vxidi, FPSCR.vxidi),
      (.vxzdz, FPSCR.vxzdz), (.vximz, FPSCR.vximz), (.vxvc, FPSCR.vxvc), (.fr, FPSCR.fr),
      (.fi, FPSCR.fi), (.vxsqrt, FPSCR.vxsqrt), (.vxcvi, FPSCR.vxcvi), (.fprf, FPSCR.fprf),
    ]
    for (status, bit) in pairs { #expect(UInt64(status.rawValue) == bit) }
    #expect(UInt64(FloatStatus.invalid.rawValue) == FPSCR.invalid & ~FPSCR.vxsoft)
    let control = FloatControl(fpscr: FPSCR.oe | 2)
    #expect(control == FloatControl(.towardPlusInfinity, overflowEnabled: true))
    #expect(FloatControl(fpscr: FPSCR.ue).underflowEnabled)
  }

  @Test func summaries() {
    #expect(FPSCR.summarized(FPSCR.vxsnan) == FPSCR.vxsnan | FPSCR.vx)
    #expect(
      FPSCR.summarized(FPSCR.vxcvi | FPSCR.ve)
        == FPSCR.vxcvi | FPSCR.ve | FPSCR.vx | FPSCR.fex)
    #expect(FPSCR.summarized(FPSCR.xx | FPSCR.ze) == FPSCR.xx | FPSCR.ze)
    #expect(FPSCR.summarized(FPSCR.fex | FPSCR.vx) == 0)
    let pairs = [
      (FPSCR.ox, FPSCR.oe), (FPSCR.ux, FPSCR.ue), (FPSCR.zx, FPSCR.ze), (FPSCR.xx, FPSCR.xe),
    ]
    for (exception, enable) in pairs {
      #expect(FPSCR.summarized(exception | enable) & FPSCR.fex != 0)
    }
  }
}
