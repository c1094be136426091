internal import FolderServer
internal import Glibc
internal import HostSupport

/// A server of 9P at the other end of a stream socket.
public final class FolderConnection: ShareServer {
  /// The host takes no more parts at once.
  private static let mostParts = 512
  /// The tag of a message that has none.
  private static let noTag: UInt16 = 0xFFFF

  private let socket: ServerSocket

  /// - Parameters:
  ///   - socket: a connected socket, which the connection closes.
  ///   - patience: seconds in which an answer must come.
  public init(_ socket: Int32, patience: Int = 30) {
    self.socket = ServerSocket(socket, patience: patience)
  }

  /// Why the server is of no use any more, once.
  public func takeFailure() -> ShareServerError? { socket.takeFailure() }

  // MARK: requests

  /// Sends requests one after the other, and receives their answers.
  public func serve(_ requests: [ShareRequest], queue: Int) -> [UInt32] { requests.map(serve) }

  private func serve(_ request: ShareRequest) -> UInt32 {
    guard let header = MessageHeader(request.readable.prefix(bytes: MessageHeader.size)) else {
      return 0
    }
    let answer = { (number: Int32) -> UInt32 in
      request.writable.store(MessageHeader.failure(number, tag: header.tag))
      return UInt32(MessageHeader.failureSize)
    }
    // The guest may change its bytes meanwhile: what is sent is what was checked.
    guard header.messageSize >= MessageHeader.size,
      UInt64(header.messageSize) <= request.readable.byteCount
    else { return answer(EBADMSG) }
    guard MessageType.isForGuests(header.type) else { return answer(EOPNOTSUPP) }
    let body = request.readable.part(
      from: UInt64(MessageHeader.size), count: UInt64(header.messageSize - MessageHeader.size))
    do throws(ShareServerError) {
      let room = request.writable.part(from: UInt64(MessageHeader.size), count: .max)
      let answer = try exchange(header, body, into: room)
      request.writable.store(answer.bytes)
      return UInt32(clamping: answer.messageSize)
    } catch { return answer(EIO) }
  }

  /// Sends a message and receives its answer.
  /// - Parameters:
  ///   - header: the header.
  ///   - body: what follows it.
  ///   - room: where the answer goes but for its header.
  /// - Returns: the answer's header.
  private func exchange(
    _ header: MessageHeader, _ body: [HostBytes], into room: [HostBytes]
  ) throws(ShareServerError) -> MessageHeader {
    if let failure = socket.failure { throw failure }
    do throws(ShareServerError) {
      var (head, answer) = (header.bytes, [UInt8](repeating: 0, count: MessageHeader.size))
      _ = try Self.withBytes(of: &head) { head throws(ShareServerError) in
        try transfer(count: header.messageSize, [head] + body) {
          sendmsg(socket.descriptor, $0, Int32(MSG_NOSIGNAL))
        }
      }
      return try Self.withBytes(of: &answer) { head throws(ShareServerError) in
        try receive([head] + room, to: header)
      }
    } catch {
      // What comes later could be taken for the answer to another message.
      socket.fail(error)
      throw error
    }
  }

  private func receive(
    _ parts: [HostBytes], to request: MessageHeader
  ) throws(ShareServerError) -> MessageHeader {
    let room = parts.byteCount
    // One call mostly receives all of it.
    var count = try transfer(count: MessageHeader.size, parts) { recvmsg(socket.descriptor, $0, 0) }
    guard let header = MessageHeader(parts.prefix(bytes: MessageHeader.size)) else {
      throw .malformed("no header")
    }
    guard header.messageSize >= max(count, MessageHeader.size), UInt64(header.messageSize) <= room
    else { throw .malformed("\(header.messageSize) bytes") }
    guard header.tag == request.tag,
      header.type == request.type &+ 1 || header.type == MessageType.failure
    else { throw .malformed("type \(header.type)") }
    if count < header.messageSize {
      let rest = parts.part(
        from: UInt64(count), count: UInt64(header.messageSize - count))
      count += try transfer(count: header.messageSize - count, rest) {
        recvmsg(socket.descriptor, $0, 0)
      }
    }
    return header
  }

  /// Calls `sendmsg` or `recvmsg` until at least so many bytes are transferred.
  /// - Returns: bytes transferred.
  private func transfer(
    count: Int, _ parts: [HostBytes], _ call: (UnsafeMutablePointer<msghdr>) -> Int
  ) throws(ShareServerError) -> Int {
    var done = 0
    let start = HostTime.monotonic
    while done < count {
      // Neither are single bytes, again and again, an answer.
      guard HostTime.monotonic - start < UInt64(socket.patience) * 1_000_000_000 else {
        throw .silent(seconds: socket.patience)
      }
      let rest = parts.part(from: UInt64(done), count: .max).prefix(Self.mostParts)
      var vectors = rest.map { iovec(iov_base: $0.start, iov_len: $0.count) }
      let (moved, error) = vectors.withUnsafeMutableBufferPointer { vectors in
        var message = msghdr()
        message.msg_iov = vectors.baseAddress
        message.msg_iovlen = vectors.count
        let moved = call(&message)
        return (moved, errno)
      }
      if moved < 0, error == EINTR { continue }
      guard moved > 0 else { throw moved == 0 ? .ended : socket.reason(error) }
      done += moved
    }
    return done
  }

  private static func withBytes<Result>(
    of bytes: inout [UInt8], _ body: (HostBytes) throws(ShareServerError) -> Result
  ) throws(ShareServerError) -> Result {
    try bytes.withUnsafeMutableBufferPointer { buffer throws(ShareServerError) in
      guard let start = buffer.baseAddress else { throw .malformed("no bytes") }
      return try body(HostBytes(start: start, count: buffer.count))
    }
  }

  // MARK: messages of this side

  /// Begins a new connection in the protocol, which closes all files.
  public func reset() {
    // The smallest size, and a version that the server has.
    let version = Array("9P2000.L".utf8)
    let body = UInt32(8192).littleEndianBytes + UInt16(version.count).littleEndianBytes + version
    _ = try? exchange(MessageType.version, body, room: 64)
  }

  /// What the driver has open, as the server describes it.
  public func save() throws(ShareServerError) -> [UInt8] {
    let answer = try exchange(MessageType.save, [], room: FolderServer.largestState + 64)
    // The number of bytes comes before them.
    return Array(answer.dropFirst(4))
  }

  /// Has the server open what another one had.
  public func restore(_ state: [UInt8]) throws(ShareServerError) {
    let body = UInt32(clamping: state.count).littleEndianBytes + state
    _ = try exchange(MessageType.restore, body, room: 64)
  }

  /// Sends a message and receives its answer.
  /// - Parameter room: the most bytes of the answer.
  private func exchange(
    _ type: UInt8, _ body: [UInt8], room: Int
  ) throws(ShareServerError) -> [UInt8] {
    let size = MessageHeader.size + body.count
    let header = MessageHeader(messageSize: size, type: type, tag: Self.noTag)
    var (body, answer) = (body, [UInt8](repeating: 0, count: room))
    let received = try Self.withBytes(of: &answer) { room throws(ShareServerError) in
      guard !body.isEmpty else { return try exchange(header, [], into: [room]) }
      return try Self.withBytes(of: &body) { body throws(ShareServerError) in
        try exchange(header, [body], into: [room])
      }
    }
    let bytes = answer.prefix(received.messageSize - MessageHeader.size)
    guard received.type != MessageType.failure else {
      throw .refused(number: Int32(truncatingIfNeeded: UInt32(littleEndianBytes: bytes.prefix(4))))
    }
    return Array(bytes)
  }
}
