internal import DiskFormats
internal import Devices
internal import HostSupport
internal import OpenFirmware

/// A disk device's storage as the firmware reads and writes it.
///
/// Requests of the guest's driver that are in progress are finished first, so that both see the disk
/// in one order.
final class StorageDisk: FirmwareDisk, Sendable {
  private let storage: any BlockStorage
  private let work: DeviceWork
  let blockSize: UInt32
  let isReadOnly: Bool

  /// - Parameters:
  ///   - storage: what the device has behind it.
  ///   - work: the machine's, in which the device's requests are.
  ///   - blockSize: bytes of a block: a power of two.
  ///   - isReadOnly: whether the device cannot be written although its storage can.
  init(
    _ storage: any BlockStorage, work: DeviceWork, blockSize: UInt32 = 512, isReadOnly: Bool = false
  ) {
    (self.storage, self.work, self.blockSize) = (storage, work, blockSize)
    self.isReadOnly = isReadOnly || storage.isReadOnly
  }

  var size: UInt64 { storage.size }

  func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) {
    guard let start = buffer.baseAddress, !buffer.isEmpty else { return }
    work.finish()
    try transfer(at: offset) { () throws(BlockStorageError) in
      try storage.read([HostBytes(start: start, count: buffer.count)], at: offset)
    }
  }

  func store(
    _ bytes: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    work.finish()
    try transfer(at: offset) { () throws(BlockStorageError) in
      // Storage only reads what it writes.
      let source = UnsafeMutableRawPointer(mutating: start)
      try storage.write([HostBytes(start: source, count: bytes.count)], at: offset)
      try storage.flush()
    }
  }

  private func transfer(
    at offset: UInt64, _ body: () throws(BlockStorageError) -> Void
  ) throws(DiskFormatError) {
    do throws(BlockStorageError) { try body() } catch {
      throw .unreadable(offset: offset, reason: "\(error)")
    }
  }
}
