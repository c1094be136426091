internal import CStorage
internal import Glibc
internal import Synchronization

/// Memory that this process shares with a daemon, and nothing of the guest's.
final class SharedMemory: @unchecked Sendable {
  // Safety: a constant mapping; its users divide it among themselves.
  let descriptor: Int32
  let bytes: UnsafeMutableRawBufferPointer

  /// Memory of zeroes.
  init(size: Int) throws(ShareServerError) {
    descriptor = storage_shared_memory()
    guard descriptor >= 0 else { throw .host(action: "memory for virtiofsd", number: errno) }
    guard ftruncate(descriptor, size) == 0,
      let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      start != MAP_FAILED
    else {
      let error = errno
      close(descriptor)
      throw .host(action: "memory for virtiofsd", number: error)
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(descriptor)
  }
}

/// A split virtqueue (virtio 1.2, 2.7) in shared memory, of which this process is the driver and a daemon
/// the device. Each descriptor has a block of memory of its own, in which requests are copied.
struct ShadowQueue {
  /// Entries of the rings: a power of two.
  let size: UInt16
  /// Bytes of a block.
  let blockSize: Int
  /// Where it is in the shared memory, in bytes.
  let offset: Int
  private let memory: SharedMemory
  /// Descriptors without a request; the one used last comes first, as its block is in the cache.
  private var free: [UInt16]
  private var available: UInt16 = 0
  private var used: UInt16 = 0
  /// Requests that the daemon has, by their first descriptor.
  private var chains: [UInt16: (descriptors: [UInt16], readable: Int, writable: Int)] = [:]

  /// Bytes of its rings and blocks.
  static func bytes(size: UInt16, blockSize: Int) -> Int { ringBytes + Int(size) * blockSize }

  /// Bytes for the three rings.
  private static let ringBytes = 64 << 10
  private static let availableRing = 32 << 10
  private static let usedRing = 48 << 10
  private static let (next, write): (UInt16, UInt16) = (1, 2)

  init(_ memory: SharedMemory, at offset: Int, size: UInt16, blockSize: Int) {
    (self.memory, self.offset, self.size, self.blockSize) = (memory, offset, size, blockSize)
    free = (0..<size).reversed()
    // The daemon is asked to signal everything, as a value of zero means.
  }

  /// Offsets of the three rings in the shared memory.
  var rings: (descriptors: Int, available: Int, used: Int) {
    (offset, offset + Self.availableRing, offset + Self.usedRing)
  }

  var isIdle: Bool { chains.isEmpty }

  private func block(_ descriptor: UInt16) -> Int {
    offset + Self.ringBytes + Int(descriptor) * blockSize
  }

  private func put<T: FixedWidthInteger>(_ value: T, at place: Int) {
    memory.bytes.storeBytes(of: value.littleEndian, toByteOffset: place, as: T.self)
  }

  private func get<T: FixedWidthInteger>(_: T.Type, at place: Int) -> T {
    T(littleEndian: memory.bytes.loadUnaligned(fromByteOffset: place, as: T.self))
  }

  private func blocks(_ count: Int) -> Int { (count + blockSize - 1) / blockSize }

  /// Whether a request could ever be taken.
  func fits(_ request: ShareRequest) -> Bool {
    blocks(Int(request.readable.byteCount)) + blocks(Int(request.writable.byteCount)) <= Int(size)
  }

  /// Copies a request and makes it available.
  /// - Parameters:
  ///   - base: the address of the memory's first byte as the daemon has it.
  ///   - examine: gets the first bytes of the copy, and gives what the daemon has in their place; nil
  ///     when it does not get the request.
  /// - Returns: what the request is given back by; nil when there is no room now, or it is not made.
  mutating func add(
    _ request: ShareRequest, base: UInt64, examine: ([UInt8]) -> [UInt8]?
  ) -> UInt16? {
    let (readable, writable) = (
      Int(request.readable.byteCount), Int(request.writable.byteCount)
    )
    let count = blocks(readable) + blocks(writable)
    guard count > 0, count <= free.count else { return nil }
    let descriptors = Array(free.suffix(count).reversed())
    let parts =
      chunks(descriptors[...], readable)
      + chunks(
        descriptors[blocks(readable)...], writable)
    let copies = Array(parts[..<blocks(readable)])
    copy(from: request.readable, to: copies[...])
    guard let first = examine(copies.prefix(bytes: FUSEHeader.examined)) else { return nil }
    copies.store(first)
    free.removeLast(count)
    for (index, part) in parts.enumerated() {
      let place = offset + 16 * Int(descriptors[index])
      let isLast = index == count - 1
      put(base + UInt64(block(descriptors[index])), at: place)
      put(UInt32(part.count), at: place + 8)
      put(
        (index < blocks(readable) ? 0 : Self.write) | (isLast ? 0 : Self.next), at: place + 12)
      put(isLast ? 0 : descriptors[index + 1], at: place + 14)
    }
    let head = descriptors[0]
    chains[head] = (descriptors, readable, writable)
    put(head, at: rings.available + 4 + 2 * Int(available & (size - 1)))
    available &+= 1
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    put(available, at: rings.available + 2)
    return head
  }

  /// The blocks of so many bytes.
  private func chunks(_ descriptors: ArraySlice<UInt16>, _ count: Int) -> [HostBytes] {
    guard let start = memory.bytes.baseAddress else { return [] }
    return zip(descriptors, stride(from: 0, to: count, by: blockSize)).map { descriptor, done in
      HostBytes(start: start + block(descriptor), count: min(blockSize, count - done))
    }
  }

  /// What the daemon gives back next; nil when there is nothing.
  /// - Parameter request: the request of a first descriptor, in which the answer is copied.
  /// - Returns: the first descriptor, and bytes of the answer.
  mutating func take(
    _ request: (UInt16) -> ShareRequest?
  ) throws(ShareServerError) -> (head: UInt16, written: Int)? {
    let index = get(UInt16.self, at: rings.used + 2)
    guard index != used else { return nil }
    guard index &- used <= size else { throw .malformed("index \(index) of the used ring") }
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    let place = rings.used + 4 + 8 * Int(used & (size - 1))
    let id = get(UInt32.self, at: place)
    let written = Int(get(UInt32.self, at: place + 4))
    guard let head = UInt16(exactly: id), let chain = chains.removeValue(forKey: head),
      let request = request(head)
    else { throw .malformed("descriptor \(id) is not in use") }
    guard written <= chain.writable, written == 0 || written >= FUSEHeader.answerSize else {
      throw .malformed("\(written) bytes")
    }
    used &+= 1
    let blocks = chain.descriptors[blocks(chain.readable)...]
    copy(from: chunks(blocks, written), to: request.writable[...])
    free += chain.descriptors.reversed()
    return (head, written)
  }

  private func copy(from source: [HostBytes], to target: ArraySlice<HostBytes>) {
    var rest = target.makeIterator()
    var room = rest.next()
    for part in source {
      var (start, left) = (UnsafeRawPointer(part.start), part.count)
      while left > 0, let place = room {
        let count = min(left, place.count)
        place.start.copyMemory(from: start, byteCount: count)
        (start, left) = (start + count, left - count)
        room =
          count < place.count
          ? HostBytes(start: place.start + count, count: place.count - count) : rest.next()
      }
    }
  }
}
