import Devices
import Synchronization

/// A medium of 64 KiB in memory, which checks what is asked of it.
final class FuzzStorage: BlockStorage {
  private let contents = Mutex([UInt8](repeating: 0, count: 1 << 16))
  private let state = Mutex((isSound: true, isUnchanged: true))

  var size: UInt64 { 1 << 16 }
  var isReadOnly: Bool { false }
  var isLasting: Bool { true }
  /// Whether nothing was asked for that is not all of the medium.
  var isSound: Bool { state.withLock { $0.isSound } }
  /// Whether nothing was written.
  var isUnchanged: Bool { state.withLock { $0.isUnchanged } }

  private func check(_ count: UInt64, _ offset: UInt64, isWrite: Bool) -> Bool {
    let isWithin = offset <= size && count <= size - offset
    state.withLock {
      if !isWithin { $0.isSound = false }
      if isWrite { $0.isUnchanged = false }
    }
    return isWithin
  }

  func claim() {}
  func release() {}
  func flush() {}

  func read(_ parts: [HostBytes], at offset: UInt64) {
    guard check(parts.reduce(0) { $0 + UInt64($1.count) }, offset, isWrite: false) else { return }
    contents.withLock { contents in
      var place = Int(offset)
      for part in parts {
        contents.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(start: part.start, count: part.count)
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + part.count]))
        }
        place += part.count
      }
    }
  }

  func write(_ parts: [HostBytes], at offset: UInt64) {
    guard check(parts.reduce(0) { $0 + UInt64($1.count) }, offset, isWrite: true) else { return }
    contents.withLock { contents in
      var place = Int(offset)
      for part in parts {
        contents.replaceSubrange(
          place..<place + part.count,
          with: UnsafeRawBufferPointer(start: part.start, count: part.count))
        place += part.count
      }
    }
  }

  func zero(_ count: UInt64, at offset: UInt64, canRelease: Bool) {
    _ = check(count, offset, isWrite: true)
  }

  func discard(_ count: UInt64, at offset: UInt64) { _ = check(count, offset, isWrite: true) }
}
