/// What a driver leaves to the device when it sends: checksums, and cutting TCP's data into segments
/// (virtio 1.2, 5.1.6.2).
struct TransmitOffload {
  /// Bytes of the header before each frame.
  static let headerSize = 12

  /// Kinds of segmentation.
  enum Segmentation: Hashable {
    case none, tcp4, tcp6
  }

  /// Whether a checksum is missing, from `checksumStart` on, at `checksumStart + checksumOffset`.
  var needsChecksum: Bool
  var segmentation: Segmentation
  /// Bytes of TCP's data in a segment.
  var segmentSize: Int
  var checksumStart: Int
  var checksumOffset: Int

  /// The offload in the header before a frame; nil when it asks for what is not there.
  init?(_ header: UnsafeRawBufferPointer) {
    guard header.count >= Self.headerSize else { return nil }
    func half(_ offset: Int) -> Int {
      Int(UInt16(littleEndian: header.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
    needsChecksum = header[0] & 1 != 0
    // Bit 7: TCP's congestion notification, which only the first segment keeps.
    switch header[1] & 0x7F {
    case 0: segmentation = .none
    case 1: segmentation = .tcp4
    case 4: segmentation = .tcp6
    default: return nil
    }
    (segmentSize, checksumStart, checksumOffset) = (half(4), half(6), half(8))
    guard segmentation == .none || (needsChecksum && segmentSize >= Self.leastSegment) else {
      return nil
    }
  }

  /// TCP's data in a segment, at least: no driver has less room, and the number of segments of a frame
  /// stays small.
  private static let leastSegment = 8

  /// Sends a frame as the driver wants it.
  /// - Parameters:
  ///   - frame: the frame, which is changed.
  ///   - scratch: room for a segment, as large as the frame.
  ///   - isWhole: whether data is not cut into segments, only completed.
  /// - Returns: false when the frame is not what the header says.
  func apply(
    to frame: UnsafeMutableRawBufferPointer, scratch: UnsafeMutableRawBufferPointer,
    isWhole: Bool = false, send: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    if segmentation != .none {
      return segment(frame, scratch, size: isWhole ? frame.count : segmentSize, send)
    }
    if needsChecksum {
      let place = checksumStart + checksumOffset
      guard place + 2 <= frame.count else { return false }
      var checksum = InternetChecksum()
      // The field has the sum of the pseudo header.
      checksum.add(UnsafeRawBufferPointer(rebasing: frame[checksumStart...]))
      // Zero says in UDP that there is no checksum; the other zero of ones' complement says zero.
      let value = checksum.value == 0 ? 0xFFFF : checksum.value
      frame.storeBytes(of: value.bigEndian, toByteOffset: place, as: UInt16.self)
    }
    send(UnsafeRawBufferPointer(frame))
    return true
  }

  // MARK: segmentation

  /// Where the parts of a frame with TCP in it are.
  private struct Layout {
    var network: Int
    var transport: Int
    /// Bytes up to the end of TCP's header.
    var headers: Int
  }

  private func layout(_ frame: UnsafeMutableRawBufferPointer) -> Layout? {
    let isFour = segmentation == .tcp4
    // One tag of a virtual network may be before the protocol's number.
    guard frame.count >= 18 else { return nil }
    let network = frame[12] == 0x81 && frame[13] == 0 ? 18 : 14
    let transport = checksumStart
    let leastHeader = isFour ? 20 : 40
    guard transport >= network + leastHeader, transport + 20 <= frame.count,
      frame[network] >> 4 == (isFour ? 4 : 6)
    else { return nil }
    if isFour {
      guard Int(frame[network] & 15) * 4 == transport - network else { return nil }
    }
    let headers = transport + Int(frame[transport + 12] >> 4) * 4
    // Every segment repeats the headers: long ones would multiply what one frame becomes.
    guard headers >= transport + 20, headers <= frame.count, headers <= Self.mostHeaders else {
      return nil
    }
    return Layout(network: network, transport: transport, headers: headers)
  }

  /// The most bytes of a frame's headers.
  private static let mostHeaders = 512

  private func segment(
    _ frame: UnsafeMutableRawBufferPointer, _ scratch: UnsafeMutableRawBufferPointer, size: Int,
    _ send: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    guard let layout = layout(frame), scratch.count >= frame.count else { return false }
    let sequence = frame.big(layout.transport + 4, as: UInt32.self)
    let identification = frame.big(layout.network + 4, as: UInt16.self)
    let flags = frame[layout.transport + 13]
    scratch.copyMemory(from: UnsafeRawBufferPointer(rebasing: frame[..<layout.headers]))
    var (offset, number) = (layout.headers, 0)
    repeat {
      let count = min(size, frame.count - offset)
      let end = layout.headers + count
      UnsafeMutableRawBufferPointer(rebasing: scratch[layout.headers..<end])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: frame[offset..<offset + count]))
      scratch.putBig(
        sequence &+ UInt32(truncatingIfNeeded: offset - layout.headers), at: layout.transport + 4)
      // FIN and PSH belong to the last segment, CWR to the first.
      var kept = flags
      if offset + count < frame.count { kept &= ~0x09 }
      if number > 0 { kept &= ~0x80 }
      scratch[layout.transport + 13] = kept
      let segment = UnsafeMutableRawBufferPointer(rebasing: scratch[..<end])
      finishNetworkHeader(segment, layout, identification &+ UInt16(truncatingIfNeeded: number))
      finishTransportHeader(segment, layout)
      send(UnsafeRawBufferPointer(segment))
      offset += count
      number += 1
    } while offset < frame.count
    return true
  }

  private func finishNetworkHeader(
    _ segment: UnsafeMutableRawBufferPointer, _ layout: Layout, _ identification: UInt16
  ) {
    let network = layout.network
    guard segmentation == .tcp4 else {
      // The length behind the first 40 bytes.
      segment.putBig(UInt16(clamping: segment.count - network - 40), at: network + 4)
      return
    }
    segment.putBig(UInt16(clamping: segment.count - network), at: network + 2)
    segment.putBig(identification, at: network + 4)
    segment.putBig(0 as UInt16, at: network + 10)
    var checksum = InternetChecksum()
    checksum.add(UnsafeRawBufferPointer(rebasing: segment[network..<layout.transport]))
    segment.putBig(checksum.value, at: network + 10)
  }

  private func finishTransportHeader(
    _ segment: UnsafeMutableRawBufferPointer, _ layout: Layout
  ) {
    let (network, transport) = (layout.network, layout.transport)
    let addresses =
      segmentation == .tcp4 ? network + 12..<network + 20 : network + 8..<network + 40
    segment.putBig(0 as UInt16, at: transport + 16)
    var checksum = InternetChecksum()
    checksum.add(UnsafeRawBufferPointer(rebasing: segment[addresses]))
    checksum.add(6 as UInt32)
    checksum.add(UInt32(clamping: segment.count - transport))
    checksum.add(UnsafeRawBufferPointer(rebasing: segment[transport...]))
    segment.putBig(checksum.value, at: transport + 16)
  }
}
