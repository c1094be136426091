internal import Glibc
internal import HostSupport
public import Hypervisor
internal import MachineDescription
internal import Synchronization

/// Frames of a logical LAN adapter, both ways. The adapter's lock is held.
extension LogicalLANAdapter {
  /// Where a frame begins in a buffer; behind the segment size, if it is large.
  private static let messageOffset = 8
  static let largeMessageOffset = 16
  /// TCP's data in a segment, at least.
  private static let leastSegment: UInt64 = 16
  /// TCP's header is within so many bytes of a frame that is cut into segments.
  private static let mostHeaders = 4096
  /// Milliseconds for which a frame waits until the network takes it, before it is lost.
  private static let patience: Int32 = 2

  // MARK: sending

  /// H_SEND_LOGICAL_LAN
  public func send(
    _ buffers: [BufferDescriptor], segmentSize: UInt64
  ) throws(HypercallStatus) {
    try withLock { adapter throws(HypercallStatus) in
      guard adapter.registration != nil else { throw .dropped }
      let size = buffers.reduce(0) { $0 + $1.count }
      guard let control = buffers.first?.control, size > 0 else { return }
      guard size <= NetworkPort.largestFrame else { throw .parameter }
      let frame = UnsafeMutableRawBufferPointer(
        rebasing: adapter.port.outgoing[
          NetworkPort.headerSize..<NetworkPort.headerSize + size])
      var offset = 0
      for buffer in buffers {
        do throws(DMAError) {
          try adapter.dma.read(
            buffer.count, at: buffer.address,
            into: UnsafeMutableRawBufferPointer(rebasing: frame[offset...]))
        } catch { throw .parameter }
        offset += buffer.count
      }
      adapter.put(header: try adapter.header(of: frame, control, segmentSize))
      guard size >= 14, adapter.awaitRoom() else { throw .dropped }
      adapter.port.send(NetworkPort.headerSize + size)
      adapter.flush()
    }
  }

  /// Stores virtio's header of the frame in the port's room for it; the rest of it is zero.
  func put(header: [UInt8]) {
    let room = UnsafeMutableRawBufferPointer(
      rebasing: port.outgoing[..<NetworkPort.headerSize])
    room.initializeMemory(as: UInt8.self, repeating: 0)
    room.copyBytes(from: header)
  }

  /// What the driver leaves to the adapter, as virtio's header says it; TCP's checksum is prepared for
  /// that.
  private func header(
    of frame: UnsafeMutableRawBufferPointer, _ control: BufferDescriptor.Control,
    _ segmentSize: UInt64
  ) throws(HypercallStatus) -> [UInt8] {
    let isLarge = attributes & Attribute.largePackets != 0 && segmentSize != 0
    let lacksChecksum = control.contains(.lacksChecksum)
    guard isLarge || lacksChecksum || control.contains(.hasGoodChecksum) else { return [] }
    guard let place = TCPPlace(UnsafeRawBufferPointer(frame)) else { throw .parameter }
    if lacksChecksum || control.contains(.hasGoodChecksum) {
      let needed = place.isSix ? Attribute.checksum6 : Attribute.checksum4
      guard control.contains(.hasGoodChecksum), attributes & needed != 0 else { throw .parameter }
    }
    if lacksChecksum,
      HardwareAddress(UnsafeRawBufferPointer(rebasing: frame[6..<12])) != port.filter.address
    {
      throw .dropped
    }
    if isLarge {
      guard segmentSize >= Self.leastSegment, segmentSize <= UInt16.max,
        place.data <= Self.mostHeaders
      else { throw .parameter }
    }
    let isCut = isLarge && frame.count - place.data > segmentSize
    guard lacksChecksum || isCut else { return [] }
    place.putPseudoChecksum(frame)
    let kind = place.isSix ? NetworkPort.Segmentation.tcp6 : NetworkPort.Segmentation.tcp4
    let numbers = [
      isCut ? place.data : 0, isCut ? Int(segmentSize) : 0, place.transport,
      TCPPlace.checksumOffset,
    ]
    return [NetworkPort.HeaderFlag.needsChecksum, isCut ? kind : 0]
      + numbers.flatMap { UInt16(clamping: $0).littleEndianBytes }
  }

  /// Waits a little while the network takes nothing.
  private func awaitRoom() -> Bool {
    if port.hasRoom() {
      isStalled = false
      return true
    }
    if !isStalled, isWritable(port.link.descriptor), port.hasRoom() { return true }
    isStalled = true
    return false
  }

  /// Sends what is kept; the rest of it when the network takes more.
  func flush() {
    let isBlocked = !port.flush()
    guard isBlocked != self.isBlocked else { return }
    self.isBlocked = isBlocked
    wait()
  }

  /// Waits for what can be done next.
  func wait() { port.wait(receives: registration != nil, isBlocked: isBlocked) }

  private func isWritable(_ descriptor: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&wait, 1, Self.patience) > 0
  }

  // MARK: receiving

  func linkReady() {
    flush()
    // The driver may have deregistered meanwhile.
    if registration != nil { receive() }
  }

  /// Passes on what has arrived. What comes while there is no buffer waits for one.
  func receive() {
    port.receive(linkChanged: {}) { packet in deliver(packet) }
    interruptIfNeeded()
    wait()
  }

  func interruptIfNeeded() {
    if mustInterrupt, hasInterrupt { interrupt.pulse() }
    mustInterrupt = false
  }

  /// Puts a packet into a buffer of the driver; false when it has none at all.
  private func deliver(_ packet: UnsafeMutableRawBufferPointer) -> Bool {
    guard let registration else { return true }
    guard pools.count > 0 else { return false }
    let frame = UnsafeMutableRawBufferPointer(rebasing: packet[NetworkPort.headerSize...])
    let isLarge = packet[1] & 0x7F != 0
    var control = Control()
    if packet[0] & NetworkPort.HeaderFlag.needsChecksum != 0 {
      control = leaveOutChecksum(frame, packet)
    } else if packet[0] & NetworkPort.HeaderFlag.checksumIsRight != 0,
      TCPPlace(UnsafeRawBufferPointer(frame)) != nil
    {
      control = .hasGoodChecksum
    }
    let offset = isLarge ? Self.largeMessageOffset : Self.messageOffset
    let isStrict = attributes & Attribute.bufferSizes != 0
    guard let buffer = pools.take(offset + frame.count, isStrict: isStrict) else {
      lostFrames &+= 1
      try? dma.write(
        lostFrames.byteSwapped, at: BusAddress(registration.bufferList) + (Self.page - 8))
      return true
    }
    do throws(DMAError) {
      if isLarge {
        control.insert(.isLarge)
        let size = UInt16(packet[4]) | UInt16(packet[5]) << 8
        try dma.write(UInt64(size).byteSwapped, at: buffer.address + 8)
      }
      try dma.write(UnsafeRawBufferPointer(frame), at: buffer.address + UInt64(offset))
      control.insert(.toggle)
    } catch {
      // The driver has unmapped the buffer: it comes back without a frame.
      control = []
    }
    enqueue(buffer, control, offset: offset, count: frame.count)
    return true
  }

  /// Makes of a frame whose checksum is incomplete one without, or completes it where the receiver could
  /// not leave it out.
  private func leaveOutChecksum(
    _ frame: UnsafeMutableRawBufferPointer, _ packet: UnsafeMutableRawBufferPointer
  ) -> BufferDescriptor.Control {
    if let place = TCPPlace(UnsafeRawBufferPointer(frame)) {
      frame.putBig(0 as UInt16, at: place.transport + TCPPlace.checksumOffset)
      return [.lacksChecksum, .hasGoodChecksum]
    }
    let header = UnsafeRawBufferPointer(rebasing: packet[..<NetworkPort.headerSize])
    guard packet[1] & 0x7F == 0, let offload = TransmitOffload(header) else { return [] }
    // The result is in the frame.
    _ = offload.apply(to: frame, scratch: frame) { _ in }
    return []
  }

  /// Puts an entry into the receive queue. With ``BufferDescriptor/Control/toggle`` there is a frame in
  /// the buffer.
  func enqueue(
    _ buffer: BufferDescriptor, _ control: BufferDescriptor.Control, offset: Int, count: Int
  ) {
    guard var registration else { return }
    let queue = BufferDescriptor(rawValue: registration.queue)
    var control = control
    if !queue.control.contains(.toggle) { control.insert(.valid) }
    let entry = queue.address + registration.next
    do throws(DMAError) {
      // Eight bytes that only the driver understands.
      let handle: UInt64 = (try? dma.read(at: buffer.address)) ?? 0
      try dma.write(handle, at: entry + 8)
      // The driver sees the control byte after the rest.
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      let first = UInt64(control.rawValue) << 56 | UInt64(offset) << 32 | UInt64(count)
      try dma.write(first.byteSwapped, at: entry)
    } catch { return }
    registration.next += Self.entrySize
    if registration.next >= queue.count {
      registration.next = 0
      registration.queue ^= UInt64(Control.toggle.rawValue) << 56
      try? dma.write(
        registration.queue.byteSwapped, at: BusAddress(registration.bufferList))
    }
    self.registration = registration
    mustInterrupt = true
  }
}
