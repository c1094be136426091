import GuestMemory

/// A buffer of a request.
struct FuzzBuffer {
  var address: UInt64
  var count: UInt32
  var isWritable: Bool
}

/// The rings of a virtqueue as its driver fills them (virtio 1.2, 2.7 and 2.8), split or packed. Bus
/// addresses are real addresses.
struct FuzzRing {
  /// Where the descriptors are; what the driver and what the device writes comes ``areaSize`` and twice
  /// as much after them.
  let base: UInt64
  let size: UInt16
  let isPacked: Bool

  static let areaSize: UInt64 = 0x400
  static let descriptorSize: UInt64 = 16

  private enum Flag {
    static let next: UInt16 = 1
    static let write: UInt16 = 2
    static let indirect: UInt16 = 4
    static let available: UInt16 = 1 << 7
    static let used: UInt16 = 1 << 15
  }

  /// The place of the next descriptor, and the wrap counter there.
  private var next: (index: UInt16, wrap: Bool) = (0, true)
  /// Where the request that was offered last begins.
  private var last: (index: UInt16, wrap: Bool) = (0, true)
  /// Requests that were offered, modulo 2^16.
  private var offered: UInt16 = 0

  init(base: UInt64, size: UInt16, isPacked: Bool) {
    (self.base, self.size, self.isPacked) = (base, max(size, 1), isPacked)
  }

  private var driverArea: UInt64 { base + Self.areaSize }
  private var deviceArea: UInt64 { base + 2 * Self.areaSize }

  /// Offers a request.
  /// - Parameters:
  ///   - buffers: its buffers, those that the device writes last.
  ///   - table: where an indirect table is made; nil for none.
  ///   - memory: the driver's memory.
  mutating func offer(
    _ buffers: [FuzzBuffer], table: UInt64?, in memory: GuestMemory
  ) throws(GuestMemoryError) {
    last = next
    guard let table else {
      for (index, buffer) in buffers.enumerated() {
        try append(buffer, hasNext: index < buffers.count - 1, in: memory)
      }
      return try publish(in: memory)
    }
    for (index, buffer) in buffers.enumerated() {
      let link: UInt16 = !isPacked && index < buffers.count - 1 ? Flag.next : 0
      let place = table + UInt64(index) * Self.descriptorSize
      try put(buffer, flags: link, number: UInt16(index + 1), at: place, memory)
    }
    let count = UInt32(buffers.count) * UInt32(Self.descriptorSize)
    try append(
      FuzzBuffer(address: table, count: count, isWritable: false), flags: Flag.indirect,
      hasNext: false, in: memory)
    try publish(in: memory)
  }

  private mutating func append(
    _ buffer: FuzzBuffer, flags: UInt16 = 0, hasNext: Bool, in memory: GuestMemory
  ) throws(GuestMemoryError) {
    let place = base + UInt64(next.index) * Self.descriptorSize
    let mark: UInt16 = isPacked ? (next.wrap ? Flag.available : Flag.used) : 0
    let index = next.index
    next = index + 1 < size ? (index + 1, next.wrap) : (0, !next.wrap)
    try put(
      buffer, flags: flags | mark | (hasNext ? Flag.next : 0),
      number: isPacked ? last.index : next.index, at: place, memory)
  }

  private func put(
    _ buffer: FuzzBuffer, flags: UInt16, number: UInt16, at place: UInt64, _ memory: GuestMemory
  ) throws(GuestMemoryError) {
    let flags = flags | (buffer.isWritable ? Flag.write : 0)
    try memory.write(buffer.address, at: place, .little)
    try memory.write(buffer.count, at: place + 8, .little)
    try memory.write(isPacked ? number : flags, at: place + 12, .little)
    try memory.write(isPacked ? flags : number, at: place + 14, .little)
  }

  /// Makes the last request available; in a packed ring its descriptors' marks do.
  private mutating func publish(in memory: GuestMemory) throws(GuestMemoryError) {
    let place = driverArea + 4 + 2 * UInt64(offered % size)
    offered &+= 1
    guard !isPacked else { return }
    try memory.write(last.index, at: place, .little)
    try memory.write(offered, at: driverArea + 2, .little)
  }

  /// Bytes that the device has written for the last request.
  /// - Returns: nil while it has not given the request back.
  func used(in memory: GuestMemory) throws(GuestMemoryError) -> Int? {
    if isPacked {
      let place = base + UInt64(last.index) * Self.descriptorSize
      let flags = try memory.read(UInt16.self, at: place + 14, .little)
      let both = Flag.available | Flag.used
      guard flags & both == (last.wrap ? both : 0) else { return nil }
      return Int(try memory.read(UInt32.self, at: place + 8, .little))
    }
    guard try memory.read(UInt16.self, at: deviceArea + 2, .little) == offered else { return nil }
    let place = deviceArea + 4 + 8 * UInt64((offered &- 1) % size)
    return Int(try memory.read(UInt32.self, at: place + 4, .little))
  }
}
