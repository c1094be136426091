internal import Synchronization

/// Interrupts that devices have raised, on any thread, until the partition takes them.
public final class InterruptSignals: Sendable {
  /// What a device did to a source.
  enum Change: Equatable {
    /// A message or an edge.
    case pulse
    /// The level of a line.
    case line(Bool)
  }

  private struct State: ~Copyable {
    /// Sources in the order of their first change, and the latest change of each.
    var order: [UInt32] = []
    var changes: [UInt32: Change] = [:]
  }

  private let state = Mutex(State())
  private let isWaiting = Atomic(false)

  func note(_ change: Change, of source: UInt32) {
    state.withLock { state in
      if state.changes.updateValue(change, forKey: source) == nil { state.order.append(source) }
      isWaiting.store(true, ordering: .releasing)
    }
  }

  /// The changes since the last call, in the order of their arrival.
  func take() -> [(source: UInt32, change: Change)] {
    guard isWaiting.load(ordering: .acquiring) else { return [] }
    return state.withLock { state in
      isWaiting.store(false, ordering: .releasing)
      defer { (state.order, state.changes) = ([], [:]) }
      return state.order.compactMap { source in state.changes[source].map { (source, $0) } }
    }
  }
}

/// One interrupt source as its device holds it. Safe to use from any thread, also from within a call
/// of the guest.
public struct InterruptInput: Sendable {
  /// The number of the source.
  public let source: UInt32
  private let signals: InterruptSignals

  /// The input of a source number.
  public init(_ source: UInt32, _ signals: InterruptSignals) {
    (self.source, self.signals) = (source, signals)
  }

  /// Signals an edge-triggered source once.
  public func pulse() { signals.note(.pulse, of: source) }

  /// Sets the line of a level-sensitive source.
  public func set(_ isAsserted: Bool) { signals.note(.line(isAsserted), of: source) }
}

extension Partition {
  /// The input of a source for the device that raises it.
  public func interruptInput(_ source: UInt32) -> InterruptInput {
    InterruptInput(source, interruptSignals)
  }

  /// Presents what devices have raised. The machine calls it before a processor runs on after what may
  /// have raised something; without anything to do it costs one load.
  public func deliverInterrupts() {
    let changes = interruptSignals.take()
    guard !changes.isEmpty else { return }
    lock.withLock {
      for (source, change) in changes {
        switch change {
        case .pulse: signal(source)
        case .line(let isAsserted):
          interrupts.update(source) { $0.isAsserted = isAsserted }
          resend(source)
        }
      }
    }
  }
}
