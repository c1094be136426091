import Glibc
import GuestMemory
import MachineDescription
import SavedState
import Testing

@testable import Devices

/// A network card with several pairs of queues, and one whose cable is out.
@Suite struct VirtIONetworkQueueTests {
  private static let moreQueues: UInt64 = 1 << 22
  private static let ownAddress = CardDriver.address.bytes
  private static let otherAddress: [UInt8] = [0x52, 0x54, 0, 1, 2, 3]
  private static let pairs = 4
  /// The control queue of a driver that uses several pairs.
  private static let control = 2 * pairs

  private static func packets() throws -> (SocketPair, PacketLink) {
    let pair = try SocketPair(SOCK_SEQPACKET)
    return (pair, PacketLink(descriptor: pair.first))
  }

  /// A frame of UDP of a flow, from the guest or to it.
  private static func frame(port: UInt8, isSent: Bool, isSix: Bool = false, seed: Int = 0)
    -> [UInt8]
  {
    let ends: [[UInt8]] =
      isSix
      ? [[0xFD] + [UInt8](repeating: 1, count: 15), [0xFD] + [UInt8](repeating: 2, count: 15)]
      : [[10, 0, 2, 15], [10, 0, 2, 2]]
    let ports: [[UInt8]] = [[0x80, port], [0, 53]]
    let addresses = isSent ? ends : ends.reversed()
    let network: [UInt8] =
      isSix
      ? [0x60, 0, 0, 0, 0, 40, 17, 64]
      : [0x45, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0]
    let macs = isSent ? otherAddress + ownAddress : ownAddress + otherAddress
    return macs + (isSix ? [0x86, 0xDD] : [8, 0]) + network + addresses.flatMap(\.self)
      + (isSent ? ports : ports.reversed()).flatMap(\.self) + pattern(36, from: seed)
  }

  private static func state(of driver: CardDriver) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter(format: StateWriter.format) { bytes += $0 }
    try driver.transport.code(&writer, instance: 1)
    try writer.finish()
    return bytes
  }

  @Test(arguments: [false, true], [false, true])
  func `what arrives comes through the pair that sends the flow`(isPacked: Bool, isSix: Bool) throws
  {
    let (socket, link) = try Self.packets()
    let driver = try CardDriver(link, isPacked: isPacked, pairs: Self.pairs)
    #expect(driver.get(0x2008, 2) == UInt64(Self.pairs))
    for pair in 0..<Self.pairs { try driver.offerBuffers(4, pair: pair) }
    #expect(try driver.control(4, 0, [4, 0], queue: Self.control) == 0)
    for pair in 0..<Self.pairs {
      let port = UInt8(17 * pair + 1)
      let sent = Self.frame(port: port, isSent: true, isSix: isSix)
      try driver.send(sent, pair: pair)
      #expect(try driver.takeUsed(2 * pair + 1).count == 1)
      #expect(socket.receive() == sent)
      let answer = Self.frame(port: port, isSent: false, isSix: isSix, seed: pair)
      socket.send(answer)
      driver.work.followUp()
      for other in 0..<Self.pairs {
        #expect(
          try driver.received(pair: other).map(\.frame) == (other == pair ? [answer] : []))
      }
    }
    #expect(!driver.isBroken)
  }

  @Test func `only pairs that the driver uses have frames`() throws {
    let (socket, link) = try Self.packets()
    let driver = try CardDriver(link, pairs: Self.pairs)
    for pair in 0..<Self.pairs { try driver.offerBuffers(4, pair: pair) }
    #expect(try driver.control(4, 0, [2, 0], queue: Self.control) == 0)
    try driver.send(Self.frame(port: 9, isSent: true), pair: 1)
    #expect(socket.receive() != nil)
    // What a driver has still put into the queue of another is sent, and nothing arrives there.
    try driver.send(Self.frame(port: 7, isSent: true), pair: 2)
    #expect(try socket.receive() != nil && driver.takeUsed(5).count == 1)
    socket.send(Self.frame(port: 7, isSent: false))
    driver.work.followUp()
    #expect(try driver.received(pair: 2).isEmpty)
    #expect(try driver.received(pair: 0).count + driver.received(pair: 1).count == 1)
    #expect(try driver.control(4, 0, [1, 0], queue: Self.control) == 0)
    let answer = Self.frame(port: 9, isSent: false)
    socket.send(answer)
    driver.work.followUp()
    #expect(try driver.received(pair: 0).map(\.frame) == [answer])
    for bytes in [[0, 0], [5, 0], [0, 1], [1], [1, 0, 0]] as [[UInt8]] {
      #expect(try driver.control(4, 0, bytes, queue: Self.control) == 1)
    }
    #expect(try driver.control(4, 1, [1, 0], queue: Self.control) == 1)
  }

  @Test func `a frame that waits for a pair comes through another when that is no longer used`()
    throws
  {
    let (socket, link) = try Self.packets()
    let driver = try CardDriver(link, pairs: 2)
    #expect(try driver.control(4, 0, [2, 0], queue: 4) == 0)
    try driver.send(Self.frame(port: 5, isSent: true), pair: 1)
    _ = socket.receive()
    // The second pair has no buffers.
    try driver.offerBuffers(4, pair: 0)
    let frame = Self.frame(port: 5, isSent: false)
    socket.send(frame)
    driver.work.followUp()
    #expect(try driver.received(pair: 0).isEmpty)
    #expect(try driver.control(4, 0, [1, 0], queue: 4) == 0)
    #expect(try driver.received(pair: 0).map(\.frame) == [frame])
    // And so does what follows.
    socket.send(frame)
    driver.work.followUp()
    #expect(try driver.received(pair: 0).map(\.frame) == [frame])
  }

  @Test func `what could not be sent where it was saved is sent where it continues`() throws {
    let (full, link) = try Self.packets()
    let driver = try CardDriver(link)
    while send(full.first, [UInt8](repeating: 7, count: 1000), 1000, Int32(MSG_DONTWAIT)) > 0 {}
    let frame = Self.frame(port: 5, isSent: true)
    try driver.send(frame)
    #expect(try driver.takeUsed(1).isEmpty)
    let bytes = try Self.state(of: driver)
    let (socket, other) = try Self.packets()
    let second = try CardDriver(other)
    for page in 0..<(1 << 8) as Range<UInt64> {
      let real = page << 12
      try second.board.memory.write(driver.board.memory.read(4096, at: real), at: real)
    }
    var reader = try StateReader(from: StateReader.source(of: bytes))
    try second.transport.code(&reader, instance: 1)
    try second.transport.claim()
    #expect(socket.receive() == frame)
  }

  @Test func `a driver of one pair has its control queue behind it`() throws {
    let (socket, link) = try Self.packets()
    let driver = try CardDriver(link, features: ~Self.moreQueues, pairs: Self.pairs)
    #expect(try driver.control(0, 0, [1]) == 0)
    #expect(try driver.control(4, 0, [2, 0]) == 1)
    try driver.offerBuffers(1)
    let frame = Self.frame(port: 3, isSent: false)
    socket.send(frame)
    driver.work.followUp()
    #expect(try driver.received().map(\.frame) == [frame])
  }

  @Test func `a card of one pair offers no others`() throws {
    let driver = try CardDriver(try Self.packets().1)
    #expect(driver.transport.features(0) & Self.moreQueues == 0)
    #expect(try driver.control(4, 0, [1, 0]) == 1)
  }

  @Test func `what the host has no room for stays in the queue of each pair`() throws {
    let (socket, link) = try Self.packets()
    let driver = try CardDriver(link, pairs: 2)
    #expect(try driver.control(4, 0, [2, 0], queue: 4) == 0)
    // The host's socket is filled.
    while send(socket.first, [UInt8](repeating: 7, count: 1000), 1000, Int32(MSG_DONTWAIT)) > 0 {}
    let frames = (0..<2).map { Self.frame(port: UInt8($0), isSent: true, seed: $0) }
    for (pair, frame) in frames.enumerated() {
      try driver.send(frame, at: CardDriver.data + 0x1000 * UInt64(pair), pair: pair)
    }
    #expect(try driver.takeUsed(1).isEmpty && driver.takeUsed(3).isEmpty)
    var arrived: [[UInt8]] = []
    driver.wait {
      while let bytes = socket.receive() { if bytes.count != 1000 { arrived.append(bytes) } }
      return arrived.count == 2
    }
    #expect(Set(arrived) == Set(frames))
    #expect(try driver.takeUsed(1).count == 1 && driver.takeUsed(3).count == 1)
  }

  @Test func `the pairs in use and the cable come along`() throws {
    func restored(_ bytes: [UInt8], pairs: Int) throws -> (SocketPair, CardDriver) {
      let (socket, link) = try Self.packets()
      let driver = try CardDriver(link, pairs: pairs)
      for pair in 0..<pairs { try driver.offerBuffers(1, pair: pair) }
      var reader = try StateReader(from: StateReader.source(of: bytes))
      try driver.transport.code(&reader, instance: 1)
      return (socket, driver)
    }
    let driver = try CardDriver(try Self.packets().1, pairs: Self.pairs)
    #expect(try driver.control(4, 0, [3, 0], queue: Self.control) == 0)
    let bytes = try Self.state(of: driver)
    let (socket, second) = try restored(bytes, pairs: Self.pairs)
    try second.send(Self.frame(port: 1, isSent: true), pair: 2)
    #expect(socket.receive() != nil)
    let answer = Self.frame(port: 1, isSent: false)
    socket.send(answer)
    second.work.followUp()
    #expect(try second.received(pair: 2).map(\.frame) == [answer])
    #expect(throws: StateError.self) { try restored(bytes, pairs: 2) }
    // A card as it was before there were pairs has the state that it had.
    let plain = try Self.state(of: CardDriver(try Self.packets().1))
    var reader = try StateReader(from: StateReader.source(of: plain))
    while let section = try reader.next() { #expect(section.bytes.version == 1, "\(section.key)") }
  }

  @Test func `without its cable a card loses frames and tells its driver`() throws {
    let (socket, link) = try Self.packets()
    let card = PCIDevice.Network(address: CardDriver.address)
    var port: CardPort?
    let driver = try CardDriver(queues: 3) { board, work in
      let made = VirtIOTransport.network(
        card, PCIDevice(.network(card), number: 1), link, dma: board.dma, work: work)
      port = made?.port
      return made?.transport
    }
    let cable = try #require(port)
    try driver.offerBuffers(4)
    #expect(driver.linkStatus == 1)
    cable.setConnected(false)
    #expect(driver.linkStatus == 0)
    // The configuration has changed.
    #expect(driver.get(0x1000, 1) & 2 != 0)
    try driver.send(Self.frame(port: 1, isSent: true))
    #expect(try driver.takeUsed(1).count == 1 && socket.receive() == nil)
    socket.send(Self.frame(port: 1, isSent: false))
    driver.work.followUp()
    cable.setConnected(true)
    #expect(driver.linkStatus == 1)
    let frame = Self.frame(port: 2, isSent: false)
    socket.send(frame)
    driver.work.followUp()
    #expect(try driver.received().map(\.frame) == [frame])
    // A reset does not put the cable in.
    cable.setConnected(false)
    driver.start()
    #expect(driver.linkStatus == 0)
  }
}
