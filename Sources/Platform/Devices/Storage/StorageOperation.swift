internal import Hypervisor

/// Why an operation on storage was not done.
enum StorageFailure: Error, Hashable, Sendable {
  case reading(BlockStorageError)
  case writing(BlockStorageError)
  /// Bytes that were compared are not the same.
  case different
}

/// What a command does with storage, on a thread that may wait.
struct StorageOperation: Sendable {
  enum Action: Sendable {
    case read([HostBytes], at: UInt64)
    case write([HostBytes], at: UInt64)
    case flush
    /// Reads bytes, which go nowhere.
    case verify(UInt64, at: UInt64)
    /// Compares bytes with the medium's.
    case compare([HostBytes], at: UInt64)
    /// Writes a block again and again.
    case fill([UInt8], count: UInt64, at: UInt64, canRelease: Bool)
    case discard([(offset: UInt64, count: UInt64)])
  }

  var action: Action
  /// Whether everything is put on stable storage afterwards, or before a read.
  var isDurable = false
  /// Where data-in is in memory.
  var pieces: [DMASpace.Piece] = []
  /// Bytes of data-out that the command takes.
  var dataOut: UInt64 = 0

  /// Bytes of data-in.
  var dataIn: UInt64 { pieces.reduce(0) { $0 + UInt64($1.count) } }

  /// Bytes that are compared or filled together.
  private static let step: UInt64 = 1 << 20

  /// Does it.
  /// - Returns: nil when all of it was done.
  func perform(_ storage: any BlockStorage) -> StorageFailure? {
    switch action {
    case .read(let bytes, let offset):
      Self.failure(StorageFailure.reading) { () throws(BlockStorageError) in
        if isDurable, !storage.isReadOnly { try storage.flush() }
        try storage.read(bytes, at: offset)
      }
    case .write(let bytes, let offset):
      Self.failure(StorageFailure.writing) { () throws(BlockStorageError) in
        try storage.write(bytes, at: offset)
        if isDurable { try storage.flush() }
      }
    case .flush:
      Self.failure(StorageFailure.writing) { () throws(BlockStorageError) in
        if !storage.isReadOnly { try storage.flush() }
      }
    case .verify(let count, let offset): compare(nil, count, offset, storage)
    case .compare(let bytes, let offset): compare(bytes, bytes.byteCount, offset, storage)
    case .fill(let block, let count, let offset, let canRelease):
      Self.failure(StorageFailure.writing) { () throws(BlockStorageError) in
        try Self.fill(block, count, offset, canRelease, storage)
        if isDurable { try storage.flush() }
      }
    case .discard(let ranges):
      Self.failure(StorageFailure.writing) { () throws(BlockStorageError) in
        for range in ranges { try storage.discard(range.count, at: range.offset) }
      }
    }
  }

  private static func failure(
    _ kind: (BlockStorageError) -> StorageFailure, _ body: () throws(BlockStorageError) -> Void
  ) -> StorageFailure? {
    do throws(BlockStorageError) {
      try body()
      return nil
    } catch { return kind(error) }
  }

  /// Reads bytes in steps, and compares them with the initiator's, if there are any.
  private func compare(
    _ bytes: [HostBytes]?, _ count: UInt64, _ offset: UInt64, _ storage: any BlockStorage
  ) -> StorageFailure? {
    let buffer = UnsafeMutableRawPointer.allocate(
      byteCount: Int(min(count, Self.step)), alignment: 16)
    defer { buffer.deallocate() }
    var place: UInt64 = 0
    while place < count {
      let length = min(count - place, Self.step)
      let failure = Self.failure(StorageFailure.reading) { () throws(BlockStorageError) in
        try storage.read([HostBytes(start: buffer, count: Int(length))], at: offset + place)
      }
      if let failure { return failure }
      var read = buffer
      for part in bytes?.part(from: place, count: length) ?? [] {
        let (own, other) = (
          UnsafeRawBufferPointer(start: read, count: part.count),
          UnsafeRawBufferPointer(start: part.start, count: part.count)
        )
        guard own.elementsEqual(other) else { return .different }
        read += part.count
      }
      place += length
    }
    return nil
  }

  private static func fill(
    _ block: [UInt8], _ count: UInt64, _ offset: UInt64, _ canRelease: Bool,
    _ storage: any BlockStorage
  ) throws(BlockStorageError) {
    if block.allSatisfy({ $0 == 0 }) {
      return try storage.zero(count, at: offset, canRelease: canRelease)
    }
    let size = UInt64(block.count)
    let most = max(step / size, 1) * size
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(min(count, most)), alignment: 16)
    defer { buffer.deallocate() }
    guard let start = buffer.baseAddress else { return }
    for place in stride(from: 0, to: buffer.count, by: block.count) {
      UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + block.count])
        .copyBytes(from: block)
    }
    var place: UInt64 = 0
    while place < count {
      let length = min(count - place, most)
      try storage.write([HostBytes(start: start, count: Int(length))], at: offset + place)
      place += length
    }
  }
}
