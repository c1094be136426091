internal import Glibc
internal import Synchronization

/// The signals that save the guest: SIGUSR1, and it continues; SIGUSR2, and the program ends.
enum SaveSignal {
  private static let wanted = Atomic<Int>(0)

  static func install() {
    signal(SIGUSR1) { _ in SaveSignal.wanted.store(1, ordering: .relaxed) }
    signal(SIGUSR2) { _ in SaveSignal.wanted.store(2, ordering: .relaxed) }
  }

  /// Whether to end after the save that is wanted; nil when none is.
  static func take() -> Bool? {
    let signal = wanted.exchange(0, ordering: .relaxed)
    return signal == 0 ? nil : signal == 2
  }
}
