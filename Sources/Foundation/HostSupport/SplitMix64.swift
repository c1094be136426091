/// The splitmix64 generator of Steele, Lea and Flood: the same numbers from the same seed.
@frozen public struct SplitMix64: RandomNumberGenerator, Sendable {
  /// The increment of the state for each number.
  @inlinable public static var increment: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  /// The state of the generator; initially the seed.
  public var state: UInt64

  /// - Parameter state: the seed.
  @inlinable public init(state: UInt64) { self.state = state }

  /// The next 64 bits.
  @inlinable public mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mixed(state)
  }

  /// The number for a state: a permutation of all doublewords.
  @inlinable public static func mixed(_ state: UInt64) -> UInt64 {
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// A number less than `limit`, which is small and more than 0.
  @inlinable public mutating func below(_ limit: Int) -> Int {
    Int(next() >> 33 % UInt64(limit))
  }

  /// True once in `n`.
  @inlinable public mutating func once(in n: Int) -> Bool { below(n) == 0 }
}
