import Glibc
import Testing

@testable import HostSupport

/// Frames with their length before them.
@Suite struct FrameStreamTests {
  private static func pair() throws -> (stream: FrameStream, other: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (FrameStream(descriptor: ends[0]), ends[1])
  }

  private static func next(_ stream: FrameStream) -> [UInt8]? {
    if case .frame(let bytes) = stream.next() { Array(bytes) } else { nil }
  }

  @Test func `frames keep their boundaries, however they arrive`() throws {
    let (stream, other) = try Self.pair()
    defer { close(other) }
    let frames = (1..<300).map { [UInt8](repeating: UInt8($0 % 251), count: $0 * 7) }
    let bytes = frames.flatMap { frame -> [UInt8] in
      [0, 0, UInt8(frame.count >> 8), UInt8(frame.count & 255)] + frame
    }
    var (received, sent, step) = ([[UInt8]](), 0, 1)
    while sent < bytes.count {
      let count = min(step, bytes.count - sent)
      #expect(send(other, Array(bytes[sent..<sent + count]), count, 0) == count)
      (sent, step) = (sent + count, step % 9000 * 3 + 1)
      while let frame = Self.next(stream) { received.append(frame) }
    }
    #expect(received == frames)
    #expect(!stream.hasFrame)
  }

  @Test func `what the socket does not take is kept and sent later`() throws {
    let (stream, other) = try Self.pair()
    let there = FrameStream(descriptor: other)
    let frames = (0..<40).map { [UInt8](repeating: UInt8($0), count: 60_000 + $0) }
    for frame in frames { frame.withUnsafeBytes { stream.append($0) } }
    #expect(!stream.flush() && stream.waiting > 1 << 20)
    var received: [[UInt8]] = []
    while received.count < frames.count {
      guard let frame = Self.next(there) else {
        stream.flush()
        continue
      }
      received.append(frame)
    }
    #expect(received == frames)
    #expect(stream.flush() && stream.waiting == 0)
  }

  /// They could come without end.
  @Test(arguments: [0, 65_601, .max] as [UInt32])
  func `a frame of no bytes or too many ends the connection`(count: UInt32) throws {
    let (stream, other) = try Self.pair()
    defer { close(other) }
    let length = withUnsafeBytes(of: count.bigEndian) { Array($0) }
    #expect(send(other, length, 4, 0) == 4)
    if case .closed = stream.next() {} else { Issue.record("the connection is closed") }
  }

  @Test func `a slow reader does not make the output grow`() throws {
    let (stream, other) = try Self.pair()
    let there = FrameStream(descriptor: other)
    let frame = [UInt8](repeating: 7, count: 60_000)
    for _ in 0..<500 {
      while stream.waiting < 256 << 10 { frame.withUnsafeBytes { stream.append($0) } }
      _ = stream.flush()
      _ = Self.next(there)
      #expect(stream.heldBytes < 1 << 20)
    }
  }

  @Test func `the end of the other side ends it`() throws {
    let (stream, other) = try Self.pair()
    #expect(send(other, [0, 0, 0, 9, 1] as [UInt8], 5, 0) == 5)
    if case .nothing = stream.next() {} else { Issue.record("half a frame is none") }
    close(other)
    [1, 2, 3].withUnsafeBytes { stream.append($0) }
    #expect(stream.flush())
    if case .closed = stream.next() {} else { Issue.record("the connection is closed") }
  }

  @Test(
    arguments: [
      ("2222:22", "tcp:127.0.0.1:2222-:22"), ("udp:53:5353", "udp:127.0.0.1:53-:5353"),
      ("0.0.0.0:80:8080", "tcp:0.0.0.0:80-:8080"), ("tcp:10.1.2.3:80:81", "tcp:10.1.2.3:80-:81"),
      ("tcp::2222-:22", "tcp:127.0.0.1:2222-:22"), ("::2222-:22", "tcp:127.0.0.1:2222-:22"),
      ("udp:1.2.3.4:5-10.0.2.16:6", "udp:1.2.3.4:5-10.0.2.16:6"),
    ])
  func `a forward has two forms`(text: String, whole: String) throws {
    let forward = try #require(PortForward(text))
    #expect("\(forward)" == whole)
    #expect(PortForward(whole) == forward)
  }

  @Test(
    arguments: [
      "", "22", "0:22", "22:0", "22:65536", "a:22", "sctp:1:2", "1.2.3:4:5", "1.2.3.256:4:5",
      "tcp::1-:2:3", "tcp:1-2", "1:2:3:4", "tcp::1-1.2.3:4", ":22", "22:", "1-2:3-4:5", "-", ":-:",
    ])
  func `a forward that is none`(text: String) { #expect(PortForward(text) == nil) }
}
