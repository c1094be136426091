/// What a translating engine has left to be worked out about the FPSCR: which operation FR, FI and
/// FPRF come from, with its operands, and what came after it.
///
/// Translated code writes it; while it is ``isPending`` the FPSCR is not what it should be, and
/// nobody else may look at it.
package struct DeferredFloatStatus {
  /// The engine's number of the operation, or 0. Written together with ``later``.
  package var operation: UInt32 = 0
  /// ``comparesLater`` and ``convertsLater``.
  package var later: UInt32 = 0
  /// FPCC of the last comparison after the operation, as a field of the condition register.
  package var comparison: UInt32 = 0
  /// FI of the last truncation after the operation, 0 or 1; its FR is 0.
  package var inexact: UInt32 = 0
  package var operands = InlineArray<3, UInt64>(repeating: 0)

  package static let comparesLater: UInt32 = 1
  package static let convertsLater: UInt32 = 2

  package var isPending: Bool {
    @inline(__always) get { operation | later != 0 }
  }
}
