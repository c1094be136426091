internal import CPolling
internal import Glibc
internal import Synchronization

/// Descriptors that devices wait for, as one descriptor of the host.
final class DescriptorWatches: Sendable {
  /// Watches that are called in one pass; the next pass has the others.
  private static let mostReady = 16

  private let poller: Poller
  private let watches = Mutex<[DescriptorWatch]>([])

  /// Nil when the host has no descriptors left.
  init?() {
    guard let poller = Poller() else { return nil }
    self.poller = poller
  }

  /// Becomes readable when something that is waited for has come.
  var descriptor: Int32 { poller.descriptor }

  /// A watch that waits for nothing yet.
  func add() -> DescriptorWatch {
    watches.withLock { watches in
      let watch = DescriptorWatch(poller, number: UInt64(watches.count))
      watches.append(watch)
      return watch
    }
  }

  /// Calls the handlers of what has come.
  func followUp() {
    var events = [epoll_event](repeating: epoll_event(), count: Self.mostReady)
    let count = epoll_wait(descriptor, &events, Int32(Self.mostReady), 0)
    guard count > 0 else { return }
    for event in events[..<Int(count)] {
      let number = Int(clamping: event.data.u64)
      watches.withLock { $0.indices.contains(number) ? $0[number] : nil }?.handler()
    }
  }
}

/// The host's object that waits for several descriptors.
private final class Poller: Sendable {
  let descriptor: Int32

  init?() {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }
}

/// What a device waits for on a descriptor. Its handler is called on the machine's thread when that
/// has come, or the descriptor's other end is gone.
final class DescriptorWatch: Sendable {
  /// What is waited for.
  struct Events: OptionSet, Hashable {
    let rawValue: UInt32
    static let input = Events(rawValue: EPOLLIN.rawValue)
    static let output = Events(rawValue: EPOLLOUT.rawValue)
  }

  private struct State {
    var descriptor: Int32 = -1
    var events: Events = []
    var handler: @Sendable () -> Void = {}
  }

  private let poller: Poller
  private let number: UInt64
  private let state = Mutex(State())

  fileprivate init(_ poller: Poller, number: UInt64) {
    (self.poller, self.number) = (poller, number)
  }

  /// Waits from now on for these events of a descriptor, and for nothing else.
  func wait(for events: Events, on descriptor: Int32) {
    state.withLock { state in
      let events = descriptor < 0 ? [] : events
      guard events != state.events || descriptor != state.descriptor else { return }
      if !state.events.isEmpty, events.isEmpty || descriptor != state.descriptor {
        // A descriptor that has been closed is no longer among those waited for.
        _ = epoll_ctl(poller.descriptor, EPOLL_CTL_DEL, state.descriptor, nil)
        state.events = []
      }
      if !events.isEmpty {
        var event = epoll_event()
        event.events = events.rawValue
        event.data.u64 = number
        let change = state.events.isEmpty ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        _ = epoll_ctl(poller.descriptor, change, descriptor, &event)
      }
      (state.descriptor, state.events) = (descriptor, events)
    }
  }

  /// What is waited for.
  var events: Events { state.withLock { $0.events } }

  /// Sets the handler.
  func call(_ handler: @escaping @Sendable () -> Void) {
    state.withLock { $0.handler = handler }
  }

  fileprivate var handler: @Sendable () -> Void { state.withLock { $0.handler } }
}
