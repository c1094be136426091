internal import GuestMemory
internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState

/// A virtio block device (virtio 1.2, 5.2).
final class VirtIOBlock: VirtIODevice, @unchecked Sendable {
  // Safety: the transport's lock guards what changes.

  /// Feature bits of block devices.
  private enum Feature {
    static let segmentLimit: UInt64 = 1 << 2
    static let readOnly: UInt64 = 1 << 5
    static let blockSize: UInt64 = 1 << 6
    static let flush: UInt64 = 1 << 9
    static let writeCache: UInt64 = 1 << 11
    static let queues: UInt64 = 1 << 12
    static let discard: UInt64 = 1 << 13
    static let writeZeroes: UInt64 = 1 << 14
  }

  /// Kinds of requests.
  private enum Kind {
    static let read: UInt32 = 0
    static let write: UInt32 = 1
    static let flush: UInt32 = 4
    static let identify: UInt32 = 8
    static let discard: UInt32 = 11
    static let writeZeroes: UInt32 = 13
  }

  /// The status byte at the end of a request.
  private enum Status {
    static let success: UInt8 = 0
    static let failure: UInt8 = 1
    static let unsupported: UInt8 = 2
  }

  private static let queueSize: UInt16 = 256
  private static let sector: UInt64 = 512
  /// The most bytes of a request; what a driver sends is less.
  private static let largestTransfer: UInt64 = 64 << 20
  /// The most sectors of a discard or zeroing, and the most ranges of one request.
  private static let mostSectors: UInt32 = 1 << 22
  private static let mostRanges: UInt32 = 16
  /// Bytes of the serial number.
  private static let serialSize = PCIDevice.Disk.longestSerial

  private let storage: any BlockStorage
  private let serial: [UInt8]
  private let queues: Int
  private let isReadOnly: Bool
  private let work: DeviceWork
  /// Whether writes wait in the host's cache until the driver flushes.
  private var isCaching = true
  private var driverFeatures: UInt64 = 0
  /// Counts resets: requests from before one are not answered.
  private var generation = 0
  /// Requests that have been handed to ``work`` and not been answered.
  private var outstanding = 0
  /// Signalled when the storage has done what a request asked for.
  private let done = HostSemaphore()

  /// - Parameters:
  ///   - storage: the bytes of the disk.
  ///   - disk: the disk as the driver sees it.
  ///   - work: where storage is waited for.
  init(_ storage: any BlockStorage, _ disk: PCIDevice.Disk, work: DeviceWork) {
    self.storage = storage
    serial = Array(disk.serial.utf8.prefix(PCIDevice.Disk.longestSerial))
    queues = max(disk.queues, 1)
    isReadOnly = disk.isReadOnly || storage.isReadOnly
    self.work = work
  }

  var queueSizes: [UInt16] { [UInt16](repeating: Self.queueSize, count: queues) }

  var features: UInt64 {
    Feature.segmentLimit | Feature.blockSize | Feature.flush | Feature.writeCache
      | (isReadOnly ? Feature.readOnly : Feature.discard | Feature.writeZeroes)
      | (queues > 1 ? Feature.queues : 0)
  }

  var configuration: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 60)
    func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
      bytes.replaceSubrange(offset..<offset + MemoryLayout<T>.size, with: value.littleEndianBytes)
    }
    put(storage.size / Self.sector, at: 0)
    put(UInt32(Self.queueSize - 2), at: 12)
    put(UInt32(Self.sector), at: 20)
    put(UInt8(isCaching ? 1 : 0), at: 32)
    put(UInt16(queues), at: 34)
    put(Self.mostSectors, at: 36)
    put(Self.mostRanges, at: 40)
    put(UInt32(8), at: 44)
    put(Self.mostSectors, at: 48)
    put(Self.mostRanges, at: 52)
    put(UInt8(1), at: 56)
    return bytes
  }

  func setConfiguration(_ value: UInt8, at offset: Int) {
    if offset == 32, driverFeatures & Feature.writeCache != 0 { isCaching = value & 1 != 0 }
  }

  func start(features: UInt64, _ transport: VirtIOTransport) {
    driverFeatures = features
    // A driver that cannot flush gets every write on stable storage.
    isCaching = features & (Feature.flush | Feature.writeCache) != 0
    for queue in 0..<queues { notified(queue: queue, transport) }
  }

  func reset() {
    for _ in 0..<outstanding { done.wait() }
    outstanding = 0
    generation += 1
    (driverFeatures, isCaching) = (0, true)
  }

  // MARK: the machine's side

  func claim(_: VirtIOTransport) throws(BlockStorageError) { try storage.claim() }
  func release() throws(BlockStorageError) { try storage.release() }

  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {
    try sections.section(.blockDevice, instance: instance) { coder throws(StateError) in
      try coder.field("size", storage.size) { size throws(InvalidValue) in
        guard size == storage.size else {
          throw InvalidValue("the disk has \(storage.size) bytes here, but the guest's has \(size)")
        }
      }
      try coder.field("cache", &isCaching)
    }
    driverFeatures = features
  }

  // MARK: requests

  func notified(queue: Int, _ transport: VirtIOTransport) {
    transport.serveAll(queue: queue) { serve($0, queue, transport) }
  }

  private func serve(_ request: VirtqueueRequest, _ queue: Int, _ transport: VirtIOTransport) {
    guard request.readableCount >= 16, request.writableCount >= 1,
      request.readableCount + request.writableCount <= Self.largestTransfer,
      let header = try? transport.dma.read(request.readable, from: 0, count: 16)
    else { return transport.fail() }
    let kind = UInt32(littleEndianBytes: header[..<4])
    let sector = UInt64(littleEndianBytes: header[8...])
    let operation: Operation
    do throws(DMAError) {
      operation = try self.operation(kind, sector, request, transport.dma)
    } catch {
      return transport.fail()
    }
    let memory = transport.dma.memory
    let began = generation
    let storage = storage
    let isDurable = !isCaching
    outstanding += 1
    work.submit(
      for: self,
      { [done] () -> UInt8 in
        defer { done.signal() }
        // The bytes are the memory's.
        return withExtendedLifetime(memory) {
          Self.perform(operation, storage, isDurable: isDurable)
        }
      }
    ) { [weak self, weak transport] status in
      transport?.withLock { transport in
        operation.noteWritten(in: memory)
        guard let self, self.generation == began else { return }
        self.outstanding -= 1
        self.done.wait()
        self.finish(request, operation, status, queue, transport)
      }
    }
  }

  /// What a request asks for, with the addresses of its bytes in this process.
  private enum Operation: Sendable {
    case read([HostBytes], at: UInt64, [DMASpace.Piece])
    case write([HostBytes], at: UInt64)
    case flush
    case identify
    case discard([(offset: UInt64, count: UInt64)])
    case zero([(offset: UInt64, count: UInt64, canRelease: Bool)])
    /// The request is answered with a status, and nothing is done.
    case refuse(UInt8)

    /// Notes what was read into memory, also for a device that has been reset since.
    func noteWritten(in memory: GuestMemory) {
      guard case .read(_, _, let pieces) = self else { return }
      for piece in pieces { memory.noteWritten(piece.count, at: piece.real) }
    }

    /// Bytes before the status that a successful request writes.
    var written: UInt64 {
      switch self {
      case .read(let bytes, _, _): bytes.byteCount
      case .identify: UInt64(VirtIOBlock.serialSize)
      default: 0
      }
    }
  }

  private func operation(
    _ kind: UInt32, _ sector: UInt64, _ request: VirtqueueRequest, _ dma: DMASpace
  ) throws(DMAError) -> Operation {
    let (offset, overflow) = sector.multipliedReportingOverflow(by: Self.sector)
    switch kind {
    case Kind.read:
      let count = request.writableCount - 1
      guard !overflow, has(count, at: offset) else { return .refuse(Status.failure) }
      let pieces = try dma.pieces(request.writable, from: 0, count: count, .write)
      return .read(pieces.map { $0.bytes(in: dma.memory) }, at: offset, pieces)
    case Kind.write:
      let count = request.readableCount - 16
      guard !overflow, !isReadOnly, has(count, at: offset) else {
        return .refuse(Status.failure)
      }
      let pieces = try dma.pieces(request.readable, from: 16, count: count, .read)
      return .write(pieces.map { $0.bytes(in: dma.memory) }, at: offset)
    case Kind.flush: return .flush
    case Kind.identify:
      return request.writableCount > UInt64(Self.serialSize) ? .identify : .refuse(Status.failure)
    case Kind.discard, Kind.writeZeroes:
      let count = request.readableCount - 16
      guard !isReadOnly else { return .refuse(Status.failure) }
      guard count > 0, count.isMultiple(of: 16), count / 16 <= UInt64(Self.mostRanges) else {
        return .refuse(Status.unsupported)
      }
      return ranges(kind, try dma.read(request.readable, from: 16, count: Int(count)))
    default: return .refuse(Status.unsupported)
    }
  }

  /// Whether the disk has so many bytes, which must be whole sectors.
  private func has(_ count: UInt64, at offset: UInt64) -> Bool {
    count.isMultiple(of: Self.sector) && (try? storage.checkRange(count, at: offset)) != nil
  }

  /// Ranges of a discard or zeroing: sector, number of sectors, flags.
  private func ranges(_ kind: UInt32, _ bytes: [UInt8]) -> Operation {
    var ranges: [(offset: UInt64, count: UInt64, canRelease: Bool)] = []
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let sector = UInt64(littleEndianBytes: bytes[start..<start + 8])
      let count = UInt32(littleEndianBytes: bytes[start + 8..<start + 12])
      let flags = UInt32(littleEndianBytes: bytes[start + 12..<start + 16])
      let (offset, overflow) = sector.multipliedReportingOverflow(by: Self.sector)
      let length = UInt64(count) * Self.sector
      guard !overflow, count <= Self.mostSectors, has(length, at: offset) else {
        return .refuse(Status.failure)
      }
      guard flags & ~1 == 0, kind == Kind.writeZeroes || flags == 0 else {
        return .refuse(Status.unsupported)
      }
      ranges.append((offset, length, flags & 1 != 0))
    }
    return kind == Kind.discard ? .discard(ranges.map { ($0.offset, $0.count) }) : .zero(ranges)
  }

  /// Does it, on a thread that may wait.
  private static func perform(
    _ operation: Operation, _ storage: any BlockStorage, isDurable: Bool
  ) -> UInt8 {
    do throws(BlockStorageError) {
      switch operation {
      case .read(let bytes, let offset, _): try storage.read(bytes, at: offset)
      case .write(let bytes, let offset):
        try storage.write(bytes, at: offset)
        if isDurable { try storage.flush() }
      case .flush: if !storage.isReadOnly { try storage.flush() }
      case .identify: break
      case .discard(let ranges):
        for range in ranges { try storage.discard(range.count, at: range.offset) }
      case .zero(let ranges):
        for range in ranges {
          try storage.zero(range.count, at: range.offset, canRelease: range.canRelease)
        }
        if isDurable { try storage.flush() }
      case .refuse(let status): return status
      }
      return Status.success
    } catch {
      return Status.failure
    }
  }

  /// Answers a request, on the machine's thread.
  private func finish(
    _ request: VirtqueueRequest, _ operation: Operation, _ status: UInt8, _ queue: Int,
    _ transport: VirtIOTransport
  ) {
    guard transport.isRunning else { return }
    do throws(DMAError) {
      if case .identify = operation {
        let padded = serial + [UInt8](repeating: 0, count: Self.serialSize - serial.count)
        try transport.dma.write(padded, to: request.writable, from: 0)
      }
      try transport.dma.write([status], to: request.writable, from: request.writableCount - 1)
    } catch { return transport.fail() }
    // All bytes up to that count are written (virtio 1.2, 2.7.8.2): the status counts only when
    // nothing is left out before it.
    let data = status == Status.success ? operation.written : 0
    let written = data + 1 == request.writableCount ? data + 1 : data
    transport.complete(request, queue: queue, written: UInt32(clamping: written))
    transport.interrupt(queue: queue)
  }
}

extension StateSection {
  /// A virtio block device; the instance is that of its function.
  public static let blockDevice = StateSection("blk")
}

extension VirtIOTransport {
  /// A disk.
  /// - Parameters:
  ///   - disk: the disk as its driver sees it.
  ///   - description: the device.
  ///   - storage: the bytes of the disk.
  ///   - dma: memory as functions of its bus reach it.
  ///   - work: where storage is waited for.
  public static func block(
    _ disk: PCIDevice.Disk, _ description: PCIDevice, _ storage: any BlockStorage, dma: DMASpace,
    work: DeviceWork
  ) -> VirtIOTransport {
    VirtIOTransport(VirtIOBlock(storage, disk, work: work), description, dma: dma)
  }
}
