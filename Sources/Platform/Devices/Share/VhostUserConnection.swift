internal import CSockets
internal import Glibc
internal import HostSupport
internal import Synchronization

/// A daemon that serves a shared folder as virtio's file system device, by the vhost-user protocol.
///
/// The daemon has only memory made for it, with queues of its own: requests and answers are copied, so
/// that it sees what the driver sends and nothing else of the guest.
public final class VhostUserConnection: ShareServer {
  /// Where the memory begins for the daemon; any number would do.
  private static let base: UInt64 = 0x1_0000_0000
  /// The queues: size and bytes of a block. The first one has short messages.
  private static let shapes: [(size: UInt16, blockSize: Int)] = [(128, 4 << 10), (512, 64 << 10)]

  /// Requests of the protocol.
  private enum Request {
    static let getFeatures: UInt32 = 1
    static let setFeatures: UInt32 = 2
    static let setOwner: UInt32 = 3
    static let setMemoryTable: UInt32 = 5
    static let setQueueSize: UInt32 = 8
    static let setQueueAddresses: UInt32 = 9
    static let setQueueIndex: UInt32 = 10
    static let setKick: UInt32 = 12
    static let setCall: UInt32 = 13
    static let getProtocolFeatures: UInt32 = 15
    static let setProtocolFeatures: UInt32 = 16
    static let enableQueue: UInt32 = 18
  }

  /// Flags of a message: the protocol's version, an answer, an answer is wanted.
  private enum Flag {
    static let version: UInt32 = 1
    static let isAnswer: UInt32 = 4
    static let wantsAnswer: UInt32 = 8
  }

  private enum Feature {
    static let version1: UInt64 = 1 << 32
    static let protocolFeatures: UInt64 = 1 << 30
    /// Of the protocol: requests can have answers.
    static let answers: UInt64 = 1 << 3
  }

  private final class Queue: Sendable {
    let shadow: Mutex<ShadowQueue>
    init(_ shadow: sending ShadowQueue) { self.shadow = Mutex(shadow) }
  }

  private let socket: ServerSocket
  private let isReadOnly: Bool
  private let memory: SharedMemory
  private let queues: [Queue]
  /// Signals for the daemon, and from it, for each queue: pipes, as a process that has a descriptor of an event
  /// can make the calls of the other side wait.
  private let kicks: [SignalPipe]
  private let calls: [SignalPipe]

  /// Agrees with a daemon on queues. Call it while files may be opened.
  /// - Parameters:
  ///   - socket: a socket that is connected to it, which the connection closes.
  ///   - isReadOnly: whether requests that change something are rejected.
  ///   - patience: seconds in which an answer must come.
  public init(
    _ socket: Int32, isReadOnly: Bool, patience: Int = 30
  ) throws(ShareServerError) {
    self.isReadOnly = isReadOnly
    self.socket = ServerSocket(socket, patience: patience)
    var offsets: [Int] = []
    var size = 0
    for shape in Self.shapes {
      offsets.append(size)
      size += ShadowQueue.bytes(size: shape.size, blockSize: shape.blockSize)
    }
    memory = try SharedMemory(size: size)
    let memory = memory
    queues = zip(Self.shapes, offsets).map { shape, offset in
      Queue(ShadowQueue(memory, at: offset, size: shape.size, blockSize: shape.blockSize))
    }
    var pipes: [SignalPipe] = []
    for _ in 0..<2 * Self.shapes.count { pipes.append(try SignalPipe()) }
    (kicks, calls) = (Array(pipes[..<Self.shapes.count]), Array(pipes[Self.shapes.count...]))
    try start()
  }

  // MARK: the protocol

  private func start() throws(ShareServerError) {
    let features = try get(Request.getFeatures)
    guard features & Feature.version1 != 0, features & Feature.protocolFeatures != 0 else {
      throw .malformed("features \(features.hexadecimal()) without version 1")
    }
    let offered = try get(Request.getProtocolFeatures)
    guard offered & Feature.answers != 0 else {
      throw .malformed("protocol features \(offered.hexadecimal()) without answers")
    }
    try send(Request.setProtocolFeatures, Feature.answers.littleEndianBytes)
    try send(Request.setOwner)
    try set(
      Request.setFeatures, (Feature.version1 | Feature.protocolFeatures).littleEndianBytes)
    let region = [Self.base, UInt64(memory.bytes.count), Self.base, 0]
    try set(
      Request.setMemoryTable,
      UInt32(1).littleEndianBytes + UInt32(0).littleEndianBytes
        + region.flatMap(\.littleEndianBytes), passing: memory.descriptor)
    for index in queues.indices { try start(index) }
  }

  private func start(_ index: Int) throws(ShareServerError) {
    let number = UInt32(index)
    let (size, rings) = queues[index].shadow.withLock { ($0.size, $0.rings) }
    func state(_ value: UInt32) -> [UInt8] { number.littleEndianBytes + value.littleEndianBytes }
    func address(_ offset: Int) -> UInt64 { Self.base + UInt64(offset) }
    try set(Request.setQueueSize, state(UInt32(size)))
    try set(Request.setQueueIndex, state(0))
    let addresses = [address(rings.descriptors), address(rings.used), address(rings.available), 0]
    try set(Request.setQueueAddresses, state(0) + addresses.flatMap(\.littleEndianBytes))
    try set(Request.setCall, UInt64(number).littleEndianBytes, passing: calls[index].writing)
    try set(Request.setKick, UInt64(number).littleEndianBytes, passing: kicks[index].reading)
    try set(Request.enableQueue, state(1))
  }

  /// Sends a request, and waits until the daemon has accepted it.
  private func set(
    _ request: UInt32, _ body: [UInt8], passing descriptor: Int32? = nil
  ) throws(ShareServerError) {
    try send(request, body, Flag.wantsAnswer, passing: descriptor)
    let status = try receive(request)
    guard status == 0 else { throw .malformed("request \(request) failed (\(status))") }
  }

  private func get(_ request: UInt32) throws(ShareServerError) -> UInt64 {
    try send(request)
    return try receive(request)
  }

  private func send(
    _ request: UInt32, _ body: [UInt8] = [], _ flags: UInt32 = 0, passing descriptor: Int32? = nil
  ) throws(ShareServerError) {
    let words = [request, Flag.version | flags, UInt32(body.count)]
    let message = words.flatMap(\.littleEndianBytes) + body
    let error = WholeWrite.write(message, mayWait: { false }) { rest in
      if let descriptor, rest.count == message.count {
        return csockets_send(socket.descriptor, rest.baseAddress, rest.count, descriptor)
      }
      return Glibc.send(socket.descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
    }
    guard error == 0 else { throw socket.reason(error) }
  }

  /// Receives the answer to a request: a number.
  private func receive(_ request: UInt32) throws(ShareServerError) -> UInt64 {
    var bytes = [UInt8](repeating: 0, count: 20)
    var count = 0
    while count < bytes.count {
      let received = bytes.withUnsafeMutableBytes { bytes in
        recv(socket.descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count, 0)
      }
      if received < 0, errno == EINTR { continue }
      guard received > 0 else { throw received == 0 ? .ended : socket.reason(errno) }
      count += received
    }
    guard UInt32(littleEndianBytes: bytes[..<4]) == request,
      UInt32(littleEndianBytes: bytes[4..<8]) & Flag.isAnswer != 0,
      UInt32(littleEndianBytes: bytes[8..<12]) == 8
    else { throw .malformed("no answer to request \(request)") }
    return UInt64(littleEndianBytes: bytes[12...])
  }

  // MARK: requests

  /// Why the daemon is of no use any more, once.
  public func takeFailure() -> ShareServerError? { socket.takeFailure() }

  /// Gives the daemon requests, and waits until it has given all of them back.
  public func serve(_ requests: [ShareRequest], queue index: Int) -> [UInt32] {
    guard queues.indices.contains(index) else { return requests.map { _ in 0 } }
    return queues[index].shadow.withLock { queue in
      // Requests of a queue that has failed may still be the daemon's.
      guard socket.failure == nil else { return requests.map { Self.fail($0, EIO) } }
      var answers = [UInt32?](repeating: nil, count: requests.count)
      do throws(ShareServerError) {
        try serve(requests, &queue, index, &answers)
      } catch {
        socket.fail(error)
      }
      return zip(answers, requests).map { answer, request in answer ?? Self.fail(request, EIO) }
    }
  }

  private func serve(
    _ requests: [ShareRequest], _ queue: inout ShadowQueue, _ index: Int,
    _ answers: inout [UInt32?]
  ) throws(ShareServerError) {
    var next = 0
    var heads: [UInt16: Int] = [:]
    var start = HostTime.monotonic
    while next < requests.count || !heads.isEmpty {
      var isKicked = false
      while next < requests.count {
        let request = requests[next]
        var error = queue.fits(request) ? 0 : EIO
        if error == 0 {
          let head = queue.add(request, base: Self.base) { bytes in
            let header = FUSEHeader(bytes)
            if isReadOnly, !header.isReading { error = EROFS }
            return error == 0 ? header.forHost(bytes) : nil
          }
          if let head {
            heads[head] = next
            (next, isKicked) = (next + 1, true)
            continue
          }
        }
        // Without room it waits for others.
        guard error != 0 else { break }
        answers[next] = Self.fail(request, error)
        next += 1
      }
      if isKicked { kicks[index].signal() }
      if heads.isEmpty { continue }
      try wait(index, since: start)
      while let (head, written) = try queue.take({ head in heads[head].map { requests[$0] } }) {
        guard let place = heads.removeValue(forKey: head) else { continue }
        answers[place] = UInt32(clamping: written)
        start = HostTime.monotonic
      }
    }
  }

  /// Waits until the daemon signals.
  /// - Parameter start: when it last gave something back, or was asked.
  private func wait(_ index: Int, since start: UInt64) throws(ShareServerError) {
    var waits = [
      pollfd(fd: calls[index].reading, events: Int16(POLLIN), revents: 0),
      pollfd(fd: socket.descriptor, events: 0, revents: 0),
    ]
    // Signals alone are no answers.
    let passed = Int((HostTime.monotonic - start) / 1_000_000)
    let limit = socket.patience * 1000
    guard passed < limit else { throw .silent(seconds: socket.patience) }
    let count = poll(&waits, 2, Int32(limit - passed))
    if count < 0, errno == EINTR { return }
    guard count > 0 else {
      throw count == 0 ? .silent(seconds: socket.patience) : socket.reason(errno)
    }
    guard waits[0].revents & Int16(POLLIN) != 0 else { throw .ended }
    calls[index].drain()
  }

  /// Answers a request that the daemon does not get.
  private static func fail(_ request: ShareRequest, _ error: Int32) -> UInt32 {
    guard request.writable.byteCount >= UInt64(FUSEHeader.answerSize) else { return 0 }
    let header = FUSEHeader(request.readable.prefix(bytes: FUSEHeader.requestSize))
    request.writable.store(header.failure(error))
    return UInt32(FUSEHeader.answerSize)
  }

  // MARK: the driver

  /// The daemon forgets everything with the first message of the next driver.
  public func reset() {}
  /// No daemon has what this needs.
  public func save() throws(ShareServerError) -> [UInt8] { throw .notSaved }
  /// No state of a daemon exists.
  public func restore(_ state: [UInt8]) throws(ShareServerError) { throw .notSaved }
}
