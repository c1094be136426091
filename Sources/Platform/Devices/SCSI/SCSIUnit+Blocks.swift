internal import Hypervisor

/// Blocks of the medium (SBC-3).
extension SCSIUnit {
  /// The most bytes that a command transfers.
  static let mostTransferred: UInt64 = 64 << 20
  /// The most blocks of an UNMAP or WRITE SAME, and the most ranges of an UNMAP.
  static let mostUnmapped: UInt64 = 1 << 22
  static let mostRanges: UInt64 = 255

  /// Byte offset and number of bytes of blocks that are all of the medium.
  private func bytes(
    _ address: UInt64, _ count: UInt64
  ) throws(SCSIFailure) -> (offset: UInt64, count: UInt64) {
    guard address <= blocks, count <= blocks - address else { throw .check(.outOfRange) }
    return (address * blockSize, count * blockSize)
  }

  /// The range of a command that transfers blocks, without protection information.
  private func transfer(
    _ command: SCSICommand
  ) throws(SCSIFailure) -> (offset: UInt64, count: UInt64) {
    let isLong = SCSICommand.length(of: command.operation) > 6
    guard !isLong || !command.has(0xE0, at: 1) else { throw .check(.invalidField) }
    let range = try bytes(command.range.address, command.range.count)
    guard range.count <= Self.mostTransferred else { throw .check(.invalidField) }
    return range
  }

  /// Force unit access: the medium itself.
  private func forcesUnit(_ command: SCSICommand) -> Bool {
    SCSICommand.length(of: command.operation) > 6 && command.has(8, at: 1)
  }

  func read(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let range = try transfer(request.command)
    let pieces = try request.pieces(request.command.dataIn, range.count, .write)
    guard range.count > 0 else { return .done }
    return .storage(
      StorageOperation(
        action: .read(request.bytes(pieces), at: range.offset),
        isDurable: forcesUnit(request.command), pieces: pieces))
  }

  func write(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let range = try transfer(request.command)
    let pieces = try request.pieces(request.command.dataOut, range.count, .read)
    guard range.count > 0 else { return .done }
    return .storage(
      StorageOperation(
        action: .write(request.bytes(pieces), at: range.offset),
        isDurable: !isCaching || forcesUnit(request.command), dataOut: range.count))
  }

  func verify(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    guard !command.has(0xE0, at: 1) else { throw .check(.invalidField) }
    switch command.block[1] >> 1 & 3 {
    case 0:
      let range = try bytes(command.range.address, command.range.count)
      // A reset waits for it.
      guard range.count <= Self.mostTransferred else { throw .check(.invalidField) }
      guard range.count > 0 else { return .done }
      return .storage(StorageOperation(action: .verify(range.count, at: range.offset)))
    case 1:
      let range = try transfer(command)
      let pieces = try request.pieces(command.dataOut, range.count, .read)
      guard range.count > 0 else { return .done }
      return .storage(
        StorageOperation(
          action: .compare(request.bytes(pieces), at: range.offset), dataOut: range.count))
    default: throw .check(.invalidField)
    }
  }

  func synchronize(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    _ = try bytes(request.command.range.address, request.command.range.count)
    return .storage(StorageOperation(action: .flush))
  }

  func writeSame(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    // Protection, anchored blocks, and the block's address in each block are not offered.
    guard !command.has(0xF6, at: 1) else { throw .check(.invalidField) }
    let count = command.range.count
    guard (1...Self.mostUnmapped).contains(count) else { throw .check(.invalidField) }
    let range = try bytes(command.range.address, count)
    // NDOB: there is no data-out buffer, and the block is zero.
    let hasBlock = command.operation == 0x41 || !command.has(1, at: 1)
    guard hasBlock || command.operation == 0x93 else { throw .check(.invalidField) }
    let block =
      hasBlock
      ? try request.parameters(blockSize) : [UInt8](repeating: 0, count: Int(blockSize))
    return .storage(
      StorageOperation(
        action: .fill(
          block, count: range.count, at: range.offset, canRelease: command.has(8, at: 1)),
        isDurable: !isCaching, dataOut: hasBlock ? blockSize : 0))
  }

  func unmap(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    guard !command.has(1, at: 1) else { throw .check(.invalidField) }
    let length = command.value(7, 2)
    guard length > 0 else { return .done }
    guard length >= 8 else { throw .check(.parameterListLength) }
    let list = try request.parameters(length)
    let described = UInt64(bigEndianBytes: list[2..<4])
    let count = min(described, length - 8) / 16
    guard count <= Self.mostRanges else { throw .check(.invalidParameter) }
    var ranges: [(offset: UInt64, count: UInt64)] = []
    var total: UInt64 = 0
    for index in 0..<Int(count) {
      let place = 8 + 16 * index
      let address = UInt64(bigEndianBytes: list[place..<place + 8])
      let blocks = UInt64(bigEndianBytes: list[place + 8..<place + 12])
      total += blocks
      guard total <= Self.mostUnmapped else { throw .check(.invalidParameter) }
      ranges.append(try bytes(address, blocks))
    }
    guard total > 0 else { return .done }
    return .storage(StorageOperation(action: .discard(ranges), dataOut: length))
  }

  func readCapacity10(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    // Only the whole medium's.
    guard !request.command.has(1, at: 8), request.command.value(2, 4) == 0 else {
      throw .check(.invalidField)
    }
    let last = UInt32(clamping: max(blocks, 1) - 1)
    return .data(last.bigEndianBytes + UInt32(blockSize).bigEndianBytes, allocation: 8)
  }

  func readCapacity16(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    var bytes = [UInt8](repeating: 0, count: 32)
    bytes.put(max(blocks, 1) - 1, at: 0)
    bytes.put(UInt32(blockSize), at: 8)
    // Blocks can be unmapped; what they read as afterwards is not defined.
    bytes[14] = isReadOnly ? 0 : 0x80
    return .data(bytes, allocation: request.command.value(10, 4))
  }
}
