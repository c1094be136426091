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

  /// H_LOGICAL_CI_LOAD and H_LOGICAL_CACHE_LOAD. Without caches both may read all of memory and the
  /// registers of devices.
  static func load(
    _ call: HypercallContext, size: UInt64, address: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    guard let size = Self.size(size, at: address),
      let value = call.partition.space.load(at: address, size: size)
    else { throw .parameter }
    return value
  }

  /// H_LOGICAL_CI_STORE and H_LOGICAL_CACHE_STORE
  static func store(
    _ call: HypercallContext, size: UInt64, address: UInt64, value: UInt64
  ) throws(HypercallStatus) {
    guard let size = Self.size(size, at: address),
      call.partition.space.store(value, at: address, size: size)
    else { throw .parameter }
  }

  /// The bytes of an access: 1, 2, 4 or 8, to which its address is aligned.
  private static func size(_ size: UInt64, at address: UInt64) -> Int? {
    guard [1, 2, 4, 8].contains(size), address.isMultiple(of: size) else { return nil }
    return Int(size)
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
