internal import Hypervisor
internal import SavedState

/// A split virtqueue (virtio 1.2, 2.7): a table of descriptors, the ring of those available, and the
/// ring of those used.
struct SplitVirtqueue: Virtqueue, Hashable {
  let setup: VirtqueueSetup
  let features: VirtqueueFeatures
  /// Index of the next available entry, modulo 2^16.
  var available: UInt16 = 0
  /// Index of the next used entry.
  var used: UInt16 = 0
  /// ``used`` when the driver was last asked whether it wants an interrupt.
  var reported: UInt16 = 0

  init(_ setup: VirtqueueSetup, _ features: VirtqueueFeatures) {
    (self.setup, self.features) = (setup, features)
  }

  private var size: UInt16 { setup.size }

  /// Flags of the available ring: no interrupt is wanted. Of the used ring: no notification is.
  private static let suppressed: UInt16 = 1

  // Offsets in the rings.
  private var availableRing: BusAddress { setup.driver + 4 }
  private var usedEvent: BusAddress { setup.driver + 4 + 2 * UInt64(size) }
  private var usedRing: BusAddress { setup.device + 4 }
  private var availableEvent: BusAddress { setup.device + 4 + 8 * UInt64(size) }

  mutating func next(_ dma: DMASpace) throws(VirtqueueError) -> VirtqueueRequest? {
    let index = try dma.value(UInt16.self, at: setup.driver + 2)
    let waiting = index &- available
    guard waiting <= size else { throw .malformed }
    guard waiting > 0 else { return nil }
    // Every entry of the ring is with the device already: the driver makes one available twice.
    guard available &- used < size else { throw .malformed }
    let head = try dma.value(
      UInt16.self, at: availableRing + 2 * UInt64(available & (size - 1)))
    let request = try chain(head, dma)
    available &+= 1
    return request
  }

  private func chain(_ head: UInt16, _ dma: DMASpace) throws(VirtqueueError) -> VirtqueueRequest {
    var request = VirtqueueRequest(id: head)
    guard head < size else { throw .malformed }
    var (table, limit, index) = (setup.descriptors, UInt32(size), UInt32(head))
    var (isIndirect, steps) = (false, 0 as UInt32)
    while true {
      guard index < limit, steps < limit else { throw .malformed }
      steps += 1
      let descriptor = try VirtqueueDescriptor(
        at: table + VirtqueueDescriptor.size * UInt64(index), dma)
      let flags = descriptor.first
      if flags & VirtqueueDescriptor.Flag.indirect != 0 {
        guard features.hasIndirect, !isIndirect, flags & VirtqueueDescriptor.Flag.next == 0,
          descriptor.buffer.count > 0, descriptor.buffer.count % 16 == 0
        else { throw .malformed }
        isIndirect = true
        (table, limit) = (descriptor.buffer.address, descriptor.buffer.count / 16)
        (index, steps) = (0, 0)
        continue
      }
      try request.append(
        descriptor.buffer, isWritable: flags & VirtqueueDescriptor.Flag.write != 0)
      guard flags & VirtqueueDescriptor.Flag.next != 0 else { return request }
      index = UInt32(descriptor.second)
    }
  }

  mutating func complete(
    _ request: VirtqueueRequest, written: UInt32, _ dma: DMASpace
  ) throws(VirtqueueError) {
    let place = usedRing + 8 * UInt64(used & (size - 1))
    try dma.put(UInt64(written) << 32 | UInt64(request.id), at: place)
    used &+= 1
    try dma.put(used, at: setup.device + 2)
  }

  mutating func wantsInterrupt(_ dma: DMASpace) throws(VirtqueueError) -> Bool {
    defer { reported = used }
    guard used != reported else { return false }
    guard features.hasEventIndex else {
      return try dma.value(UInt16.self, at: setup.driver) & Self.suppressed == 0
    }
    // Whether the event's index is among those used since.
    let event = try dma.value(UInt16.self, at: usedEvent)
    return used &- event &- 1 < used &- reported
  }

  mutating func setNotification(_ isWanted: Bool, _ dma: DMASpace) throws(VirtqueueError) {
    if features.hasEventIndex {
      // An index that comes only after a whole round is none.
      try dma.put(isWanted ? available : available &- 1, at: availableEvent)
    } else {
      try dma.put(isWanted ? 0 : Self.suppressed, at: setup.device)
    }
  }

  mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("avail", &available)
    try coder.field("used", used) { [available, size] read throws(InvalidValue) in
      guard available &- read <= size else { throw InvalidValue("more requests than the ring has") }
      used = read
    }
    try coder.field("told", &reported)
  }
}
