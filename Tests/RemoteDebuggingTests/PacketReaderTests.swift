import Testing

@testable import RemoteDebugging

/// Packets: `$CONTENTS#CHECKSUM`.
@Suite struct PacketReaderTests {
  private static func arrivals(_ text: String) -> [Arrival] { arrivals(Array(text.utf8)) }

  private static func arrivals(_ bytes: [UInt8]) -> [Arrival] {
    var reader = PacketReader()
    return bytes.compactMap { reader.take($0) }
  }

  private static func packet(_ text: String) -> Arrival { .packet(Array(text.utf8)) }

  @Test func packetsAndSingleBytes() {
    #expect(
      Self.arrivals("+$g#67-\u{3}") == [
        .acknowledged, Self.packet("g"), .repeatRequest, .interrupt,
      ])
    #expect(Self.arrivals("$#00") == [Self.packet("")])
    #expect(Self.arrivals("$OK#9a$OK#9A") == [Self.packet("OK"), Self.packet("OK")])
  }

  @Test func checksums() {
    #expect(Self.arrivals("$g#68") == [.damaged])
    #expect(Self.arrivals("$g#6x") == [.damaged])
    #expect(Self.arrivals("$g#x7") == [.damaged])
    // The next packet is read all the same.
    #expect(Self.arrivals("$g#00$g#67") == [.damaged, Self.packet("g")])
  }

  /// The checksum is that of the bytes as they are sent.
  @Test func escapes() {
    let sent: [UInt8] = [0x24, 0x7D, 0x03, 0x7D, 0x5D, 0x23] + Array("5a".utf8)
    #expect(0x7D &* 2 &+ 0x03 &+ 0x5D as UInt8 == 0x5A)
    #expect(Self.arrivals(sent) == [.packet([0x23, 0x7D])])
  }

  @Test func aPacketThatBeginsWithinAnother() {
    #expect(Self.arrivals("$m0,1$g#67") == [Self.packet("g")])
    #expect(Self.arrivals("$m0,1#$g#67") == [Self.packet("g")])
  }

  @Test func theLongest() {
    let longest = [UInt8](repeating: 0x61, count: PacketReader.longest)
    #expect(Self.arrivals(PacketWriter.packet(longest)) == [.packet(longest)])
    #expect(Self.arrivals(PacketWriter.packet(longest + [0x61])) == [.tooLong])
    let flood = [0x24] + [UInt8](repeating: 0x61, count: 1 << 20) + Array("#00$g#67".utf8)
    #expect(Self.arrivals(flood) == [.tooLong, Self.packet("g")])
  }

  /// A `*` would begin a run, of which the server makes none.
  @Test func whatIsWrittenIsRead() {
    let all = (0...255).map { UInt8($0) }
    let written = PacketWriter.packet(all)
    for special in "$#*".utf8 {
      #expect(!written.dropFirst().dropLast(3).contains(special))
    }
    #expect(Self.arrivals(written) == [.packet(all)])
  }
}
