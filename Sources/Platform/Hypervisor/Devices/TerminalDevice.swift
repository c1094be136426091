public import SavedState

/// A client virtual terminal for its calls (LoPAR "Client Vterm").
///
/// It interrupts when its input becomes non-empty.
public protocol TerminalDevice: VirtualIODevice {
  /// Whether a session is connected; the guest gets H_CLOSED without one.
  var isOpen: Bool { get }

  /// Takes up to `limit` bytes of input.
  func read(limit: Int) -> [UInt8]
  /// Outputs the guest's bytes. It must not call the partition.
  func write(_ bytes: [UInt8])
}

extension TerminalDevice {
  /// That of a terminal.
  public var section: StateSection { .terminal }
}

extension StateSection {
  /// A terminal; the instance is its unit address.
  public static let terminal = StateSection("vty")
}
