import Testing

@testable import Devices

/// What a driver leaves to the card when it sends.
@Suite struct TransmitOffloadTests {
  /// The header before a frame.
  static func header(
    flags: UInt8 = 1, kind: UInt8 = 0, size: UInt16 = 0, start: UInt16 = 0, offset: UInt16 = 0
  ) -> [UInt8] {
    [flags, kind, 0, 0]
      + [size, start, offset, 0].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  static func big(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
  }

  /// Ethernet, IP and TCP with 12 bytes of options, and data.
  static func frame(isSix: Bool, isTagged: Bool, data: [UInt8], flags: UInt8) -> [UInt8] {
    var bytes = [UInt8](repeating: 2, count: 12)
    if isTagged { bytes += [0x81, 0, 0, 5] }
    bytes += isSix ? [0x86, 0xDD] : [8, 0]
    let transport = 32 + data.count
    if isSix {
      bytes += [0x60, 0, 0, 0] + big(transport, 2) + [6, 64]
      bytes += (0..<32).map { UInt8(0x20 + $0) }
    } else {
      bytes += [0x45, 0] + big(20 + transport, 2) + [0xFF, 0xFF, 0x40, 0, 64, 6, 0, 0]
      bytes += [10, 0, 2, 15, 10, 0, 2, 2]
    }
    // The sequence number passes 2^32.
    bytes += [0x30, 0x39, 0, 80] + big(0xFFFF_FF00, 4) + big(7, 4) + [0x80, flags, 1, 0]
    bytes += [0xAA, 0xAA, 0, 0] + [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
    return bytes + data
  }

  /// Each segment repeats the headers: a frame must not become many times as many bytes.
  @Test func `tiny segments and long headers are refused`() {
    let frame = Self.frame(
      isSix: false, isTagged: false, data: [UInt8](repeating: 1, count: 4000), flags: 0x10)
    for size in [1, 7] as [UInt16] {
      let header = Self.header(kind: 1, size: size, start: 34, offset: 16)
      #expect(Self.apply(header, frame)?.isSent != true)
    }
    let header = Self.header(kind: 1, size: 64, start: 34, offset: 16)
    #expect(Self.apply(header, frame)?.frames.count == 63)
    // TCP for IPv6 begins behind 30,000 bytes of extension headers.
    var long = Self.frame(isSix: true, isTagged: false, data: [], flags: 0x10)
    long.insert(contentsOf: [UInt8](repeating: 0, count: 30_000), at: 54)
    let six = Self.header(kind: 4, size: 64, start: 30_054, offset: 16)
    #expect(Self.apply(six, long + [UInt8](repeating: 1, count: 4000))?.isSent != true)
  }

  /// The sum of all words, in ones' complement, as RFC 1071 shows it: 0xFFFF for what is right.
  static func sum(_ bytes: [UInt8]) -> Int {
    var sum = 0
    for at in stride(from: 0, to: bytes.count, by: 2) {
      sum += Int(bytes[at]) << 8 + (at + 1 < bytes.count ? Int(bytes[at + 1]) : 0)
      if sum > 0xFFFF { sum = sum - 0xFFFF }
    }
    return sum
  }

  static func apply(_ header: [UInt8], _ frame: [UInt8]) -> (isSent: Bool, frames: [[UInt8]])? {
    guard let offload = header.withUnsafeBytes({ TransmitOffload($0) }) else { return nil }
    var (frame, scratch) = (frame, [UInt8](repeating: 0xEE, count: frame.count))
    var sent: [[UInt8]] = []
    let isSent = frame.withUnsafeMutableBytes { frame in
      scratch.withUnsafeMutableBytes { scratch in
        offload.apply(to: frame, scratch: scratch) { sent.append(Array($0)) }
      }
    }
    return (isSent, sent)
  }

  @Test(arguments: [false, true], [false, true])
  func `data is cut into segments`(isSix: Bool, isTagged: Bool) throws {
    let data = (0..<4001).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 8) }
    // CWR, ACK, PSH, FIN.
    let frame = Self.frame(isSix: isSix, isTagged: isTagged, data: data, flags: 0x99)
    let network = isTagged ? 18 : 14
    let transport = network + (isSix ? 40 : 20)
    let result = try #require(
      Self.apply(
        Self.header(
          kind: isSix ? 4 : 1, size: 1400, start: UInt16(transport), offset: 16), frame))
    #expect(result.isSent)
    #expect(result.frames.map { $0.count - transport - 32 } == [1400, 1400, 1201])
    #expect(result.frames.flatMap { $0[(transport + 32)...] } == data)
    for (index, segment) in result.frames.enumerated() {
      let expected = Self.big(0xFFFF_FF00 + 1400 * index, 4)
      #expect(Array(segment[transport + 4..<transport + 8]) == expected)
      #expect(segment[transport + 13] == [0x90, 0x10, 0x19][index])
      let length = segment.count - transport
      if isSix {
        #expect(Array(segment[network + 4..<network + 6]) == Self.big(length, 2))
      } else {
        #expect(Array(segment[network + 2..<network + 4]) == Self.big(length + 20, 2))
        #expect(Array(segment[network + 4..<network + 6]) == Self.big(0xFFFF + index, 2))
        #expect(Self.sum(Array(segment[network..<transport])) == 0xFFFF)
      }
      let addresses =
        isSix
        ? segment[network + 8..<network + 40] : segment[network + 12..<network + 20]
      let pseudo = Array(addresses) + [0, 6] + Self.big(length, 2)
      #expect(Self.sum(pseudo + segment[transport...]) == 0xFFFF)
      #expect(segment[..<network] == frame[..<network])
    }
  }

  @Test(arguments: [0, 1, 2, 3, 77])
  func `a checksum is completed`(count: Int) throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 + 5) }
    // UDP over IPv4, with the sum of the pseudo header where the checksum belongs.
    let pseudo: [UInt8] = [10, 0, 2, 15, 10, 0, 2, 3, 0, 17] + Self.big(8 + count, 2)
    let udp = [0x12, 0x34, 0, 53] + Self.big(8 + count, 2)
    let frame = [UInt8](repeating: 3, count: 34) + udp + Self.big(Self.sum(pseudo), 2) + data
    let result = try #require(Self.apply(Self.header(start: 34, offset: 6), frame))
    #expect(result.isSent && result.frames.count == 1)
    #expect(Self.sum(pseudo + result.frames[0][34...]) == 0xFFFF)
    #expect(result.frames[0][..<40] == frame[..<40])
  }

  @Test func `without work a frame stays as it is`() throws {
    let frame = Self.frame(isSix: false, isTagged: false, data: [1, 2, 3], flags: 0x10)
    let result = try #require(Self.apply(Self.header(flags: 0), frame))
    #expect(result.isSent && result.frames == [frame])
  }

  @Test func `hostile headers change nothing outside`() {
    var random = SystemRandomNumberGenerator()
    let frames = [
      Self.frame(isSix: false, isTagged: false, data: [1, 2, 3], flags: 0x10),
      Self.frame(isSix: true, isTagged: true, data: [], flags: 0x10), [], [1],
      [UInt8](repeating: 0xFF, count: 60),
    ]
    for round in 0..<20_000 {
      let small = { UInt16.random(in: 0...100, using: &random) }
      let any = { UInt16.random(in: 0...0xFFFF, using: &random) }
      let next = round % 2 == 0 ? small : any
      let header = Self.header(
        flags: UInt8.random(in: 0...3, using: &random), kind: [0, 1, 4, 0x81, 5].randomElement()!,
        size: next(), start: next(), offset: next())
      var frame = frames.randomElement()!
      if !frame.isEmpty {
        frame[Int.random(in: 0..<frame.count)] = UInt8.random(in: 0...255, using: &random)
      }
      guard let result = Self.apply(header, frame) else { continue }
      #expect(result.isSent || result.frames.isEmpty)
      #expect(result.frames.allSatisfy { $0.count <= frame.count })
    }
  }
}
