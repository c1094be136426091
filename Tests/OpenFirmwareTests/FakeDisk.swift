import DiskFormats
import OpenFirmware

/// A disk in memory.
final class FakeDisk: FirmwareDisk {
  var bytes: [UInt8]
  var isReadOnly = false
  var isDamaged = false
  let blockSize: UInt32 = 512

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var size: UInt64 { UInt64(bytes.count) }

  func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) {
    if isDamaged { throw .unreadable(offset: offset, reason: "damaged") }
    buffer.copyBytes(from: bytes[Int(offset)..<Int(offset) + buffer.count])
  }

  func store(
    _ source: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) {
    if isDamaged { throw .unreadable(offset: offset, reason: "damaged") }
    bytes.replaceSubrange(Int(offset)..<Int(offset) + source.count, with: source)
  }
}
