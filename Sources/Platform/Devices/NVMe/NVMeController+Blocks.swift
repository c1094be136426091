internal import GuestMemory
internal import MachineDescription
internal import HostSupport
internal import Hypervisor

/// Commands of the namespace (NVM Express 1.4, 6).
extension NVMeController {
  /// Bytes of a logical block.
  static let blockSize: UInt64 = 512
  /// The only namespace's identifier, and what stands for all of them.
  static let namespace: UInt32 = 1
  static let allNamespaces: UInt32 = 0xFFFF_FFFF
  /// The most bytes of a transfer in units of the smallest page, as a power of two: 2 MiB.
  static let mostTransferred: UInt8 = 9

  /// Logical blocks of the namespace.
  var blocks: UInt64 { storage.size / Self.blockSize }
  /// Whether the namespace is write protected.
  var isReadOnly: Bool { disk.isReadOnly || storage.isReadOnly }
  /// Whether writes wait in the host's cache until the driver flushes.
  private var isCaching: Bool { value(of: .writeCache) & 1 != 0 }

  private func check(_ command: NVMeCommand) throws(NVMeStatus) {
    guard command.namespace == Self.namespace else { throw .invalidNamespace }
  }

  /// Byte offset and number of bytes of blocks that are all of the namespace.
  private func bytes(
    _ block: UInt64, _ count: UInt64
  ) throws(NVMeStatus) -> (offset: UInt64, count: UInt64) {
    guard block <= blocks, count <= blocks - block else { throw .outOfRange }
    return (block * Self.blockSize, count * Self.blockSize)
  }

  /// The blocks that a command names.
  private func range(
    _ command: NVMeCommand
  ) throws(NVMeStatus) -> (offset: UInt64, count: UInt64) {
    try check(command)
    return try bytes(command.block, command.blocks)
  }

  /// The blocks of a command that transfers them, and where they are in memory.
  private func transfer(
    _ command: NVMeCommand, _ access: DMAAccess
  ) throws(NVMeStatus) -> (offset: UInt64, pieces: [DMASpace.Piece], bytes: [HostBytes]) {
    guard command.blocks * Self.blockSize <= 4096 << UInt64(Self.mostTransferred) else {
      throw .invalidField
    }
    let range = try range(command)
    let pieces = try command.pieces(range.count, page: pageSize, dma, access)
    return (range.offset, pieces, pieces.map { $0.bytes(in: dma.memory) })
  }

  /// Force unit access: the medium itself.
  private func forcesUnit(_ command: NVMeCommand) -> Bool { command.has(30, of: 12) }

  func read(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let (offset, pieces, bytes) = try transfer(command, .write)
    return .storage(
      StorageOperation(
        action: .read(bytes, at: offset), isDurable: forcesUnit(command), pieces: pieces))
  }

  func write(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let (offset, _, bytes) = try transfer(command, .read)
    return .storage(
      StorageOperation(
        action: .write(bytes, at: offset), isDurable: !isCaching || forcesUnit(command)))
  }

  func compare(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let (offset, _, bytes) = try transfer(command, .read)
    return .storage(StorageOperation(action: .compare(bytes, at: offset)))
  }

  func verify(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let range = try range(command)
    return .storage(StorageOperation(action: .verify(range.count, at: range.offset)))
  }

  func flush(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    if command.namespace != Self.allNamespaces { try check(command) }
    return .storage(StorageOperation(action: .flush))
  }

  func writeZeroes(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let range = try range(command)
    return .storage(
      StorageOperation(
        action: .fill(
          [UInt8](repeating: 0, count: Int(Self.blockSize)), count: range.count, at: range.offset,
          canRelease: command.has(25, of: 12)),
        isDurable: !isCaching || forcesUnit(command)))
  }

  func manageDataset(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    try check(command)
    // Up to 256 ranges: attributes, blocks, the first block.
    let list = try read(16 * (UInt64(command.word(10) & 0xFF) + 1), of: command)
    var ranges: [(offset: UInt64, count: UInt64)] = []
    for place in stride(from: 0, to: list.count, by: 16) {
      let count = UInt32(littleEndianBytes: list[place + 4..<place + 8])
      let block = UInt64(littleEndianBytes: list[place + 8..<place + 16])
      ranges.append(try bytes(block, UInt64(count)))
    }
    // Other attributes than that of blocks that are given up are hints.
    guard command.has(2, of: 11) else { return .done() }
    return .storage(StorageOperation(action: .discard(ranges)))
  }
}
