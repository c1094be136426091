internal import Glibc

/// Ethernet frames over a stream socket, each after its length in four bytes, big-endian: the format
/// of QEMU's `-netdev stream` and of passt.
///
/// One thread uses it. Nothing waits: what the socket does not take is kept until ``flush()``.
package final class FrameStream {
  /// What has arrived.
  package enum Arrival {
    /// A frame; the bytes are valid until the next call.
    case frame(UnsafeRawBufferPointer)
    /// Nothing now.
    case nothing
    /// The other end is gone, or does not keep to the format.
    case closed
  }

  /// The most bytes of a frame: 64 KiB of a packet and its headers.
  package static let largestFrame = 65536 + 64
  private static let lengthSize = 4
  private static let inputSize = 256 << 10
  /// Output that is written before the end of a burst, so that the other end can begin.
  private static let burst = 128 << 10
  /// Bytes of memory that are kept for output while there is none.
  private static let keptCapacity = 4 << 20

  /// The socket, which the object closes.
  package let descriptor: Int32
  private let input: UnsafeMutableRawBufferPointer
  /// Bytes of ``input`` that have arrived and not been taken.
  private var arrived = 0..<0
  private var output: [UInt8] = []
  /// Bytes of ``output`` that have been sent.
  private var sent = 0
  private var isBroken = false

  package init(descriptor: Int32) {
    self.descriptor = descriptor
    input = .allocate(byteCount: Self.inputSize, alignment: 16)
    // Safety: all of it can be read, whatever arrives.
    input.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit {
    close(descriptor)
    input.deallocate()
  }

  // MARK: receiving

  /// Bytes of the frame that has arrived completely, without its length; nil when none has.
  private var waitingFrame: Int? {
    guard arrived.count >= Self.lengthSize else { return nil }
    let length = UInt32(
      bigEndian: input.loadUnaligned(fromByteOffset: arrived.lowerBound, as: UInt32.self))
    let count = Int(clamping: length)
    return count > Self.largestFrame || arrived.count >= Self.lengthSize + count ? count : nil
  }

  /// Whether a frame is here already, so that the descriptor need not become readable for it.
  package var hasFrame: Bool { waitingFrame != nil }

  /// The next frame.
  package func next() -> Arrival {
    while !isBroken {
      if let count = waitingFrame {
        // A frame of no bytes is none, and could come without end.
        guard (1...Self.largestFrame).contains(count) else { break }
        let start = arrived.lowerBound + Self.lengthSize
        arrived = start + count..<arrived.upperBound
        return .frame(UnsafeRawBufferPointer(rebasing: input[start..<start + count]))
      }
      guard let isMore = receive() else { break }
      if !isMore { return .nothing }
    }
    isBroken = true
    return .closed
  }

  /// Takes what the socket has.
  /// - Returns: whether that was something; nil when the connection has ended.
  private func receive() -> Bool? {
    if arrived.lowerBound > 0 {
      // The rest of a frame that has begun to arrive goes to the front.
      input.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[arrived]))
      arrived = 0..<arrived.count
    }
    while true {
      let count = recv(
        descriptor, input.baseAddress.map { $0 + arrived.upperBound },
        input.count - arrived.upperBound, Int32(MSG_DONTWAIT))
      if count > 0 {
        arrived = arrived.lowerBound..<arrived.upperBound + count
        return true
      }
      if count < 0, errno == EINTR { continue }
      return count < 0 && errno == EAGAIN ? false : nil
    }
  }

  // MARK: sending

  /// Bytes that wait to be sent.
  package var waiting: Int { output.count - sent }

  /// Bytes of output in memory, those included that have been sent.
  var heldBytes: Int { output.count }

  /// Adds a frame to what is sent.
  package func append(_ frame: UnsafeRawBufferPointer) {
    guard !isBroken, frame.count <= Self.largestFrame else { return }
    withUnsafeBytes(of: UInt32(frame.count).bigEndian) { output.append(contentsOf: $0) }
    output.append(contentsOf: frame)
    if waiting >= Self.burst, sent == 0 { flush() }
  }

  /// Sends what waits, as far as the socket takes it.
  /// - Returns: whether nothing is left.
  @discardableResult package func flush() -> Bool {
    while waiting > 0, !isBroken {
      let count = output.withUnsafeBytes { bytes in
        let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
        return Glibc.send(
          descriptor, rest.baseAddress, rest.count,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        // What has been sent must not be kept by a connection that never takes all.
        if sent >= Self.burst {
          output.removeSubrange(..<sent)
          sent = 0
        }
        return false
      } else if errno != EINTR {
        isBroken = true
      }
    }
    output.removeAll(keepingCapacity: output.capacity <= Self.keptCapacity)
    sent = 0
    return true
  }
}
