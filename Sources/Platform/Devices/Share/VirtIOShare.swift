internal import FolderServer
internal import GuestMemory
internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState

/// A shared folder: a virtio device that passes the requests of its driver on to a server of 9P (device 9,
/// which virtio 1.2 only reserves) or of FUSE (file system device, virtio 1.2, 5.11).
///
/// Requests of a queue that wait are served together, and others that come meanwhile after them, so that
/// a slow server holds up one thread of the host.
final class VirtIOShare: VirtIODevice, @unchecked Sendable {
  // Safety: the transport's lock guards what changes.

  /// What the protocols of servers differ in.
  private struct Kind {
    var features: UInt64 = 0
    var queues: Int
    /// The fewest bytes of a request.
    var smallestRequest: UInt64
    /// The fewest bytes of an answer, where there is one.
    var smallestAnswer: UInt64
    /// Whether a request can be without an answer.
    var hasNotices: Bool
  }

  /// VIRTIO_9P_MOUNT_TAG.
  private static let mountTag: UInt64 = 1 << 0
  private static let queueSize: UInt16 = 128
  /// The most bytes of a request and its answer; what a driver sends is less.
  private static let largestRequest: UInt64 = 16 << 20

  /// Requests of a queue.
  private struct Pending {
    var waiting: [VirtqueueRequest] = []
    /// Whether requests are being served.
    var isBusy = false
  }

  private let share: PCIDevice.Share
  private let server: any ShareServer
  private let kind: Kind
  private let work: DeviceWork
  private let log: @Sendable (String) -> Void
  private var pending: [Pending]
  private var driverFeatures: UInt64 = 0
  /// Whether the server has had requests since a reset.
  private var isUsed = false
  /// Counts resets: requests from before one are not answered.
  private var generation = 0
  /// Signalled when requests have been served.
  private let done = HostSemaphore()

  init(
    _ share: PCIDevice.Share, _ server: any ShareServer, work: DeviceWork,
    log: @escaping @Sendable (String) -> Void
  ) {
    (self.share, self.server, self.work, self.log) = (share, server, work, log)
    kind =
      switch share.kind {
      case .plan9:
        Kind(
          features: Self.mountTag, queues: 1, smallestRequest: UInt64(MessageHeader.size),
          smallestAnswer: UInt64(MessageHeader.failureSize), hasNotices: false)
      case .virtioFS:
        // The first queue is for requests that need no answer soon.
        Kind(
          queues: 2, smallestRequest: UInt64(FUSEHeader.requestSize),
          smallestAnswer: UInt64(FUSEHeader.answerSize), hasNotices: true)
      }
    pending = [Pending](repeating: Pending(), count: kind.queues)
  }

  var queueSizes: [UInt16] { [UInt16](repeating: Self.queueSize, count: kind.queues) }
  var features: UInt64 { kind.features }

  var configuration: [UInt8] {
    let tag = Array(share.tag.utf8)
    switch share.kind {
    case .plan9: return UInt16(clamping: tag.count).littleEndianBytes + tag
    case .virtioFS:
      let padding = [UInt8](repeating: 0, count: PCIDevice.Share.longestTag - tag.count)
      return tag + padding + UInt32(kind.queues - 1).littleEndianBytes
    }
  }

  func start(features: UInt64, _ transport: VirtIOTransport) {
    driverFeatures = features
    for queue in pending.indices { notified(queue: queue, transport) }
  }

  func reset() {
    for queue in pending.indices where pending[queue].isBusy { done.wait() }
    pending = [Pending](repeating: Pending(), count: kind.queues)
    generation += 1
    driverFeatures = 0
    if isUsed { server.reset() }
    isUsed = false
  }

  // MARK: requests

  func notified(queue: Int, _ transport: VirtIOTransport) {
    transport.serveAll(queue: queue) { request in
      let (readable, writable) = (request.readableCount, request.writableCount)
      guard readable >= kind.smallestRequest,
        writable >= kind.smallestAnswer || kind.hasNotices && writable == 0,
        readable + writable <= Self.largestRequest
      else { return transport.fail() }
      pending[queue].waiting.append(request)
    }
    serve(queue, transport)
  }

  /// Has the requests served that wait, unless others are being served.
  private func serve(_ queue: Int, _ transport: VirtIOTransport) {
    guard transport.isRunning, !pending[queue].isBusy, !pending[queue].waiting.isEmpty else {
      return
    }
    let waiting = pending[queue].waiting
    pending[queue].waiting = []
    let memory = transport.dma.memory
    var (requests, places) = ([ShareRequest](), [[DMASpace.Piece]]())
    do throws(DMAError) {
      for request in waiting {
        let readable = try transport.dma.pieces(
          request.readable, from: 0, count: request.readableCount, .read)
        let writable = try transport.dma.pieces(
          request.writable, from: 0, count: request.writableCount, .write)
        places.append(writable)
        requests.append(
          ShareRequest(
            readable: readable.map { $0.bytes(in: memory) },
            writable: writable.map { $0.bytes(in: memory) }))
      }
    } catch { return transport.fail() }
    (pending[queue].isBusy, isUsed) = (true, true)
    let began = generation
    let server = server
    work.submit(
      for: self,
      { [done, requests] () -> [UInt32] in
        defer { done.signal() }
        // The bytes are the memory's.
        return withExtendedLifetime(memory) { server.serve(requests, queue: queue) }
      }
    ) { [weak self, weak transport, places] answers in
      transport?.withLock { transport in
        for (pieces, count) in zip(places, answers) {
          Self.noteWritten(Int(count), in: pieces, of: memory)
        }
        guard let self, self.generation == began else { return }
        self.done.wait()
        self.pending[queue].isBusy = false
        for (request, count) in zip(waiting, answers) {
          transport.complete(request, queue: queue, written: count)
        }
        transport.interrupt(queue: queue)
        if let failure = self.server.takeFailure() {
          self.log("share '\(self.share.tag)': \(failure)")
        }
        self.serve(queue, transport)
      }
    }
  }

  private static func noteWritten(
    _ count: Int, in pieces: [DMASpace.Piece], of memory: GuestMemory
  ) {
    var left = count
    for piece in pieces where left > 0 {
      memory.noteWritten(min(piece.count, left), at: piece.real)
      left -= piece.count
    }
  }

  // MARK: saved state

  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {
    driverFeatures = features
    var state: [UInt8] = []
    if !sections.isReading, isUsed { state = try attempt(server.save) }
    try sections.section(.share, instance: instance) { coder throws(StateError) in
      try coder.field("open", &state, default: [])
    }
    guard sections.isReading, !state.isEmpty else { return }
    isUsed = true
    try attempt { () throws(ShareServerError) in try server.restore(state) }
  }

  private func attempt<Result>(
    _ body: () throws(ShareServerError) -> Result
  ) throws(StateError) -> Result {
    do throws(ShareServerError) { return try body() } catch {
      throw StateError(.value("\(error)"), in: "share '\(share.tag)'", at: 0)
    }
  }
}

extension StateSection {
  /// A shared folder; the instance is that of its function.
  public static let share = StateSection("share")
}

extension VirtIOTransport {
  /// A shared folder.
  /// - Parameters:
  ///   - share: the folder as its driver sees it.
  ///   - description: the device.
  ///   - server: what serves it.
  ///   - dma: memory as functions of its bus reach it.
  ///   - work: where the server is waited for.
  ///   - log: gets the reason when the server fails.
  public static func share(
    _ share: PCIDevice.Share, _ description: PCIDevice, _ server: any ShareServer, dma: DMASpace,
    work: DeviceWork, log: @escaping @Sendable (String) -> Void
  ) -> VirtIOTransport {
    VirtIOTransport(VirtIOShare(share, server, work: work, log: log), description, dma: dma)
  }
}
