import GuestMemory

/// What `copy` has loaded for the `paste.` that follows it.
struct CopyBuffer {
  /// Bytes of a block, which is aligned to as many.
  static let size: UInt64 = 128

  /// The block as it is in storage; zero when there is none.
  private(set) var block = [UInt8](repeating: 0, count: Int(size))
  /// Whether a `copy` has not had its `paste.` yet.
  var isFull = false

  init() {}

  /// A saved block; nil when it has another size.
  init?(_ block: [UInt8]) {
    guard block.count == Int(Self.size) else { return nil }
    self.block = block
    isFull = true
  }

  // Safety: the address is that of a block of guest memory.
  mutating func fill(from address: UInt) {
    guard let source = UnsafeRawPointer(bitPattern: address) else { return }
    block.withUnsafeMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: $0.count))
    }
    isFull = true
  }
}

extension VirtualProcessor {
  /// Moves the copy buffer's block to an aligned effective address, and empties the buffer.
  /// - Returns: false when an interrupt was raised; the buffer is as it was.
  func paste(to ea: UInt64) -> Bool {
    guard let real = realAddress(ea, .store, size: Int(CopyBuffer.size)) else { return false }
    noteTableStore(real, Int(CopyBuffer.size))
    copyBuffer.block.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: memory.base + Int(real), count: $0.count)
        .copyMemory(from: $0)
    }
    codeWritten(real, Int(CopyBuffer.size))
    copyBuffer.isFull = false
    return true
  }
}
