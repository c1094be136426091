import Devices
import MachineDescription
import Synchronization

/// Sectors in the memory of this process.
final class MemoryStorage: BlockStorage {
  let size: UInt64
  let isLasting: Bool
  private let contents: Mutex<[UInt8]>
  /// Waits before each request.
  private let delay: @Sendable () -> Void

  init(
    sectors: Int = 16, isLasting: Bool = true, delay: @escaping @Sendable () -> Void = {}
  ) {
    size = UInt64(sectors) * 512
    self.isLasting = isLasting
    self.delay = delay
    contents = Mutex([UInt8](repeating: 0, count: sectors * 512))
  }

  static func storage(for description: MachineDescription) -> [StoragePlace: any BlockStorage] {
    Dictionary(
      uniqueKeysWithValues: description.devices.storage.map {
        ($0.address, MemoryStorage(sectors: $0.kind == .cdrom ? 32 : 16))
      })
  }

  var bytes: [UInt8] { contents.withLock { $0 } }
  var isReadOnly: Bool { false }

  private func check(_ count: Int, _ offset: UInt64) throws(BlockStorageError) {
    guard offset <= size, UInt64(count) <= size - offset else {
      throw .outOfRange(offset: offset, count: UInt64(count), size: size)
    }
  }

  func read(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    delay()
    try check(parts.reduce(0) { $0 + $1.count }, offset)
    contents.withLock { contents in
      var place = Int(offset)
      for part in parts {
        part.start.copyMemory(
          from: Array(contents[place..<place + part.count]), byteCount: part.count)
        place += part.count
      }
    }
  }

  func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
    delay()
    try check(parts.reduce(0) { $0 + $1.count }, offset)
    contents.withLock { contents in
      var place = Int(offset)
      for part in parts {
        let bytes = UnsafeRawBufferPointer(start: part.start, count: part.count)
        contents.replaceSubrange(place..<place + part.count, with: bytes)
        place += part.count
      }
    }
  }

  func claim() {}
  func release() {}
  func flush() {}
  func zero(_ count: UInt64, at offset: UInt64, canRelease: Bool) {}
  func discard(_ count: UInt64, at offset: UInt64) {}
}
