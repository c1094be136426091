internal import Hypervisor

/// A network card as the machine and its firmware use it: whole frames, while the guest has no driver for
/// it, and its cable.
public final class CardPort: Sendable {
  private let access: @Sendable (_ body: (NetworkPort) -> Void) -> Void
  private let connect: @Sendable (_ isConnected: Bool) -> Void

  /// - Parameters:
  ///   - access: calls its argument with the card's lock held, unless a driver uses the card.
  ///   - connect: takes the cable out, or puts it in.
  init(
    access: @escaping @Sendable (_ body: (NetworkPort) -> Void) -> Void,
    connect: @escaping @Sendable (_ isConnected: Bool) -> Void
  ) { (self.access, self.connect) = (access, connect) }

  /// Takes the cable out, or puts it in: without it frames of both directions are lost. A virtio driver
  /// hears of it; logical LAN adapters have no word for it.
  public func setConnected(_ isConnected: Bool) { connect(isConnected) }

  /// Sends a frame; one for which there is no room is lost.
  /// - Returns: false when a driver uses the card, or the frame is none.
  @discardableResult
  public func send(_ frame: [UInt8]) -> Bool {
    var isSent = false
    access { port in isSent = port.sendFrame(frame) }
    return isSent
  }

  /// A frame that has arrived; nil when there is none.
  public func receive() -> [UInt8]? {
    var frame: [UInt8]?
    access { port in frame = port.receiveFrame() }
    return frame
  }

  /// What becomes readable when a frame arrives; negative where none will.
  public var descriptor: Int32 {
    var descriptor: Int32 = -1
    access { port in descriptor = port.link.descriptor }
    return descriptor
  }
}

extension LogicalLANAdapter {
  /// The adapter as firmware uses it.
  public var firmwarePort: CardPort {
    CardPort(
      access: { [weak self] body in
        self?.withLock { adapter in if adapter.registration == nil { body(adapter.port) } }
      },
      connect: { [weak self] isConnected in
        self?.withLock { $0.port.isDisconnected = !isConnected }
      })
  }
}
