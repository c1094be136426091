internal import Hypervisor

/// A network card as the machine's firmware uses it: whole frames, while the guest has no driver for it.
public final class CardPort: Sendable {
  private let access: @Sendable (_ body: (NetworkPort) -> Void) -> Void

  /// - Parameter access: calls its argument with the card's lock held, unless a driver uses the card.
  init(access: @escaping @Sendable (_ body: (NetworkPort) -> Void) -> Void) { self.access = access }

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
    CardPort { [weak self] body in
      self?.withLock { adapter in if adapter.registration == nil { body(adapter.port) } }
    }
  }
}
