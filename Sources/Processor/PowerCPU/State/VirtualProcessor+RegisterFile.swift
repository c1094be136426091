import PowerArithmetic

/// All general-purpose and vector-scalar registers at once, for callers that access them often.
extension VirtualProcessor {
  /// Sets the 32 GPRs, and the 64 VSRs from their doublewords 0 and 1, as host integers.
  public func setRegisters(gpr: UnsafePointer<UInt64>, vsr: UnsafePointer<UInt64>) {
    for n in 0..<32 { state.pointee.gpr[unchecked: n] = gpr[n] }
    for n in 0..<64 { state.pointee.vsr[unchecked: n] = Vector(vsr[2 * n], vsr[2 * n + 1]) }
  }

  /// Reads the registers that ``setRegisters(gpr:vsr:)`` sets.
  public func copyRegisters(
    gpr: UnsafeMutablePointer<UInt64>, vsr: UnsafeMutablePointer<UInt64>
  ) {
    for n in 0..<32 { gpr[n] = state.pointee.gpr[unchecked: n] }
    for n in 0..<64 {
      let value = state.pointee.vsr[unchecked: n]
      (vsr[2 * n], vsr[2 * n + 1]) = (value.doubleword0, value.doubleword1)
    }
  }
}
