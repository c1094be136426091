internal import Hypervisor
internal import SavedState

/// Why a queue cannot be used further: its driver broke the rules.
enum VirtqueueError: Error, Hashable, Sendable {
  /// The rings or a descriptor are not where the device can reach them.
  case fault(DMAError)
  /// An index, a length or a flag that cannot be.
  case malformed
}

/// A run of bytes of a request.
typealias VirtqueueBuffer = DMABuffer

/// A request that the driver has made available.
struct VirtqueueRequest: Hashable, Sendable {
  /// What the driver knows it by.
  var id: UInt16
  /// Descriptors that it takes in the ring.
  var descriptors: UInt16 = 1
  /// What the device reads, in order.
  var readable: [VirtqueueBuffer] = []
  /// What the device writes, in order.
  var writable: [VirtqueueBuffer] = []

  var readableCount: UInt64 { readable.reduce(0) { $0 + UInt64($1.count) } }
  var writableCount: UInt64 { writable.reduce(0) { $0 + UInt64($1.count) } }

  /// Adds a descriptor's buffer; those that the device writes come after those that it reads.
  mutating func append(_ buffer: VirtqueueBuffer, isWritable: Bool) throws(VirtqueueError) {
    guard isWritable || writable.isEmpty, readable.count + writable.count < Self.mostBuffers
    else { throw .malformed }
    if isWritable { writable.append(buffer) } else { readable.append(buffer) }
  }

  /// More than any driver uses; what a chain can be made of is bounded.
  private static let mostBuffers = 1024
}

/// Where the parts of a queue are, and how it is used.
struct VirtqueueSetup: Hashable, Sendable {
  /// Entries of its rings.
  var size: UInt16
  var descriptors = BusAddress(0)
  /// The available ring, or the driver's event suppression.
  var driver = BusAddress(0)
  /// The used ring, or the device's event suppression.
  var device = BusAddress(0)
  var isEnabled = false
  /// The message of the queue; 0xFFFF for none.
  var vector: UInt16 = 0xFFFF
}

/// Features of the rings that driver and device have agreed on.
struct VirtqueueFeatures: Hashable, Sendable {
  /// VIRTIO_F_INDIRECT_DESC
  var hasIndirect = false
  /// VIRTIO_F_EVENT_IDX
  var hasEventIndex = false
}

/// The rings of a queue (virtio 1.2, 2.6 to 2.8), split or packed.
protocol Virtqueue {
  /// The next request; nil when there is none.
  mutating func next(_ dma: DMASpace) throws(VirtqueueError) -> VirtqueueRequest?
  /// Gives a request back.
  /// - Parameter written: bytes that the device has written, from the first writable one on.
  mutating func complete(
    _ request: VirtqueueRequest, written: UInt32, _ dma: DMASpace) throws(VirtqueueError)
  /// Whether the driver wants an interrupt for what has been completed since the last call.
  mutating func wantsInterrupt(_ dma: DMASpace) throws(VirtqueueError) -> Bool
  /// Asks the driver to notify the device, or not to, of further requests.
  mutating func setNotification(_ isWanted: Bool, _ dma: DMASpace) throws(VirtqueueError)
  /// Saves or restores where the queue is.
  mutating func code(_ coder: inout FieldCoder) throws(StateError)
}

/// One descriptor of either kind of ring.
struct VirtqueueDescriptor {
  static let size: UInt64 = 16

  enum Flag {
    static let next: UInt16 = 1
    static let write: UInt16 = 2
    static let indirect: UInt16 = 4
    /// Packed rings: available and used, against the wrap counters.
    static let available: UInt16 = 1 << 7
    static let used: UInt16 = 1 << 15
  }

  var buffer: VirtqueueBuffer
  /// The last four bytes: flags and next of a split ring, id and flags of a packed one.
  var (first, second): (UInt16, UInt16)

  init(at address: BusAddress, _ dma: DMASpace) throws(VirtqueueError) {
    let place = try dma.value(UInt64.self, at: address)
    let words = try dma.value(UInt64.self, at: address + 8)
    buffer = VirtqueueBuffer(
      address: BusAddress(place), count: UInt32(truncatingIfNeeded: words))
    first = UInt16(truncatingIfNeeded: words >> 32)
    second = UInt16(truncatingIfNeeded: words >> 48)
  }
}

extension DMASpace {
  /// A little-endian integer of a ring.
  func value<T: FixedWidthInteger>(
    _: T.Type = T.self, at address: BusAddress
  ) throws(VirtqueueError) -> T {
    do throws(DMAError) { return try read(T.self, at: address) } catch { throw .fault(error) }
  }

  /// Stores a little-endian integer of a ring.
  func put<T: FixedWidthInteger>(_ value: T, at address: BusAddress) throws(VirtqueueError) {
    do throws(DMAError) { try write(value, at: address) } catch { throw .fault(error) }
  }
}
