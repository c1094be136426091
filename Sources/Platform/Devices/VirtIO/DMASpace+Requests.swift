internal import GuestMemory
internal import Hypervisor

extension DMASpace.Piece {
  // Safety: pieces are of the memory that made them; work on them holds the memory.
  func bytes(in memory: GuestMemory) -> HostBytes {
    HostBytes(start: memory.base + Int(real), count: count)
  }
}

extension DMASpace {
  /// Where bytes of a request's buffers are in memory.
  func pieces(
    _ buffers: [VirtqueueBuffer], from offset: UInt64, count: UInt64, _ access: DMAAccess
  ) throws(DMAError) -> [Piece] {
    var (skip, left, found) = (offset, count, [Piece]())
    for buffer in buffers where left > 0 {
      let size = UInt64(buffer.count)
      guard skip < size else {
        skip -= size
        continue
      }
      let length = min(size - skip, left)
      found += try pieces(buffer.address + skip, count: Int(length), access)
      (skip, left) = (0, left - length)
    }
    return found
  }

  /// Reads bytes of a request's buffers.
  func read(
    _ buffers: [VirtqueueBuffer], from offset: UInt64, count: Int
  ) throws(DMAError) -> [UInt8] {
    try pieces(buffers, from: offset, count: UInt64(count), .read).flatMap {
      (try? memory.read($0.count, at: $0.real)) ?? []
    }
  }

  /// Writes bytes of a request's buffers.
  func write(
    _ bytes: [UInt8], to buffers: [VirtqueueBuffer], from offset: UInt64
  ) throws(DMAError) {
    var rest = bytes[...]
    for piece in try pieces(buffers, from: offset, count: UInt64(bytes.count), .write) {
      try? memory.write(rest.prefix(piece.count), at: piece.real)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Copies the first bytes of a request's buffers.
  func read(
    _ buffers: [VirtqueueBuffer], into target: UnsafeMutableRawBufferPointer, count: Int
  ) throws(DMAError) {
    copy(try pieces(buffers, from: 0, count: UInt64(count), .read), into: target)
  }

  /// Copies bytes at an address; the target has room for them.
  func read(
    _ count: Int, at address: BusAddress, into target: UnsafeMutableRawBufferPointer
  ) throws(DMAError) {
    copy(try pieces(address, count: count, .read), into: target)
  }

  private func copy(_ pieces: [Piece], into target: UnsafeMutableRawBufferPointer) {
    var offset = 0
    for piece in pieces {
      UnsafeMutableRawBufferPointer(rebasing: target[offset...])
        .copyMemory(
          from: UnsafeRawBufferPointer(start: memory.base + Int(piece.real), count: piece.count))
      offset += piece.count
    }
  }

  /// Copies bytes to the start of a request's buffers.
  func write(_ bytes: UnsafeRawBufferPointer, to buffers: [VirtqueueBuffer]) throws(DMAError) {
    copy(bytes, to: try pieces(buffers, from: 0, count: UInt64(bytes.count), .write))
  }

  /// Copies bytes to an address; none when not all can be written.
  func write(_ bytes: UnsafeRawBufferPointer, at address: BusAddress) throws(DMAError) {
    copy(bytes, to: try pieces(address, count: bytes.count, .write))
  }

  private func copy(_ bytes: UnsafeRawBufferPointer, to pieces: [Piece]) {
    var rest = bytes[...]
    for piece in pieces {
      UnsafeMutableRawBufferPointer(start: memory.base + Int(piece.real), count: piece.count)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(piece.count)))
      memory.noteWritten(piece.count, at: piece.real)
      rest = rest.dropFirst(piece.count)
    }
  }
}
