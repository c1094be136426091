import Glibc
import HostSupport
import Synchronization
import Testing

@testable import UserNetwork

/// The network of a guest that this test is.
@Suite struct UserNetworkTests {
  private static let guest: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]

  /// The guest's end and the network's.
  private static func ends() throws -> (guest: Int32, network: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  /// A listening socket of this host, and its port.
  private static func listener() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 4) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(isListening)
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  /// Runs a network on a thread of its own until its socket is closed, and then ends it.
  private static func run(
    _ descriptor: Int32, _ isEnded: AtomicBool, forwards: [PortForward] = []
  ) throws {
    let network = try UserNetwork(
      descriptor: descriptor, isRestricted: false, mtu: nil, forwards: forwards)
    let work = Unmanaged.passRetained(Work(network, isEnded))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let isEnded = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
        isEnded.set()
        return nil
      }, work.toOpaque())
    try #require(status == 0)
    pthread_detach(thread)
  }

  private final class AtomicBool: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
  }

  private final class Work {
    private var network: UserNetwork?
    private let isEnded: AtomicBool

    init(_ network: UserNetwork, _ isEnded: AtomicBool) {
      (self.network, self.isEnded) = (network, isEnded)
    }

    func run() -> AtomicBool {
      network?.run()
      network = nil
      return isEnded
    }
  }

  private static func send(_ frames: FrameStream, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { frames.append($0) }
    frames.flush()
  }

  /// The next frame that a test wants, within ten seconds.
  private static func next(
    _ frames: FrameStream, where isWanted: ([UInt8]) -> Bool
  ) throws -> [UInt8] {
    for _ in 0..<1000 {
      switch frames.next() {
      case .frame(let bytes): if isWanted(Array(bytes)) { return Array(bytes) }
      case .nothing:
        var wait = pollfd(fd: frames.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wait, 1, 10)
      case .closed: Issue.record("the network has ended")
      }
    }
    throw POSIXTimeout()
  }

  private struct POSIXTimeout: Error {}

  /// Asks who has the gateway's address.
  private static func question(from address: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 0xFF, count: 6) + guest + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + guest + address
      + [UInt8](repeating: 0, count: 6) + [10, 0, 2, 2]
  }

  @Test func `it answers, and ends with its socket`() throws {
    let (guest, network) = try Self.ends()
    let isEnded = AtomicBool()
    try Self.run(network, isEnded)
    do {
      let frames = FrameStream(descriptor: guest)
      Self.send(frames, Self.question(from: [10, 0, 2, 15]))
      let answer = try Self.next(frames) { $0.count >= 42 && $0[12] == 8 && $0[13] == 6 }
      #expect(Array(answer[20..<22]) == [0, 2])
      #expect(Array(answer[28..<32]) == [10, 0, 2, 2])
    }
    for _ in 0..<1000 where !isEnded.isSet { usleep(10_000) }
    #expect(isEnded.isSet)
  }

  @Test func `a connection to a forwarded port reaches the guest, and the end comes meanwhile`()
    throws
  {
    let (free, port) = try Self.listener()
    close(free)
    let forward = try #require(PortForward("tcp:\(port):80"))
    let (guest, network) = try Self.ends()
    let isEnded = AtomicBool()
    try Self.run(network, isEnded, forwards: [forward])
    do {
      let frames = FrameStream(descriptor: guest)
      // The network learns the guest's address.
      Self.send(frames, Self.question(from: [10, 0, 2, 15]))
      _ = try Self.next(frames) { $0.count >= 42 && $0[12] == 8 && $0[13] == 6 }
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(client) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      address.sin_port = port.bigEndian
      let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      #expect(status == 0)
      // TCP's SYN to port 80 of the guest.
      let first = try Self.next(frames) { $0.count >= 54 && $0[12] == 8 && $0[23] == 6 }
      #expect(Array(first[30..<34]) == [10, 0, 2, 15])
      #expect(Array(first[36..<38]) == [0, 80] && first[47] == 2)
    }
    for _ in 0..<1000 where !isEnded.isSet { usleep(10_000) }
    #expect(isEnded.isSet)
  }

  @Test func `a port that is taken is an error`() throws {
    let (taken, port) = try Self.listener()
    defer { close(taken) }
    let (guest, network) = try Self.ends()
    defer { close(guest) }
    let forward = try #require(PortForward("\(port):22"))
    #expect(throws: UserNetworkError.forward(forward, code: EADDRINUSE)) {
      try UserNetwork(
        descriptor: network, isRestricted: true, mtu: 9000, forwards: [forward])
    }
  }

  @Test(arguments: [[0xFF, 0xFF, 0xFF, 0xFF], [0, 2, 0, 0]] as [[UInt8]])
  func `a length that no frame has ends it`(bytes: [UInt8]) throws {
    let (guest, network) = try Self.ends()
    defer { close(guest) }
    let isEnded = AtomicBool()
    try Self.run(network, isEnded)
    #expect(Glibc.send(guest, bytes, bytes.count, 0) == bytes.count)
    for _ in 0..<1000 where !isEnded.isSet { usleep(10_000) }
    #expect(isEnded.isSet)
  }
}
