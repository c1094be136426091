public import SavedState

/// A client virtual terminal for its calls (LoPAR "Client Vterm").
///
/// Any thread may call it.
public protocol TerminalDevice: AnyObject, Sendable {
  /// The unit address, from the `reg` property of its node.
  var unitAddress: UInt32 { get }
  /// Whether a session is connected; the guest gets H_CLOSED without one.
  var isOpen: Bool { get }

  /// Takes up to `limit` bytes of input.
  func read(limit: Int) -> [UInt8]
  /// Outputs the guest's bytes. It must not call the partition.
  func write(_ bytes: [UInt8])
  /// Sets the function that is called when the input becomes non-empty: the receive interrupt.
  func setInputHandler(_ action: (@Sendable () -> Void)?)

  /// Saves or restores its state.
  func code(_ coder: inout FieldCoder) throws(StateError)
}

extension StateSection {
  /// A terminal; the instance is its unit address.
  public static let terminal = StateSection("vty")
}
