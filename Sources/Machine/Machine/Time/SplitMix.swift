internal import Synchronization

/// The splitmix64 generator: the same numbers in every run, for the deterministic clock.
final class SplitMix: Sendable {
  private let seed = Atomic<UInt64>(0x5EED_0F_5EED)

  /// What the next number is made from.
  var state: UInt64 {
    get { seed.load(ordering: .relaxed) }
    set { seed.store(newValue, ordering: .relaxed) }
  }

  func next() -> UInt64 {
    var z = seed.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
