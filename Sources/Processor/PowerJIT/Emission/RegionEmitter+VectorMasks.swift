internal import PowerISA

// Vectors whose elements are all ones or all zeros, as comparisons make them.
extension RegionEmitter {
  /// Notes the widths of such elements after an instruction, in bytes.
  func noteMasks(after o: Operation) {
    if o.code === HostCode.helperCall {
      maskWidths = InlineArray(repeating: 0)
    } else if o.vsr.t >= 0, o.changes.contains(GuestRegister(vsr: o.vsr.t)) {
      maskWidths[o.vsr.t] = maskWidth(o)
    }
  }

  private func maskWidth(_ o: Operation) -> Int8 {
    let r = o.vsr
    func both(limit: Int8 = 8) -> Int8 { min(maskWidths[r.a], maskWidths[r.b], limit) }
    /// Of elements that are cut in half, or made twice as wide.
    func half(of width: Int8) -> Int8 { both() >= width ? both() / 2 : both() }
    func twice(_ width: Int8) -> Int8 {
      // What is narrower than an element comes from different bytes of it.
      maskWidths[r.b] >= width ? min(2 * maskWidths[r.b], 8) : 0
    }
    switch o.kind {
    case .vcmpequb, .vcmpgtsb, .vcmpgtub, .vcmpneb, .vcmpnezb: return 1
    case .vcmpequh, .vcmpgtsh, .vcmpgtuh, .vcmpneh, .vcmpnezh: return 2
    case .vcmpequw, .vcmpgtsw, .vcmpgtuw, .vcmpnew, .vcmpnezw: return 4
    // Comparisons of floating-point numbers may leave their target as it is.
    case .vcmpequd, .vcmpgtsd, .vcmpgtud: return 8
    case .vand, .vandc, .vor, .vxor, .vnor, .vnand, .vorc, .veqv, .xxland, .xxlandc, .xxlor,
      .xxlxor, .xxlnor, .xxlnand, .xxlorc, .xxleqv:
      return both()
    case .vmrghb, .vmrglb: return both(limit: 1)
    case .vmrghh, .vmrglh: return both(limit: 2)
    case .vmrghw, .vmrglw, .xxmrghw, .xxmrglw, .vmrgew, .vmrgow: return both(limit: 4)
    case .xxpermdi: return both()
    case .vpkuhum: return half(of: 2)
    case .vpkuwum: return half(of: 4)
    case .vpkudum: return half(of: 8)
    case .vupkhsb, .vupklsb: return twice(1)
    case .vupkhsh, .vupklsh: return twice(2)
    case .vupkhsw, .vupklsw: return twice(4)
    case .vsel, .xxsel: return min(both(), maskWidths[r.c])
    default: return 0
    }
  }
}
