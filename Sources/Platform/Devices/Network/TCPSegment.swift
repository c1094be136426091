/// A frame that has nothing but data of a TCP connection, and right checksums.
struct TCPSegment {
  /// Bytes of an Ethernet header.
  private static let network = 14
  private static let acknowledges: UInt8 = 0x10
  private static let pushes: UInt8 = 0x08

  /// Whether it is of IPv6.
  let isSix: Bool
  /// Offset of TCP's header.
  let transport: Int
  /// Offset of the data.
  let headers: Int
  /// Offset of the data's end; a short frame is padded.
  var end: Int
  /// Sequence number of the first byte.
  let sequence: UInt32
  /// Whether the sender pushes the data to the receiver's program.
  var isPushed: Bool

  /// Bytes of data.
  var count: Int { end - headers }

  /// - Parameter isChecked: whether the checksums are known to be right.
  init?(_ frame: UnsafeRawBufferPointer, isChecked: Bool) {
    let network = Self.network
    guard frame.count >= network + 40 else { return nil }
    let packet: Int
    switch frame.big(12, as: UInt16.self) {
    case 0x0800:
      // Without options and not a fragment.
      guard frame[network] == 0x45, frame.big(network + 6, as: UInt16.self) & 0xBFFF == 0,
        frame[network + 9] == 6
      else { return nil }
      (isSix, transport) = (false, network + 20)
      packet = Int(frame.big(network + 2, as: UInt16.self))
    case 0x86DD:
      guard frame[network] >> 4 == 6, frame[network + 6] == 6 else { return nil }
      (isSix, transport) = (true, network + 40)
      packet = 40 + Int(frame.big(network + 4, as: UInt16.self))
    default: return nil
    }
    end = network + packet
    guard end <= frame.count, end >= transport + 20 else { return nil }
    headers = transport + Int(frame[transport + 12] >> 4) * 4
    let flags = frame[transport + 13]
    guard headers >= transport + 20, headers < end,
      flags & ~Self.pushes == Self.acknowledges, frame[transport + 12] & 15 == 0
    else { return nil }
    sequence = frame.big(transport + 4)
    isPushed = flags & Self.pushes != 0
    if !isChecked, !hasRightChecksums(frame) { return nil }
  }

  private func hasRightChecksums(_ frame: UnsafeRawBufferPointer) -> Bool {
    if !isSix {
      var checksum = InternetChecksum()
      checksum.add(UnsafeRawBufferPointer(rebasing: frame[Self.network..<transport]))
      if checksum.value != 0 { return false }
    }
    var checksum = pseudoHeader(frame)
    checksum.add(UnsafeRawBufferPointer(rebasing: frame[transport..<end]))
    return checksum.value == 0
  }

  /// The sum of addresses, protocol and length.
  private func pseudoHeader(_ frame: UnsafeRawBufferPointer) -> InternetChecksum {
    var checksum = InternetChecksum()
    let addresses = isSix ? Self.network + 8..<transport : Self.network + 12..<transport
    checksum.add(UnsafeRawBufferPointer(rebasing: frame[addresses]))
    checksum.add(6 as UInt32)
    checksum.add(UInt32(clamping: end - transport))
    return checksum
  }

  // MARK: several segments as one

  /// Appends the data of the segment that follows in the same connection, with the same headers.
  /// - Parameters:
  ///   - other: the segment that may follow.
  ///   - bytes: the frame of that.
  ///   - frame: the frame of this one, with room behind it.
  ///   - size: bytes of data of all segments but the last.
  /// - Returns: false, and nothing is changed, when it does not follow.
  mutating func append(
    _ other: TCPSegment, _ bytes: UnsafeRawBufferPointer, to frame: UnsafeMutableRawBufferPointer,
    size: Int
  ) -> Bool {
    guard !isPushed, count.isMultiple(of: size), other.count <= size,
      other.isSix == isSix, other.transport == transport, other.headers == headers,
      other.sequence == sequence &+ UInt32(truncatingIfNeeded: count),
      end + other.count <= min(frame.count, Self.network + 65535),
      hasHeaders(of: bytes, UnsafeRawBufferPointer(frame))
    else { return false }
    UnsafeMutableRawBufferPointer(rebasing: frame[end..<end + other.count])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[headers..<other.end]))
    end += other.count
    isPushed = other.isPushed
    return true
  }

  /// Whether all that must be the same in the headers of two segments of a connection is.
  private func hasHeaders(of other: UnsafeRawBufferPointer, _ own: UnsafeRawBufferPointer) -> Bool {
    func areEqual(_ range: Range<Int>) -> Bool {
      own[range].elementsEqual(other[range])
    }
    let network = Self.network
    let isSamePacket =
      isSix
      // All but the length.
      ? areEqual(0..<network + 4) && areEqual(network + 6..<transport)
      // All but length, identification and checksum.
      : areEqual(0..<network + 2) && areEqual(network + 6..<network + 10)
        && areEqual(network + 12..<transport)
    // Ports, acknowledgement, length of the header, window, options.
    return isSamePacket && areEqual(transport..<transport + 4)
      && areEqual(transport + 8..<transport + 13)
      && areEqual(transport + 14..<transport + 16) && areEqual(transport + 18..<headers)
  }

  /// Completes the headers of several segments in one packet; the checksum of TCP is left to the
  /// receiver, and has the pseudo header's sum.
  func finish(_ frame: UnsafeMutableRawBufferPointer) {
    let network = Self.network
    if isPushed { frame[transport + 13] |= Self.pushes }
    if isSix {
      frame.putBig(UInt16(clamping: end - transport), at: network + 4)
    } else {
      frame.putBig(UInt16(clamping: end - network), at: network + 2)
      frame.putBig(0 as UInt16, at: network + 10)
      var checksum = InternetChecksum()
      checksum.add(UnsafeRawBufferPointer(rebasing: frame[network..<transport]))
      frame.putBig(checksum.value, at: network + 10)
    }
    frame.putBig(~pseudoHeader(UnsafeRawBufferPointer(frame)).value, at: transport + 16)
  }
}
