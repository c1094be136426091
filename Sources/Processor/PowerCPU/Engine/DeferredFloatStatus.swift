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
  /// FI of the last conversion to an integer after the operation, 0 or 1, and twice its FR.
  package var inexact: UInt32 = 0
  package var operands = InlineArray<3, UInt64>(repeating: 0)
  /// Who notices inexact results while the FPSCR has XX clear: ``isWatched``, ``isInterrupted``, or 0 for none.
  package var watch: UInt32 = 0
  /// The host's control and status register without exceptions: all masked, to nearest. The engine sets it.
  package var cleared: UInt32 = 0
  /// Where the host's register is read to.
  package var read: UInt32 = 0

  /// The host does, since its register was cleared.
  package static let isWatched: UInt32 = 1
  /// A semantics function runs, which sets XX by itself; then the host does again.
  package static let isInterrupted: UInt32 = 2

  package static let comparesLater: UInt32 = 1
  package static let convertsLater: UInt32 = 2

  package var isPending: Bool {
    @inline(__always) get { operation | later | watch != 0 }
  }
}
