internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension DeferredFloatStatus {
  /// MXCSR with all exceptions masked and none noticed, rounding to nearest.
  static let clearedMXCSR: UInt32 = 0x1F80
  /// MXCSR's flag of an inexact result.
  static let inexactFlag: UInt32 = 0x20
}

/// Computes the deferred floating-point status of the FPSCR.
///
/// Host code computes a result by itself when the operation can change only XX, FX, FR, FI and FPRF: no
/// exception is enabled, rounding is to nearest, and the result is a normal number. The next such
/// operation overwrites FR, FI and FPRF, so they are computed only when code may read
/// them: the semantics function then executes the last operation again with its operands. XX, where it is
/// clear, becomes what the host has noticed since its own flag was cleared.
struct DeferredStatus {
  let state: UnsafeMutablePointer<ProcessorState>
  /// The base of the index ``DeferredFloatStatus/operation``, which counts from 1.
  let helperCalls: UnsafePointer<HelperCall>

  /// Bits of the FPSCR that must equal ``required``: XX, the enables, NI and RN.
  static let mask: UInt64 = FPSCR.xx | FPSCR.enables | FPSCR.ni | FPSCR.rn
  static let required: UInt64 = FPSCR.xx

  /// No operand: three of these make a ``HelperCall/operands``.
  static let none: UInt32 = 0xFF

  /// Updates the FPSCR. What the host watches for is over, unless a semantics function interrupts it.
  static let resolve: @convention(c) (UnsafeMutableRawPointer) -> Void = { raw in
    // Safety: host code and the translator pass the address of the only record.
    let record = raw.assumingMemoryBound(to: DeferredStatus.self).pointee
    let status = record.state.pointee.deferredStatus
    if status.watch == DeferredFloatStatus.isWatched {
      record.state.pointee.deferredStatus.watch = 0
      if casm_float_status() & DeferredFloatStatus.inexactFlag != 0 {
        (UnsafeMutableRawPointer(record.state) + StateOffset.fpscr)
          .assumingMemoryBound(to: UInt64.self).pointee |= FPSCR.xx | FPSCR.fx
      }
    }
    record.state.pointee.deferredStatus.operation = 0
    record.state.pointee.deferredStatus.later = 0
    if status.operation != 0 {
      record.repeatOperation(record.helperCalls + (Int(status.operation) - 1), status)
    }
    let fpscr = (UnsafeMutableRawPointer(record.state) + StateOffset.fpscr)
      .assumingMemoryBound(to: UInt64.self)
    if status.later & DeferredFloatStatus.comparesLater != 0 {
      fpscr.pointee = fpscr.pointee & ~FPSCR.fpcc | UInt64(status.comparison) << 12
    }
    if status.later & DeferredFloatStatus.convertsLater != 0 {
      fpscr.pointee =
        fpscr.pointee & ~(FPSCR.fr | FPSCR.fi) | (status.inexact & 1 != 0 ? FPSCR.fi : 0)
        | (status.inexact & 2 != 0 ? FPSCR.fr : 0)
    }
  }

  /// Executes an operation for its status only.
  private func repeatOperation(
    _ helperCall: UnsafePointer<HelperCall>, _ status: DeferredFloatStatus
  ) {
    let registers = helperCall.pointee.operands
    let vsr = (UnsafeMutableRawPointer(state) + StateOffset.vsr)
      .assumingMemoryBound(to: UInt64.self)
    var kept = InlineArray<8, UInt64>(repeating: 0)
    func register(_ index: Int) -> Int { Int(registers >> UInt32(8 * index) & 0xFF) }
    for index in 0..<4 where register(index) < 64 {
      kept[2 * index] = vsr[2 * register(index)]
      kept[2 * index + 1] = vsr[2 * register(index) + 1]
    }
    for index in 0..<3 where register(index) < 64 {
      vsr[2 * register(index) + 1] = status.operands[index]
    }
    let handler = unsafeBitCast(
      helperCall.pointee.handler,
      to: (@convention(c) (UnsafeMutableRawPointer, UInt64) -> Void).self)
    handler(UnsafeMutableRawPointer(state), helperCall.pointee.word)
    for index in 0..<4 where register(index) < 64 {
      vsr[2 * register(index)] = kept[2 * index]
      vsr[2 * register(index) + 1] = kept[2 * index + 1]
    }
  }
}
