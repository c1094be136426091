internal import Hypervisor
internal import SavedState

/// The buffers that a logical LAN adapter's driver has added for what arrives, in pools of one size each.
struct ReceivePools {
  /// The most pools: as many descriptors as the page of a buffer list has room for.
  static let mostPools = 254
  /// The most buffers in all; five times as many as the largest pool of Linux's driver.
  static let mostBuffers = 1 << 15

  /// Buffers that are free, and the sizes that have been added, with increasing size.
  private var pools: [(size: Int, addresses: [UInt32])] = []
  /// Buffers in all pools.
  private(set) var count = 0

  /// Adds a buffer.
  /// - Returns: false when there is no room for it.
  mutating func add(_ buffer: BufferDescriptor) -> Bool {
    guard count < Self.mostBuffers else { return false }
    let address = UInt32(truncatingIfNeeded: buffer.address.rawValue)
    let place = pools.firstIndex { $0.size >= buffer.count } ?? pools.count
    if place < pools.count, pools[place].size == buffer.count {
      pools[place].addresses.append(address)
    } else {
      guard pools.count < Self.mostPools else { return false }
      pools.insert((buffer.count, [address]), at: place)
    }
    count += 1
    return true
  }

  /// Takes the smallest buffer that has room for so many bytes.
  /// - Parameter isStrict: whether no larger one is taken than the smallest size that was ever added and
  ///   has room.
  mutating func take(_ size: Int, isStrict: Bool) -> BufferDescriptor? {
    for place in pools.indices where pools[place].size >= size {
      if let found = take(from: place) { return found }
      if isStrict { return nil }
    }
    return nil
  }

  /// Takes a buffer of exactly this size.
  mutating func take(ofSize size: UInt64) -> BufferDescriptor? {
    pools.firstIndex { $0.size == size }.flatMap { take(from: $0) }
  }

  private mutating func take(from place: Int) -> BufferDescriptor? {
    guard let address = pools[place].addresses.popLast() else { return nil }
    count -= 1
    return BufferDescriptor(rawValue: 1 << 63 | UInt64(pools[place].size) << 32 | UInt64(address))
  }

  /// Saves or restores the pools.
  mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    var saved = pools
    try coder.list("pools", &saved, initial: (size: 0, addresses: [])) {
      pool, coder throws(StateError) in
      try coder.field("size", UInt32(pool.size)) { pool.size = Int($0) }
      try coder.field("bufs", &pool.addresses)
    }
    guard coder.isReading else { return }
    self = ReceivePools()
    pools = saved.prefix(Self.mostPools).sorted { $0.size < $1.size }
    for place in pools.indices {
      let rest = Self.mostBuffers - count
      pools[place].addresses = Array(pools[place].addresses.prefix(rest))
      count += pools[place].addresses.count
    }
  }
}
