/// The part of the FPSCR that a translating engine computes on demand: the operation from which FR,
/// FI and FPRF come, with its operands, and later changes.
///
/// Translated code writes it. While it is ``isPending`` the FPSCR is out of date, and no other code
/// may read it.
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
