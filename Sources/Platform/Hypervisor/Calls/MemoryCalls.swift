internal import GuestMemory

/// hcall-copy, hcall-debug and their relatives: real memory without translation.
enum MemoryCalls {
  /// H_PAGE_INIT: zeroes or copies a 4 KiB page.
  static func initializePage(
    _ call: HypercallContext, flags: UInt64, target: UInt64, source: UInt64
  ) throws(HypercallStatus) {
    let known =
      PageTableFlags.zeroPage | PageTableFlags.copyPage | PageTableFlags.icacheInvalidate
      | PageTableFlags.icacheSynchronize
    guard flags & ~known == 0 else { throw .parameter }
    let memory = call.partition.memory
    let isPage = { (address: UInt64) in
      address & 0xFFF == 0 && memory.contains(address, count: 0x1000)
    }
    let isCopy = flags & PageTableFlags.copyPage != 0
    guard isPage(target), !isCopy || isPage(source) else { throw .parameter }
    // Both at once leave a copy, as the order of LoPAR's steps has it.
    if isCopy {
      try? memory.copy(0x1000, from: source, to: target)
    } else if flags & PageTableFlags.zeroPage != 0 {
      try? memory.fill(0x1000, at: target)
    }
  }

  // MARK: hcall-debug

  /// H_LOGICAL_CI_LOAD and H_LOGICAL_CACHE_LOAD. Without caches both may read all of memory.
  static func load(
    _ call: HypercallContext, size: UInt64, address: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    let memory = call.partition.memory
    guard size > 0, address & (size &- 1) == 0 else { throw .parameter }
    let value: UInt64? =
      switch size {
      case 1: (try? memory.read(UInt8.self, at: address)).map(UInt64.init)
      case 2: (try? memory.read(UInt16.self, at: address)).map(UInt64.init)
      case 4: (try? memory.read(UInt32.self, at: address)).map(UInt64.init)
      case 8: try? memory.read(UInt64.self, at: address)
      default: nil
      }
    guard let value else { throw .parameter }
    return value
  }

  /// H_LOGICAL_CI_STORE and H_LOGICAL_CACHE_STORE
  static func store(
    _ call: HypercallContext, size: UInt64, address: UInt64, value: UInt64
  ) throws(HypercallStatus) {
    let memory = call.partition.memory
    guard size > 0, address & (size &- 1) == 0 else { throw .parameter }
    do {
      switch size {
      case 1: try memory.write(UInt8(truncatingIfNeeded: value), at: address)
      case 2: try memory.write(UInt16(truncatingIfNeeded: value), at: address)
      case 4: try memory.write(UInt32(truncatingIfNeeded: value), at: address)
      case 8: try memory.write(value, at: address)
      default: throw HypercallStatus.parameter
      }
    } catch { throw .parameter }
  }

  /// H_LOGICAL_ICBI: the engines must decode the line again.
  static func invalidateInstructions(
    _ call: HypercallContext, address: UInt64
  ) throws(HypercallStatus) {
    let memory = call.partition.memory
    let line = address & ~127
    guard let bytes = try? memory.read(128, at: line) else { throw .parameter }
    // Writing the unchanged bytes makes the engines drop their code.
    try? memory.write(bytes, at: line)
  }

  /// H_LOGICAL_DCBF: there is no data cache to flush.
  static func flushData(_ call: HypercallContext, address: UInt64) throws(HypercallStatus) {
    guard call.partition.memory.contains(address, count: 1) else { throw .parameter }
  }

  // MARK: hcall-memop1

  /// KVMPPC_H_LOGICAL_MEMOP: copies `count` elements of 2^`sizeLog2` bytes, inverted if asked.
  static func copy(
    _ call: HypercallContext, target: UInt64, source: UInt64, sizeLog2: UInt64, count: UInt64,
    operation: UInt64
  ) throws(HypercallStatus) {
    let memory = call.partition.memory
    guard sizeLog2 <= 3, operation <= 1, count <= 0x8000_0000 else { throw .parameter }
    let mask: UInt64 = 1 << sizeLog2 - 1
    let bytes = count << sizeLog2
    guard target & mask == 0, source & mask == 0, memory.contains(target, count: bytes),
      memory.contains(source, count: bytes)
    else { throw .parameter }
    try? memory.copy(Int(bytes), from: source, to: target)
    guard operation == 1 else { return }
    var place = target
    let end = target + bytes
    while place < end {
      let chunk = min(end - place, 0x1_0000)
      guard let part = try? memory.read(Int(chunk), at: place) else { return }
      try? memory.write(part.map { ~$0 }, at: place)
      place += chunk
    }
  }
}
