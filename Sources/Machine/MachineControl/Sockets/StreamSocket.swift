internal import CSockets
internal import Glibc
internal import HostSupport

/// A connected socket. One thread reads and writes; any thread may call ``shutDown()``.
public final class StreamSocket: @unchecked Sendable {
  // Safety: the descriptor is constant, and only the reading thread uses the buffer.

  package let descriptor: Int32
  private var isOwned = true
  private var buffer: [UInt8] = []
  private var position = 0
  /// Called before a wait for bytes; returns when there are some.
  var beforeWaiting: ((Int32) throws(SocketError) -> Void)?

  /// Takes ownership of a descriptor.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Connects to a listening socket.
  public convenience init(connectingTo address: SocketAddress) throws(SocketError) {
    self.init(
      try address.withSockets("connect to") { descriptor, place, size in
        while connect(descriptor, place, size) != 0 {
          guard errno == EINTR else { return false }
        }
        return true
      })
  }

  deinit { if isOwned { close(descriptor) } }

  /// Gives the descriptor to the caller, which closes it.
  package func takeDescriptor() -> Int32 {
    isOwned = false
    return descriptor
  }

  /// Ends the connection: calls of ``read(_:)`` and ``write(_:passing:)`` that wait fail.
  public func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Ends the output, and waits at most `patience` seconds for the other side to disconnect.
  func finishSending(patience: Int) {
    shutdown(descriptor, Int32(SHUT_WR))
    let end = Stopwatch()
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    while end.milliseconds < Double(patience) * 1000 {
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 100) > 0 else { continue }
      guard recv(descriptor, &bytes, bytes.count, 0) > 0 else { return }
    }
  }

  /// Sends all bytes.
  /// - Parameters:
  ///   - bytes: the bytes.
  ///   - passed: a descriptor to pass with the first byte, on a local socket.
  public func write(_ bytes: [UInt8], passing passed: Int32? = nil) throws(SocketError) {
    let error = WholeWrite.write(bytes, mayWait: { false }) { rest in
      if let passed, rest.count == bytes.count {
        return csockets_send(descriptor, rest.baseAddress, rest.count, passed)
      }
      return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
    }
    guard error == 0 else { throw .host("cannot send", code: error) }
  }

  /// The bytes that have been received and not read.
  var available: ArraySlice<UInt8> { buffer[position...] }

  /// Receives available bytes up to a limit, without waiting, and drops them.
  /// - Returns: whether the connection still exists.
  public func discardAvailable() -> Bool {
    defer { (buffer, position) = ([], 0) }
    return receiveAvailable()
  }

  /// Receives available bytes up to a limit, without waiting.
  /// - Returns: whether the connection still exists.
  func receiveAvailable() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
    buffer = Array(available) + bytes[..<count]
    position = 0
    return true
  }

  /// The next `count` bytes, or fewer when the connection ends.
  public func read(_ count: Int) throws(SocketError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      if position == buffer.count, try !refill() { break }
      let end = min(position + count - bytes.count, buffer.count)
      bytes += buffer[position..<end]
      position = end
    }
    return bytes
  }

  /// The next line without its end; nil when the connection ends.
  /// - Parameter limit: bytes of the longest line.
  public func readLine(limit: Int = 1 << 16) throws(SocketError) -> [UInt8]? {
    var line: [UInt8] = []
    while true {
      if position == buffer.count, try !refill() { return nil }
      let rest = buffer[position...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      line += rest[..<(end ?? rest.endIndex)]
      position = end.map { $0 + 1 } ?? buffer.count
      if end != nil { return line }
      guard line.count <= limit else { throw .peer("a line is longer than \(limit) bytes") }
    }
  }

  /// - Returns: whether more bytes arrived.
  private func refill() throws(SocketError) -> Bool {
    try beforeWaiting?(descriptor)
    var count = 0
    buffer = [UInt8](unsafeUninitializedCapacity: 256 << 10) { target, filled in
      repeat {
        count = recv(descriptor, target.baseAddress, target.count, 0)
      } while count < 0 && errno == EINTR
      filled = max(count, 0)
    }
    position = 0
    guard count >= 0 else { throw .last("cannot receive") }
    return count > 0
  }
}
