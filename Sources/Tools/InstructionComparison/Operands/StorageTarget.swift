internal import HostSupport
import PowerISA

/// Effective addresses for storage operands.
enum StorageTarget {
  /// An address in the storage of the state at `state`, such that what the row accesses stays
  /// there; aligned as often as not.
  static func address(
    inState state: UInt64, _ traits: ComparisonTraits, _ random: inout SplitMix64
  ) -> UInt64 {
    let storage = state + UInt64(StateLayout.storage)
    let room = StateLayout.storageSize - (traits.isLongAccess ? 128 : 32)
    var address = storage + UInt64(random.below(room + 1))
    if random.once(in: 2) || traits.needsAlignment && !random.once(in: 8) { address &= ~0xF }
    return address
  }

  /// One in 64: where nothing is.
  static func isWild(_ random: inout SplitMix64) -> Bool { random.once(in: 64) }

  static func wildAddress(_ random: inout SplitMix64) -> UInt64 {
    let r = random.next()
    return r >> 63 == 0 ? 0x4000_0000 | r & 0xFF_FFFF : r & 0x7FFF_FFFF_FFFF_FFFF | 1 << 62
  }
}
