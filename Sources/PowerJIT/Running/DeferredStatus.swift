internal import PowerCPU
internal import PowerISA

/// The floating-point operation whose status the FPSCR does not show yet.
///
/// Host code computes a result by itself when nothing can come of it but FR, FI and FPRF: XX is set
/// already, nothing is enabled, rounding is to nearest, and the result is a normal number. The next
/// such operation overwrites these bits, so they are worked out only when something may look: then
/// the semantics function executes the last operation again, on the operands it had.
struct DeferredStatus {
  /// Address of the operation's ``Detour``, or 0.
  var operation: UInt = 0
  /// Its operands: FRA, FRB, FRC, or XA and XB.
  var first: UInt64 = 0
  var second: UInt64 = 0
  var third: UInt64 = 0
  let state: UnsafeMutableRawPointer

  // Where host code finds them.
  static let operationOffset = 0
  static let operandOffset = 8

  init(state: UnsafeMutableRawPointer) { self.state = state }

  /// Bits of the FPSCR that must be as ``required``: XX, the enables, NI and RN.
  static let mask: UInt64 = FPSCR.xx | FPSCR.enables | FPSCR.ni | FPSCR.rn
  static let required: UInt64 = FPSCR.xx

  /// No operand: three of these make a ``Detour/operands``.
  static let none: UInt32 = 0xFF

  /// Brings the FPSCR up to date.
  static let resolve: @convention(c) (UnsafeMutableRawPointer) -> Void = { raw in
    // Safety: host code and the translator pass the address of the one record there is.
    let deferred = raw.assumingMemoryBound(to: DeferredStatus.self)
    guard let address = UnsafePointer<Detour>(bitPattern: deferred.pointee.operation) else {
      return
    }
    let detour = address.pointee
    deferred.pointee.operation = 0
    let values = [deferred.pointee.first, deferred.pointee.second, deferred.pointee.third]
    let registers = (0..<3).map { Int(detour.operands >> UInt32(8 * $0) & 0xFF) }
    let target = Int(detour.operands >> 24)
    let vsr = (deferred.pointee.state + StateOffset.vsr).assumingMemoryBound(to: UInt64.self)
    var kept = [(Int, UInt64)]()
    for register in [target] + registers where register < 64 {
      kept.append((2 * register, vsr[2 * register]))
      kept.append((2 * register + 1, vsr[2 * register + 1]))
    }
    for (register, value) in zip(registers, values) where register < 64 {
      vsr[2 * register + 1] = value
    }
    let handler = unsafeBitCast(
      detour.handler, to: (@convention(c) (UnsafeMutableRawPointer, UInt64) -> Void).self)
    handler(deferred.pointee.state, detour.word)
    for (place, value) in kept { vsr[place] = value }
  }
}
