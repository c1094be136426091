import GuestMemory

/// The block that `copy` has loaded for the following `paste.`.
struct CopyBuffer {
  /// Bytes of a block, which is also its alignment.
  static let size: UInt64 = 128

  /// The block in storage order; zero when there is none.
  private(set) var block = [UInt8](repeating: 0, count: Int(size))
  /// Whether a `copy` has not been followed by its `paste.` yet.
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
  /// Stores the copy buffer's block at an aligned effective address, and empties the buffer.
  /// - Returns: false when an interrupt was raised; the buffer is unchanged.
  func paste(to ea: UInt64) -> Bool {
    guard let real = realAddress(ea, .store, size: Int(CopyBuffer.size)) else { return false }
    guard memory.contains(real, count: CopyBuffer.size) else {
      rejectDeviceOperand(ea, .store)
      return false
    }
    noteTableStore(real, Int(CopyBuffer.size))
    copyBuffer.block.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: memory.base + Int(real), count: $0.count)
        .copyMemory(from: $0)
    }
    noteStoreToCode(real, Int(CopyBuffer.size))
    copyBuffer.isFull = false
    return true
  }
}
