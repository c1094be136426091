internal import Glibc

extension FolderServer {
  /// Serves a client at a stream socket until its other end is closed, or sends what is no message.
  package func run(_ socket: Int32) {
    // A saved state can be larger than any message of a guest.
    var buffer: [UInt8] = []
    var (filled, size) = (0, Self.largestMessage)
    while true {
      if buffer.count < size { buffer += [UInt8](repeating: 0, count: size - buffer.count) }
      let count = buffer.withUnsafeMutableBytes { bytes in
        Glibc.read(socket, bytes.baseAddress.map { $0 + filled }, bytes.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      filled += count
      var start = 0
      while let header = MessageHeader(buffer[start..<filled]) {
        let isState = header.type == MessageType.restore
        guard header.messageSize >= MessageHeader.size,
          header.messageSize <= (isState ? Self.largestState + 64 : Self.largestMessage)
        else { return }
        size = max(Self.largestMessage, header.messageSize)
        guard filled - start >= header.messageSize else { break }
        var isSent = true
        let isServed = buffer.withUnsafeBytes { bytes in
          serve(UnsafeRawBufferPointer(rebasing: bytes[start..<start + header.messageSize])) {
            isSent = Self.send($0, $1, to: socket)
          }
        }
        guard isServed, isSent else { return }
        start += header.messageSize
      }
      if start > 0 {
        buffer.withUnsafeMutableBytes { bytes in
          bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<filled]))
        }
        filled -= start
      }
    }
  }

  /// Sends both parts of an answer.
  private static func send(
    _ head: [UInt8], _ data: UnsafeRawBufferPointer, to socket: Int32
  ) -> Bool {
    var sent = 0
    let size = head.count + data.count
    return head.withUnsafeBytes { head in
      while sent < size {
        let (first, second) = (min(sent, head.count), max(sent - head.count, 0))
        var parts = [
          iovec(
            iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress).map { $0 + first },
            iov_len: head.count - first),
          iovec(
            iov_base: UnsafeMutableRawPointer(mutating: data.baseAddress).map { $0 + second },
            iov_len: data.count - second),
        ]
        let count = writev(socket, &parts, data.count > second ? 2 : 1)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }
}
