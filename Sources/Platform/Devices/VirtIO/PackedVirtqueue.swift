internal import Hypervisor
internal import SavedState

/// A packed virtqueue (virtio 1.2, 2.8): one ring of descriptors that driver and device mark.
struct PackedVirtqueue: Virtqueue, Hashable {
  let setup: VirtqueueSetup
  let features: VirtqueueFeatures
  /// Place of the next available descriptor, and the wrap counter that its mark has.
  var available = Place()
  /// Place of the next used descriptor.
  var used = Place()
  /// ``used`` when the driver was last asked whether it wants an interrupt.
  var reported = Place()

  /// A place in the ring.
  struct Place: Hashable {
    var index: UInt16 = 0
    /// Changes each time that the ring's end is passed.
    var wrap = true

    mutating func advance(_ count: UInt16, _ size: UInt16) {
      let next = UInt32(index) + UInt32(count)
      if next >= UInt32(size) { wrap.toggle() }
      index = UInt16(next >= UInt32(size) ? next - UInt32(size) : next)
    }
  }

  init(_ setup: VirtqueueSetup, _ features: VirtqueueFeatures) {
    (self.setup, self.features) = (setup, features)
  }

  private var size: UInt16 { setup.size }

  /// Flags of event suppression.
  private enum Event {
    static let enabled: UInt16 = 0
    static let disabled: UInt16 = 1
    static let atDescriptor: UInt16 = 2
  }

  private func place(_ index: UInt16) -> BusAddress {
    setup.descriptors + VirtqueueDescriptor.size * UInt64(index)
  }

  /// Descriptors that the device has taken and not given back, at most ``size``.
  private var outstanding: UInt16 {
    available.wrap == used.wrap
      ? available.index &- used.index : size &+ available.index &- used.index
  }

  mutating func next(_ dma: DMASpace) throws(VirtqueueError) -> VirtqueueRequest? {
    typealias Flag = VirtqueueDescriptor.Flag
    let flags = try dma.value(UInt16.self, at: place(available.index) + 14)
    guard (flags & Flag.available != 0) == available.wrap,
      (flags & Flag.used != 0) != available.wrap
    else { return nil }
    let outstanding = outstanding
    var request = VirtqueueRequest(id: 0, descriptors: 0)
    var place = available
    while true {
      // Every descriptor of the ring is with the device already, or the chain is a loop.
      guard outstanding + request.descriptors < size else { throw .malformed }
      let descriptor = try VirtqueueDescriptor(at: self.place(place.index), dma)
      request.id = descriptor.first
      request.descriptors += 1
      let flags = descriptor.second
      if flags & Flag.indirect != 0 {
        guard request.descriptors == 1 else { throw .malformed }
        try appendTable(of: descriptor, to: &request, dma)
      } else {
        try request.append(descriptor.buffer, isWritable: flags & Flag.write != 0)
      }
      place.advance(1, size)
      guard flags & Flag.next != 0 else { break }
      guard flags & Flag.indirect == 0 else { throw .malformed }
    }
    available = place
    return request
  }

  private func appendTable(
    of descriptor: VirtqueueDescriptor, to request: inout VirtqueueRequest, _ dma: DMASpace
  ) throws(VirtqueueError) {
    let count = descriptor.buffer.count
    guard features.hasIndirect, count > 0, count % 16 == 0 else { throw .malformed }
    for index in 0..<UInt64(count / 16) {
      let entry = try VirtqueueDescriptor(
        at: descriptor.buffer.address + VirtqueueDescriptor.size * index, dma)
      guard entry.second & VirtqueueDescriptor.Flag.indirect == 0 else { throw .malformed }
      try request.append(
        entry.buffer, isWritable: entry.second & VirtqueueDescriptor.Flag.write != 0)
    }
  }

  mutating func complete(
    _ request: VirtqueueRequest, written: UInt32, _ dma: DMASpace
  ) throws(VirtqueueError) {
    typealias Flag = VirtqueueDescriptor.Flag
    let place = place(used.index)
    try dma.put(written, at: place + 8)
    try dma.put(request.id, at: place + 12)
    let mark = used.wrap ? Flag.available | Flag.used : 0
    try dma.put(mark | (written > 0 ? Flag.write : 0), at: place + 14)
    used.advance(request.descriptors, size)
  }

  mutating func wantsInterrupt(_ dma: DMASpace) throws(VirtqueueError) -> Bool {
    defer { reported = used }
    guard used != reported else { return false }
    let event = try dma.value(UInt32.self, at: setup.driver)
    switch UInt16(truncatingIfNeeded: event >> 16) & 3 {
    case Event.enabled: return true
    case Event.atDescriptor where features.hasEventIndex:
      // Places as numbers that grow over a round: the event's is among those used since.
      let wanted = Place(
        index: UInt16(truncatingIfNeeded: event) & 0x7FFF, wrap: event & 0x8000 != 0)
      func distance(_ to: Place) -> Int {
        let plain = Int(to.index) - Int(reported.index)
        return to.wrap == reported.wrap ? plain : plain + Int(size)
      }
      return (0..<max(distance(used), 0)).contains(distance(wanted))
    default: return false
    }
  }

  mutating func setNotification(_ isWanted: Bool, _ dma: DMASpace) throws(VirtqueueError) {
    let flags: UInt16
    var offset: UInt16 = 0
    if !isWanted {
      flags = Event.disabled
    } else if features.hasEventIndex {
      flags = Event.atDescriptor
      offset = available.index | (available.wrap ? 0x8000 : 0)
    } else {
      flags = Event.enabled
    }
    try dma.put(UInt32(flags) << 16 | UInt32(offset), at: setup.device)
  }

  mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    for (name, place) in [
      ("avail", \Self.available), ("used", \Self.used), ("told", \Self.reported),
    ] {
      try coder.field(name, self[keyPath: place].saved) { [size] saved throws(InvalidValue) in
        self[keyPath: place] = Place(saved: saved)
        guard self[keyPath: place].index < size else {
          throw InvalidValue("the ring has \(size) descriptors")
        }
      }
    }
  }
}

extension PackedVirtqueue.Place {
  /// The index, and the wrap counter in bit 15: sizes are at most 2^15.
  fileprivate var saved: UInt16 { index | (wrap ? 0x8000 : 0) }

  fileprivate init(saved: UInt16) { self.init(index: saved & 0x7FFF, wrap: saved & 0x8000 != 0) }
}
