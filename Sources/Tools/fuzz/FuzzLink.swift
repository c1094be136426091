import Devices
import Glibc
import Synchronization

/// A network in memory: what is sent is lost, and what arrives is what an input makes.
final class FuzzLink: NetworkLink {
  /// What an input changes.
  struct State: Sendable {
    var format = LinkFormat.headers
    var isUp = true
    /// Whether nothing more can be sent.
    var isFull = false
    var arriving: [[UInt8]] = []
    /// Bytes of the largest frame that was sent.
    var largest = 0
    /// What is received before the next frame.
    var change: NetworkArrival?
  }

  private let state = Mutex(State())
  /// Always readable.
  let descriptor: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    descriptor = ends[0]
    // The writing end stays open as long as the process.
    _ = write(ends[1], "!", 1)
  }

  var format: LinkFormat { state.withLock { $0.format } }
  var isUp: Bool { state.withLock { $0.isUp } }
  var hasFrame: Bool { state.withLock { !$0.arriving.isEmpty } }
  var largest: Int { state.withLock { $0.largest } }

  /// Changes the network.
  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

  func hasRoom() -> Bool { state.withLock { !$0.isFull } }
  func flush() -> Bool { hasRoom() }
  func setReceiveOffload(_ offload: ReceiveOffload) {}

  func send(_ frame: UnsafeRawBufferPointer) {
    let count = frame.count
    state.withLock { $0.largest = max($0.largest, count) }
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival {
    let (change, frame): (NetworkArrival?, [UInt8]?) = state.withLock { state in
      if let change = state.change {
        state.change = nil
        return (change, nil)
      }
      return (nil, state.arriving.isEmpty ? nil : state.arriving.removeFirst())
    }
    guard let frame else { return change ?? .nothing }
    buffer.copyBytes(from: frame.prefix(buffer.count))
    return .frame(min(frame.count, buffer.count))
  }
}

extension InputGenerator {
  /// Ethernet, IP and TCP, mostly right.
  mutating func frame() -> [UInt8] {
    var bytes: [UInt8] = below(3) == 0 ? [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] : []
    if bytes.isEmpty { bytes = [0x52, 0x54, 0, 0x12, 0x34, 0x56] }
    bytes += [0x52, 0x54, 0, 0x12, 0x34, 0x56]
    let count = [0, 40, 1400, 5000, below(65500)][below(5)]
    if below(2) == 0 {
      let length = UInt16(clamping: 40 + count)
      bytes += [
        8, 0, 0x45, 0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, 0x40, 0, 64, 6, 0, 0,
      ]
      bytes += [10, 0, 2, 2, 10, 0, 2, 15]
    } else {
      let length = UInt16(clamping: 20 + count)
      bytes += [0x86, 0xDD, 0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xFF)]
      bytes += [[6, 0, 43, 60][below(4)], 64] + [UInt8](repeating: 1, count: 32)
    }
    bytes += [0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]
    bytes += [UInt8](repeating: 7, count: count)
    return below(3) == 0 ? mutate(bytes) : bytes
  }

  /// A header of virtio, of which some bytes are not zero.
  mutating func frameHeader() -> [UInt8] {
    (0..<12).map { _ in below(3) == 0 ? UInt8(truncatingIfNeeded: next()) : 0 }
  }
}
