import Glibc
import MachineDescription
import Testing

@testable import Devices

/// Segments of a connection that a driver receives as one packet.
@Suite struct TCPSegmentTests {
  /// Segments of a packet as a card sends them, to the card of the driver.
  private static func segments(
    isSix: Bool, data: [UInt8], size: UInt16 = 1000, flags: UInt8 = 0x18
  ) throws -> [[UInt8]] {
    let frame =
      CardDriver.address.bytes
      + TransmitOffloadTests.frame(isSix: isSix, isTagged: false, data: data, flags: flags)[6...]
    let header = TransmitOffloadTests.header(
      kind: isSix ? 4 : 1, size: size, start: isSix ? 54 : 34, offset: 16)
    var frames = try #require(TransmitOffloadTests.apply(header, frame)).frames
    // Senders count the identification on, or leave it.
    if !isSix {
      for index in frames.indices { frames[index][18...19] = frames[0][18...19] }
      for index in frames.indices { Self.sum(&frames[index]) }
    }
    return frames
  }

  /// Makes the checksum of IPv4's header right.
  private static func sum(_ frame: inout [UInt8]) {
    frame[24...25] = [0, 0]
    let sum = 0xFFFF - TransmitOffloadTests.sum(Array(frame[14..<34]))
    frame[24...25] = [UInt8(sum >> 8), UInt8(sum & 255)]
  }

  private static func driver(
    _ format: LinkFormat = .wire, features: UInt64 = .max
  ) throws -> (SocketPair, CardDriver) {
    let pair = try SocketPair(SOCK_STREAM)
    let driver = try CardDriver(
      StreamLink(connected: pair.first, format: format), features: features)
    try driver.offerBuffers(14)
    return (pair, driver)
  }

  @Test(arguments: [false, true], [LinkFormat.wire, .local])
  func `segments become one packet with what the receiver needs`(
    isSix: Bool, format: LinkFormat
  ) throws {
    let data = pattern(5500)
    let segments = try Self.segments(isSix: isSix, data: data)
    #expect(segments.count == 6)
    let (pair, driver) = try Self.driver(format)
    for segment in segments { pair.sendFrame(segment) }
    driver.work.followUp()
    let received = try driver.received()
    try #require(received.count == 1)
    let (header, frame) = received[0]
    let transport = isSix ? 54 : 34
    #expect(Array(frame[(transport + 32)...]) == data)
    #expect(header[0] == 1 && header[1] == (isSix ? 4 : 1))
    #expect(
      Array(header[2..<10]) == [UInt8(transport + 32), 0, 0xE8, 3, UInt8(transport), 0, 16, 0])
    // The last one was pushed.
    #expect(frame[transport + 13] == 0x18)
    let length = TransmitOffloadTests.big(frame.count - (isSix ? 54 : 14), 2)
    #expect(Array(frame[(isSix ? 18 : 16)..<(isSix ? 20 : 18)]) == length)
    if !isSix { #expect(TransmitOffloadTests.sum(Array(frame[14..<34])) == 0xFFFF) }
    // The field has the pseudo header's sum.
    let addresses = Array(frame[(isSix ? 22 : 26)..<transport])
    let pseudo = addresses + [0, 6] + TransmitOffloadTests.big(frame.count - transport, 2)
    let field = Int(frame[transport + 16]) << 8 | Int(frame[transport + 17])
    #expect(TransmitOffloadTests.sum(pseudo) == field)
    // The offload of sending makes the segments again.
    var again = frame
    let full = try #require(TransmitOffloadTests.apply(header, again))
    again = full.frames.flatMap { $0[(transport + 32)...] }
    #expect(again == data && full.frames.count == 6)
  }

  @Test func `what does not follow stays a frame of its own`() throws {
    let segments = try Self.segments(isSix: false, data: pattern(3000), flags: 0x10)
    /// How many packets two segments become, the second one changed before its checksums are made.
    func packets(_ change: (inout [UInt8]) -> Void) throws -> Int {
      let (pair, driver) = try Self.driver(.local)
      var second = segments[1]
      change(&second)
      pair.sendFrame(segments[0])
      pair.sendFrame(second)
      driver.work.followUp()
      let received = try driver.received()
      #expect(received.first?.frame.starts(with: segments[0].prefix(16)) == true)
      return received.count
    }
    #expect(try packets { _ in } == 1)
    // Address of Ethernet, of IP, service, lifetime, fragment, options, ports.
    for place in [11, 15, 20, 21, 22, 29, 33, 35, 37] {
      #expect(try packets { $0[place] ^= 1 } == 2, "\(place)")
    }
    // Sequence, acknowledgement, flags, window, urgent pointer, options.
    for place in [41, 45, 47, 49, 53, 60] {
      #expect(try packets { $0[place] ^= 2 } == 2, "\(place)")
    }
    // The same data once more.
    #expect(try packets { $0 = segments[0] } == 2)
    // One that is larger than those before.
    #expect(
      try packets {
        $0 += [1, 2]
        $0[16...17] = [UInt8(($0.count - 14) >> 8), UInt8(($0.count - 14) & 255)]
      } == 2)
  }

  @Test func `a wrong checksum is the receiver's to find`() throws {
    var segments = try Self.segments(isSix: true, data: pattern(3000))
    segments[1][100] ^= 1
    let (pair, driver) = try Self.driver(.wire)
    for segment in segments { pair.sendFrame(segment) }
    driver.work.followUp()
    let received = try driver.received()
    #expect(received.map(\.frame) == segments)
    #expect(received.map { $0.header[0] } == [2, 0, 2])
  }

  @Test func `a driver gets only what it has accepted`() throws {
    let segments = try Self.segments(isSix: false, data: pattern(3000))
    for (features, flag) in [(~(1 << 7), 2), (~(1 << 1 | 1 << 7 | 1 << 8), 0)]
      as [(UInt64, UInt8)]
    {
      let (pair, driver) = try Self.driver(.local, features: features)
      for segment in segments { pair.sendFrame(segment) }
      driver.work.followUp()
      let received = try driver.received()
      #expect(received.map(\.frame) == segments)
      #expect(received.map { $0.header[0] } == [flag, flag, flag])
    }
  }

  @Test func `a packet has at most 64 KiB`() throws {
    let data = pattern(63_000)
    let segments = try Self.segments(isSix: false, data: data, size: 21_000, flags: 0x10)
    let (pair, driver) = try Self.driver(.local)
    var second = segments
    for index in second.indices {
      second[index][38...41] =
        TransmitOffloadTests.big(
          Int(0xFFFF_FF00 + 63_000 + 21_000 * index) & 0xFFFF_FFFF, 4)[...]
    }
    let all = segments + second
    try driver.offerBuffers(2, of: 4096)
    for segment in all { pair.sendFrame(segment) }
    driver.work.followUp()
    // 16 buffers of a page are not enough for one of them and the rest.
    #expect(try driver.takeUsed(0).count == 16)
    #expect(!driver.isBroken)
  }
}
