/// Which pair of queues has the frames of a flow: the one through which the driver sends them (virtio 1.2,
/// 5.1.6.5.6, automatic receive steering).
struct FlowTable {
  /// The last pair that a flow was sent through, by the low bits of the flow's hash.
  private var pairs = [UInt8](repeating: 0, count: 256)

  /// Notes a frame that was sent.
  mutating func record(_ frame: UnsafeRawBufferPointer, pair: Int) {
    if let place = Self.place(of: frame) { pairs[place] = UInt8(truncatingIfNeeded: pair) }
  }

  /// The pair for a frame that has arrived, of those in use.
  func pair(for frame: UnsafeRawBufferPointer, of count: Int) -> Int {
    Self.place(of: frame).map { Int(pairs[$0]) % count } ?? 0
  }

  /// Where a frame's flow is in the table, the same in both directions; nil for what is not IP.
  private static func place(of frame: UnsafeRawBufferPointer) -> Int? {
    guard let (network, kind) = frame.packet else { return nil }
    var hash: UInt32
    let transport: Int
    var hasPorts: Bool
    switch kind {
    case 0x0800 where frame.count >= network + 20:
      hash = frame.big(network + 12, as: UInt32.self) ^ frame.big(network + 16)
      transport = network + Int(frame[network] & 15) * 4
      // Fragments have no ports but the first.
      hasPorts =
        [6, 17].contains(frame[network + 9])
        && frame.big(network + 6, as: UInt16.self) & 0x3FFF == 0
    case 0x86DD where frame.count >= network + 40:
      hash = 0
      for offset in stride(from: network + 8, to: network + 40, by: 4) {
        hash ^= frame.big(offset, as: UInt32.self)
      }
      transport = network + 40
      hasPorts = [6, 17].contains(frame[network + 6])
    default: return nil
    }
    hasPorts = hasPorts && frame.count >= transport + 4
    if hasPorts { hash ^= UInt32(frame.big(transport) ^ frame.big(transport + 2, as: UInt16.self)) }
    // The upper bits of a multiplication depend on all of the hash.
    return Int((hash &* 0x9E37_79B1) >> 24)
  }
}
