internal import HostSupport
internal import Synchronization

/// Random numbers of a deterministic machine: the same in every run, for any thread.
final class DeterministicRandomNumbers: Sendable {
  private let seed = Atomic<UInt64>(0x5EED_0F_5EED)

  /// The state of the generator.
  var state: UInt64 {
    get { seed.load(ordering: .relaxed) }
    set { seed.store(newValue, ordering: .relaxed) }
  }

  func next() -> UInt64 {
    SplitMix64.mixed(seed.wrappingAdd(SplitMix64.increment, ordering: .relaxed).newValue)
  }
}
