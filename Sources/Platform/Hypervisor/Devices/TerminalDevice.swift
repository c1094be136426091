public import SavedState

/// A client virtual terminal as its calls use it (LoPAR "Client Vterm").
///
/// Any thread may call it.
public protocol TerminalDevice: AnyObject, Sendable {
  /// The unit address, from the `reg` property of its node.
  var unitAddress: UInt32 { get }
  /// Whether a session is connected; the guest gets H_CLOSED without one.
  var isOpen: Bool { get }

  /// Takes up to `limit` bytes of input.
  func read(limit: Int) -> [UInt8]
  /// Outputs what the guest writes. It must not call the partition.
  func write(_ bytes: [UInt8])
  /// Sets what is called when the input goes from empty to not empty: the receive interrupt.
  func whenInputArrives(_ action: (@Sendable () -> Void)?)

  /// Saves or restores its state.
  func code(_ coder: inout FieldCoder) throws(StateError)
}
