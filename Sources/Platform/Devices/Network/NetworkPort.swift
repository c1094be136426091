internal import HostSupport
internal import MachineDescription

/// A network card's end of its link: packets, each with virtio's header before it (virtio 1.2, 5.1.6),
/// as drivers send them and can receive them. The card's lock guards it.
final class NetworkPort {
  /// Flags of the header.
  enum HeaderFlag {
    static let needsChecksum: UInt8 = 1
    static let checksumIsRight: UInt8 = 2
  }

  /// Kinds of segmentation in the header's second byte.
  enum Segmentation {
    static let tcp4: UInt8 = 1
    static let tcp6: UInt8 = 4
  }

  /// Bytes of the header.
  static let headerSize = TransmitOffload.headerSize
  /// The most bytes of a frame: 64 KiB of a packet and its headers.
  static let largestFrame = 65535 + 18
  /// Frames that are received before the processors run again, and those that came with them.
  private static let mostArrivals = 256

  /// The network.
  let link: any NetworkLink
  private let watch: DescriptorWatch
  /// Room for a packet that is sent.
  let outgoing: UnsafeMutableRawBufferPointer
  private let segment: UnsafeMutableRawBufferPointer
  /// A packet that is received.
  private var incoming: UnsafeMutableRawBufferPointer
  /// The frame that follows it.
  private var following: UnsafeMutableRawBufferPointer
  /// Bytes in ``incoming`` for which the driver has had no room.
  private var held: Int?
  /// Bytes in ``following``.
  private var next: Int?
  private var offload: ReceiveOffload = []
  /// The most bytes of a frame that several segments are merged in.
  private let largestMerged: Int
  /// The frames that the driver wants.
  var filter: ReceiveFilter
  /// Whether the user has taken the cable out: frames of both directions are lost.
  var isDisconnected = false

  /// - Parameters:
  ///   - address: the card's.
  ///   - link: the network.
  ///   - watch: for the link's descriptor.
  ///   - largestMerged: the most bytes of a frame that several segments are merged in.
  init(
    _ address: HardwareAddress, _ link: any NetworkLink, _ watch: DescriptorWatch,
    largestMerged: Int = largestFrame
  ) {
    (self.link, self.watch, self.largestMerged) = (link, watch, largestMerged)
    filter = ReceiveFilter(address: address)
    let size = Self.headerSize + Self.largestFrame
    outgoing = .allocate(byteCount: size, alignment: 16)
    segment = .allocate(byteCount: size, alignment: 16)
    incoming = .allocate(byteCount: size, alignment: 16)
    following = .allocate(byteCount: size, alignment: 16)
    for buffer in [outgoing, incoming, following] {
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }

  deinit {
    watch.wait(for: [], on: -1)
    for buffer in [outgoing, segment, incoming, following] { buffer.deallocate() }
  }

  /// Adapts to what the driver can receive.
  func use(_ offload: ReceiveOffload) {
    self.offload = offload
    link.setReceiveOffload(offload)
  }

  /// Forgets what waits for the driver.
  func forget() { (held, next) = (nil, nil) }

  // MARK: waiting

  /// Waits for what can be done next.
  /// - Parameters:
  ///   - receives: whether there is a driver to receive for.
  ///   - isBlocked: whether something waits to be sent.
  func wait(receives: Bool, isBlocked: Bool = false) {
    var events: DescriptorWatch.Events = []
    // With a packet that the driver has no room for, its next buffers are waited for.
    if receives, held == nil { events.insert(.input) }
    if isBlocked { events.insert(.output) }
    watch.wait(for: events, on: link.descriptor)
  }

  /// What is waited for.
  var events: DescriptorWatch.Events { watch.events }
  /// Whether a packet waits until the driver has room for it.
  var hasHeldPacket: Bool { held != nil }

  /// Whether frames reach another end.
  var isUp: Bool { link.isUp && !isDisconnected }

  // MARK: sending

  /// Whether one more packet can be sent.
  func hasRoom() -> Bool { isDisconnected || link.hasRoom() }

  /// Sends what the link has kept.
  /// - Returns: false when some of it waits until there is room.
  func flush() -> Bool { link.flush() }

  /// Sends the packet in ``outgoing``, of so many bytes with its header.
  func send(_ count: Int) {
    guard !isDisconnected else { return }
    guard !link.format.hasHeader else {
      return link.send(UnsafeRawBufferPointer(rebasing: outgoing[..<count]))
    }
    let header = UnsafeRawBufferPointer(rebasing: outgoing[..<Self.headerSize])
    let frame = UnsafeMutableRawBufferPointer(rebasing: outgoing[Self.headerSize..<count])
    // A frame that its header does not fit is lost, as one with a wrong checksum is.
    _ = TransmitOffload(header)?
      .apply(
        to: frame, scratch: segment, isWhole: link.format.takesLargePackets, send: link.send)
  }

  // MARK: firmware

  /// Sends a frame as it is.
  /// - Returns: false when it is none.
  func sendFrame(_ frame: [UInt8]) -> Bool {
    guard frame.count >= 14, frame.count <= Self.largestFrame else { return false }
    guard hasRoom() else { return true }
    let count = Self.headerSize + frame.count
    UnsafeMutableRawBufferPointer(rebasing: outgoing[..<Self.headerSize])
      .initializeMemory(as: UInt8.self, repeating: 0)
    outgoing[Self.headerSize...].copyBytes(from: frame)
    send(count)
    _ = flush()
    return true
  }

  /// A frame that has arrived, for whomever; nil when there is none.
  func receiveFrame() -> [UInt8]? {
    let start = link.format.hasHeader ? 0 : Self.headerSize
    let room = UnsafeMutableRawBufferPointer(rebasing: incoming[start...])
    guard case .frame(let count) = link.receive(into: room), start + count > Self.headerSize,
      !isDisconnected
    else { return nil }
    return Array(incoming[Self.headerSize..<start + count])
  }

  // MARK: receiving

  /// Passes on what has arrived, as far as the driver has room for it.
  /// - Parameters:
  ///   - linkChanged: called when the other end has come or gone.
  ///   - deliver: gets a packet; false when there is no room for it.
  func receive(
    linkChanged: () -> Void, deliver: (UnsafeMutableRawBufferPointer) -> Bool
  ) {
    var arrivals = 0
    while true {
      if held == nil {
        if let next {
          swap(&incoming, &following)
          (held, self.next) = (next, nil)
        } else {
          held = receive(into: incoming, &arrivals, linkChanged)
        }
        guard let count = held else { break }
        if !link.format.hasHeader { held = complete(count, &arrivals, linkChanged) }
      }
      guard let count = held,
        deliver(UnsafeMutableRawBufferPointer(rebasing: incoming[..<count]))
      else { break }
      held = nil
    }
  }

  /// Receives a frame that the driver wants, with room for the header before it.
  /// - Returns: bytes with the header; nil when there is nothing now.
  private func receive(
    into buffer: UnsafeMutableRawBufferPointer, _ arrivals: inout Int, _ linkChanged: () -> Void
  ) -> Int? {
    let start = link.format.hasHeader ? 0 : Self.headerSize
    while arrivals < Self.mostArrivals || link.hasFrame {
      arrivals += 1
      switch link.receive(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...])) {
      case .frame(let count):
        let end = start + count
        let frame = UnsafeRawBufferPointer(rebasing: buffer[min(Self.headerSize, end)..<end])
        if !isDisconnected, filter.accepts(frame) { return end }
      case .nothing: return nil
      case .opened, .closed:
        // The next descriptor can have the number of the one that is closed.
        watch.wait(for: [], on: -1)
        linkChanged()
      }
    }
    return nil
  }

  /// Writes the header of the frame in ``incoming``. The data of those that follow in the same TCP
  /// connection is added to it, where the driver takes such packets.
  /// - Returns: bytes of the packet with its header.
  private func complete(_ count: Int, _ arrivals: inout Int, _ linkChanged: () -> Void) -> Int {
    let header = UnsafeMutableRawBufferPointer(rebasing: incoming[..<Self.headerSize])
    header.initializeMemory(as: UInt8.self, repeating: 0)
    guard offload.contains(.checksum) else { return count }
    let isChecked = link.format.isChecked
    let end = max(count, Self.headerSize + largestMerged)
    let frame = UnsafeMutableRawBufferPointer(rebasing: incoming[Self.headerSize..<end])
    guard
      var segment = TCPSegment(
        UnsafeRawBufferPointer(rebasing: frame[..<(count - Self.headerSize)]), isChecked: isChecked)
    else {
      if isChecked { header[0] = HeaderFlag.checksumIsRight }
      return count
    }
    header[0] = HeaderFlag.checksumIsRight
    guard offload.contains(segment.isSix ? .segmentation6 : .segmentation4) else { return count }
    let (size, first) = (segment.count, segment.end)
    while !segment.isPushed, let count = receive(into: following, &arrivals, linkChanged) {
      let bytes = UnsafeRawBufferPointer(rebasing: following[Self.headerSize..<count])
      guard let other = TCPSegment(bytes, isChecked: isChecked),
        segment.append(other, bytes, to: frame, size: size)
      else {
        next = count
        break
      }
    }
    guard segment.end > first else { return count }
    segment.finish(frame)
    header[0] = HeaderFlag.needsChecksum
    header[1] = segment.isSix ? Segmentation.tcp6 : Segmentation.tcp4
    header.putLittle(UInt16(segment.headers), at: 2)
    header.putLittle(UInt16(clamping: size), at: 4)
    header.putLittle(UInt16(segment.transport), at: 6)
    header.putLittle(16 as UInt16, at: 8)
    return Self.headerSize + segment.end
  }
}
