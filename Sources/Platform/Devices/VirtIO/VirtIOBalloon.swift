public import GuestMemory
internal import HostSupport
internal import Hypervisor
public import MachineDescription
public import SavedState
internal import Synchronization

/// A virtio memory balloon (virtio 1.2, 5.5): the guest gives pages back to the host, as many as the
/// host asks for, and those that it reports as free.
public final class VirtIOBalloon: VirtIODevice, @unchecked Sendable {
  // Safety: the transport's lock guards what changes.

  /// Feature bits of balloons.
  private enum Feature {
    /// The guest may take pages back when it has no others.
    static let deflateWhenOutOfMemory: UInt64 = 1 << 2
    static let reporting: UInt64 = 1 << 5
  }

  /// The queues. A driver that has no statistics numbers them so.
  private enum Queue {
    static let inflate = 0
    static let deflate = 1
    static let reporting = 2
  }

  /// Bytes of a page of the balloon.
  public static let pageSize: UInt64 = 4096
  /// The most page numbers of one request.
  private static let mostPages: UInt64 = 4 << 10

  private let memory: GuestMemory
  /// Pages that the host asks for.
  private var target: UInt32 = 0
  /// Pages that the driver says are in the balloon.
  private var actual: UInt32 = 0
  private weak var transport: VirtIOTransport?

  init(_ memory: GuestMemory) { self.memory = memory }

  /// Pages of a balloon are no storage of the bus, and Linux's driver refuses its windows.
  var usesBusAddresses: Bool { false }
  let queueSizes: [UInt16] = [128, 128, 128]
  var features: UInt64 { Feature.deflateWhenOutOfMemory | Feature.reporting }
  var configuration: [UInt8] { target.littleEndianBytes + actual.littleEndianBytes }

  func setConfiguration(_ value: UInt8, at offset: Int) {
    guard (4..<8).contains(offset) else { return }
    let shift = UInt32(8 * (offset - 4))
    actual = actual & ~(0xFF << shift) | UInt32(value) << shift
  }

  /// The target stays: it is the host's.
  func reset() { actual = 0 }

  func notified(queue: Int, _ transport: VirtIOTransport) {
    transport.serveAll(queue: queue) { request in
      do throws(DMAError) {
        switch queue {
        case Queue.inflate: try takePages(request, transport.dma)
        case Queue.reporting: try takeReported(request, transport.dma)
        // A page that the guest takes back is zero at its next access.
        default: break
        }
      } catch { return transport.fail() }
      transport.complete(request, queue: queue, written: 0)
      transport.interrupt(queue: queue)
    }
  }

  /// Returns pages to the host whose numbers the guest gives.
  private func takePages(_ request: VirtqueueRequest, _ dma: DMASpace) throws(DMAError) {
    let count = min(request.readableCount / 4, Self.mostPages)
    let bytes = try dma.read(request.readable, from: 0, count: Int(count) * 4)
    let numbers = stride(from: 0, to: bytes.count, by: 4).map {
      UInt64(UInt32(littleEndianBytes: bytes[$0..<$0 + 4]))
    }
    // Pages that follow each other are returned together. One without memory is ignored.
    var start = 0
    for place in numbers.indices {
      let next = place + 1
      guard next == numbers.count || numbers[next] != numbers[place] + 1 else { continue }
      let run = numbers[start..<next].filter { ($0 + 1) * Self.pageSize <= memory.size }
      if let first = run.first {
        memory.discard(run.count * Int(Self.pageSize), at: first * Self.pageSize)
      }
      start = next
    }
  }

  /// Returns pages to the host that the guest does not use.
  private func takeReported(_ request: VirtqueueRequest, _ dma: DMASpace) throws(DMAError) {
    // No page is free twice.
    guard request.writableCount <= memory.size else {
      throw .fault(request.writable[0].address, .write)
    }
    for piece in try dma.pieces(request.writable, from: 0, count: request.writableCount, .write) {
      memory.discard(piece.count, at: piece.real)
    }
  }

  // MARK: the host's side

  func attach(to transport: VirtIOTransport) { self.transport = transport }

  /// Bytes of memory that the guest has left, by what its driver says.
  public var remainingMemory: UInt64 {
    var actual: UInt32 = 0
    transport?.withLock { _ in actual = self.actual }
    return memory.size - min(UInt64(actual) * Self.pageSize, memory.size)
  }

  /// Asks the guest to have so many bytes of memory left.
  /// - Parameter remaining: cut down to the memory, and rounded up to pages.
  public func request(remaining: UInt64) {
    let pages = (memory.size - min(remaining, memory.size)) / Self.pageSize
    transport?.withLock { transport in
      self.target = UInt32(clamping: pages)
      transport.configurationChanged()
    }
  }

  // MARK: saved state

  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {
    try sections.section(.balloon, instance: instance) { coder throws(StateError) in
      try coder.field("target", &target)
      try coder.field("actual", &actual)
    }
  }
}

extension StateSection {
  /// A memory balloon; the instance is that of its function.
  public static let balloon = StateSection("balloon")
}

extension VirtIOTransport {
  /// A memory balloon, and what the host controls it with.
  /// - Parameters:
  ///   - description: the device.
  ///   - memory: the guest's memory.
  public static func balloon(
    _ description: PCIDevice, memory: GuestMemory
  ) -> (transport: VirtIOTransport, balloon: VirtIOBalloon) {
    let balloon = VirtIOBalloon(memory)
    let transport = VirtIOTransport(
      balloon, description, dma: DMASpace(realAddressesOf: memory))
    balloon.attach(to: transport)
    return (transport, balloon)
  }
}
