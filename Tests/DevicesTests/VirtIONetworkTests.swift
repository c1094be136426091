import Glibc
import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// A network card and its driver, with a socket of the host as the network.
@Suite struct VirtIONetworkTests {
  /// Bits of features.
  private static let mergedBuffers: UInt64 = 1 << 15
  private static let ownAddress = CardDriver.address.bytes
  private static let otherAddress: [UInt8] = [0x52, 0x54, 0, 1, 2, 3]

  /// A frame of so many bytes.
  private static func frame(_ count: Int, to: [UInt8] = ownAddress, seed: Int = 0) -> [UInt8] {
    to + otherAddress + [8, 0] + pattern(count - 14, from: seed)
  }

  private static func packets() throws -> (SocketPair, PacketLink) {
    let pair = try SocketPair(SOCK_SEQPACKET)
    return (pair, PacketLink(descriptor: pair.first))
  }

  private static func stream(_ format: LinkFormat = .wire) throws -> (SocketPair, StreamLink) {
    let pair = try SocketPair(SOCK_STREAM)
    return (pair, StreamLink(connected: pair.first, format: format))
  }

  @Test(arguments: [false, true], [false, true])
  func `frames go both ways`(isPacked: Bool, isStream: Bool) throws {
    let pair = try SocketPair(isStream ? SOCK_STREAM : SOCK_SEQPACKET)
    let link: any NetworkLink =
      isStream ? StreamLink(connected: pair.first) : PacketLink(descriptor: pair.first)
    let driver = try CardDriver(link, isPacked: isPacked)
    for round in 0..<40 {
      let frame = Self.frame(60 + round, seed: round)
      try driver.send(frame)
      #expect(try driver.takeUsed(1).count == 1)
      let length = isStream ? TransmitOffloadTests.big(frame.count, 4) : []
      #expect(pair.receive() == length + frame)
      try driver.offerBuffers(1)
      isStream ? pair.sendFrame(frame) : pair.send(frame)
      driver.work.followUp()
      let received = try driver.received()
      #expect(received.map(\.frame) == [frame])
      #expect(received.first?.header == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    }
    #expect(!driver.isBroken)
    // Both queues have interrupted.
    #expect(driver.get(0x1000, 1) == 1)
  }

  @Test(arguments: [false, true])
  func `a frame is spread over buffers only where the driver merges them`(merges: Bool) throws {
    let (pair, link) = try Self.packets()
    let driver = try CardDriver(link, features: merges ? .max : ~Self.mergedBuffers)
    let (large, small) = (Self.frame(3000), Self.frame(1012, seed: 7))
    try driver.offerBuffers(5, of: 1024)
    pair.send(large)
    pair.send(small)
    driver.work.followUp()
    if merges {
      let received = try driver.received()
      #expect(received.map(\.frame) == [large, small])
      #expect(received.map { $0.header[10] } == [3, 1])
    } else {
      // The buffer that is too small comes back empty.
      #expect(
        try driver.takeUsed(0) == [.init(id: 0, written: 0), .init(id: 1, written: 1024)])
    }
    #expect(!driver.isBroken)
  }

  @Test(arguments: [false, true])
  func `a frame waits until the driver has room for it`(isPacked: Bool) throws {
    let (pair, link) = try Self.packets()
    let driver = try CardDriver(link, isPacked: isPacked)
    let frames = (0..<3).map { Self.frame(2000, seed: $0) }
    for frame in frames { pair.send(frame) }
    try driver.offerBuffers(1, of: 1024)
    driver.work.followUp()
    // One of two buffers: it stays the driver's.
    #expect(try driver.takeUsed(0) == [])
    // Nothing is waited for but the driver.
    #expect(driver.work.descriptors.count == 2)
    var wait = pollfd(fd: driver.work.descriptors[1], events: Int16(POLLIN), revents: 0)
    #expect(poll(&wait, 1, 0) == 0)
    try driver.offerBuffers(5, of: 1024)
    #expect(try driver.received().map(\.frame) == frames)
  }

  @Test func `what the host has no room for stays in the queue`() throws {
    let (pair, link) = try Self.stream()
    let driver = try CardDriver(link)
    var (sent, received, used) = (0, [UInt8](), 0)
    let frames = (0..<60).map { Self.frame(60_000, seed: $0) }
    while sent < frames.count, used == sent {
      try driver.send(frames[sent])
      sent += 1
      used += try driver.takeUsed(1).count
    }
    // A few hundred kilobytes are kept, and no more.
    #expect(used == sent - 1 && used < 12)
    let expected = frames[..<sent].flatMap { TransmitOffloadTests.big($0.count, 4) + $0 }
    driver.wait {
      received += pair.receive() ?? []
      return received.count == expected.count
    }
    #expect(received == expected)
    #expect(try driver.takeUsed(1).count == 1)
    #expect(!driver.isBroken)
  }

  @Test func `segments and checksums are completed as the link needs it`() throws {
    let frame = TransmitOffloadTests.frame(
      isSix: false, isTagged: false, data: pattern(5000), flags: 0x18)
    let header = TransmitOffloadTests.header(kind: 1, size: 1448, start: 34, offset: 16)
    let (pair, link) = try Self.packets()
    let driver = try CardDriver(link)
    try driver.send(frame, header: header)
    var sizes: [Int] = []
    while let bytes = pair.receive() { sizes.append(bytes.count - 66) }
    #expect(sizes == [1448, 1448, 1448, 656])
    // A link to a process beside this one takes the packet whole, with its sums.
    let (local, whole) = try Self.stream(.local)
    let second = try CardDriver(whole)
    try second.send(frame, header: header)
    let bytes = try #require(local.receive())
    #expect(bytes.count == 4 + frame.count)
    let pseudo = Array(bytes[30..<38]) + [0, 6] + TransmitOffloadTests.big(frame.count - 34, 2)
    #expect(TransmitOffloadTests.sum(pseudo + bytes[38...]) == 0xFFFF)
    // Whose sums are right the driver need not add them up.
    try second.offerBuffers(1)
    local.sendFrame(Self.frame(100))
    second.work.followUp()
    #expect(try second.received().map { $0.header[0] } == [2])
  }

  @Test func `a link ends, and another may follow where the card listens`() throws {
    let (pair, link) = try Self.stream()
    let driver = try CardDriver(link)
    #expect(driver.linkStatus == 1)
    let generation = driver.get(0x15, 1)
    // A length that no frame has.
    pair.send([0, 2, 0, 0])
    driver.work.followUp()
    #expect(driver.linkStatus == 0)
    #expect(driver.get(0x15, 1) != generation)
    #expect(driver.get(0x1000, 1) & 2 != 0)
    // What is sent is lost.
    try driver.send(Self.frame(60))
    #expect(try driver.takeUsed(1).count == 1)

    let path = "/tmp/link-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    defer { unlink(path) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    func call(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    }
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(call { bind(listener, $0, $1) } == 0 && listen(listener, 1) == 0)
    let second = try CardDriver(StreamLink(listening: listener, owner: pair))
    defer { close(listener) }
    for round in 0..<2 {
      #expect(second.linkStatus == 0)
      let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      #expect(call { connect(client, $0, $1) } == 0)
      second.wait { second.linkStatus == 1 }
      let frame = Self.frame(80, seed: round)
      try second.send(frame)
      var bytes = [UInt8](repeating: 0, count: 200)
      #expect(recv(client, &bytes, bytes.count, Int32(MSG_DONTWAIT)) == 84)
      #expect(Array(bytes[4..<84]) == frame)
      close(client)
      second.wait { second.linkStatus == 0 }
    }
    // One that waits takes the place of another at once.
    let clients = (0..<2).map { _ in socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
    for client in clients { #expect(call { connect(client, $0, $1) } == 0) }
    second.wait { second.linkStatus == 1 }
    try second.offerBuffers(1)
    close(clients[0])
    second.work.followUp()
    let frame = TransmitOffloadTests.big(60, 4) + Self.frame(60)
    #expect(send(clients[1], frame, frame.count, 0) == frame.count)
    var count = 0
    second.wait {
      count += (try? second.received().count) ?? 0
      return count == 1
    }
    close(clients[1])
  }

  @Test func `a reset ends reception, and the driver begins again`() throws {
    let (pair, link) = try Self.packets()
    let driver = try CardDriver(link)
    try driver.offerBuffers(2)
    driver.set(0x14, 0, 1)
    pair.send(Self.frame(60))
    driver.work.followUp()
    #expect(try driver.takeUsed(0) == [])
    driver.start()
    try driver.offerBuffers(2)
    driver.work.followUp()
    #expect(try driver.received().map(\.frame) == [Self.frame(60)])
  }

  @Test func `the configuration has address, link and MTU`() throws {
    let (_, link) = try Self.packets()
    let driver = try CardDriver(link, mtu: 9000)
    #expect((0..<6).map { UInt8(driver.get(0x2000 + UInt64($0), 1)) } == Self.ownAddress)
    #expect(driver.get(0x200A, 2) == 9000)
    #expect(driver.transport.features(0) & 1 << 3 != 0)
    let (_, other) = try Self.packets()
    #expect(try CardDriver(other).transport.features(0) & 1 << 3 == 0)
  }

  // MARK: control

  @Test func `the driver chooses what it receives`() throws {
    let (pair, link) = try Self.packets()
    let driver = try CardDriver(link)
    let broadcast = [UInt8](repeating: 0xFF, count: 6)
    let (group, second) = ([0x33, 0x33, 0, 0, 0, 1], [1, 0, 0x5E, 0, 0, 1]) as ([UInt8], [UInt8])
    /// Which of a frame to each of these addresses arrive.
    func arriving() throws -> [Bool] {
      let addresses = [Self.ownAddress, Self.otherAddress, broadcast, group, second]
      return try addresses.map { address in
        try driver.offerBuffers(1)
        pair.send(Self.frame(60, to: address))
        driver.work.followUp()
        let count = try driver.received().count
        // The buffer of what did not arrive is used up by one that does.
        if count == 0 {
          pair.send(Self.frame(60, to: Self.ownAddress))
          driver.work.followUp()
          _ = try driver.received()
        }
        return count == 1
      }
    }
    #expect(try arriving() == [true, true, true, true, true])
    #expect(try driver.control(0, 0, [0]) == 0)
    #expect(try arriving() == [true, false, true, false, false])
    #expect(try driver.control(0, 1, [1]) == 0)
    #expect(try arriving() == [true, false, true, true, true])
    #expect(try driver.control(0, 1, [0]) == 0)
    let tables = [1, 0, 0, 0] + Self.otherAddress + [1, 0, 0, 0] + group
    #expect(try driver.control(1, 0, tables) == 0)
    #expect(try arriving() == [true, true, true, true, false])
    #expect(try driver.control(0, 5, [1]) == 0)
    #expect(try arriving() == [true, true, false, true, false])
    #expect(try driver.control(0, 3, [1]) == 0)
    #expect(try arriving() == [true, true, false, false, false])
    #expect(try driver.control(1, 1, Self.otherAddress) == 0)
    #expect(try driver.control(1, 0, [UInt8](repeating: 0, count: 8)) == 0)
    #expect((0..<6).map { UInt8(driver.get(0x2000 + UInt64($0), 1)) } == Self.otherAddress)
    // More addresses than the table has: all of the kind.
    let many = (0..<65).flatMap { [2, 0, 0, 0, 0, UInt8($0)] as [UInt8] }
    #expect(try driver.control(1, 0, [65, 0, 0, 0] + many + [0, 0, 0, 0]) == 0)
    pair.send(Self.frame(60, to: [2, 9, 9, 9, 9, 9]))
    try driver.offerBuffers(1)
    driver.work.followUp()
    #expect(try driver.received().count == 1)
  }

  @Test(
    arguments: [
      (0, 0, []), (0, 0, [1, 2]), (0, 6, [1]), (1, 0, []), (1, 0, [1, 0, 0, 0]),
      (1, 0, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]), (1, 0, [0, 0, 0, 0, 0, 0, 0, 0, 1]),
      (1, 1, [1, 2, 3]), (2, 0, [0]), (3, 1, []), (4, 0, [1, 0]), (255, 255, []),
    ] as [(UInt8, UInt8, [UInt8])])
  func `a command that is none is refused`(
    group: UInt8, command: UInt8, bytes: [UInt8]
  ) throws {
    let (_, link) = try Self.packets()
    let driver = try CardDriver(link)
    #expect(try driver.control(group, command, bytes) == 1)
    #expect(!driver.isBroken)
  }

  @Test func `requests without room for a header or an answer break the device`() throws {
    for (queue, parts) in [
      (1, [(CardDriver.data, 11, false)]), (2, [(CardDriver.data, 1, false)]),
      (2, [(CardDriver.data, 4, false)]), (1, [(0xF_FFFF_F000, 64, false)]),
      (1, [(CardDriver.data, 0x2_0000, false)]),
    ] as [(Int, [(UInt64, Int, Bool)])] {
      let (_, link) = try Self.packets()
      let driver = try CardDriver(link)
      try driver.offer(queue, parts.map { ($0.0, $0.1, $0.2) })
      driver.notify(queue)
      #expect(driver.isBroken, "\(queue) \(parts)")
      driver.start()
      try driver.send(Self.frame(60))
      #expect(try driver.takeUsed(1).count == 1)
    }
  }

  @Test func `after a move the driver announces its address`() throws {
    let (other, link) = try Self.packets()
    defer { withExtendedLifetime(other) {} }
    let driver = try CardDriver(link)
    try driver.transport.release()
    try driver.transport.claim()
    #expect(driver.linkStatus == 3)
    #expect(driver.get(0x1000, 1) & 2 != 0)
    #expect(try driver.control(3, 0, []) == 0)
    #expect(driver.linkStatus == 1)
    // A driver that cannot is left alone.
    driver.start(features: ~(1 << 21))
    try driver.transport.claim()
    #expect(driver.linkStatus == 1)
  }
}
