internal import GuestMemory
internal import CallInterface
internal import Hypervisor

/// Access to NVRAM (LoPAR "NVRAM Access Functions").
enum NVRAMCalls {
  /// nvram-fetch: how many bytes were copied into the buffer.
  static func fetch(
    _ call: RTASContext, offset: UInt32, buffer: GuestBuffer
  ) throws(RTASStatus) -> UInt32 {
    guard let bytes = call.partition.nvram.read(buffer.count, at: Int(offset)) else {
      throw .parameter
    }
    try? call.guestMemory.write(bytes, at: buffer.address)
    return UInt32(clamping: bytes.count)
  }

  /// nvram-store: how many bytes were copied from the buffer.
  static func store(
    _ call: RTASContext, offset: UInt32, buffer: GuestBuffer
  ) throws(RTASStatus) -> UInt32 {
    guard buffer.count <= call.partition.nvram.count,
      let bytes = try? call.guestMemory.read(buffer.count, at: buffer.address),
      call.partition.nvram.write(bytes, at: Int(offset))
    else { throw .parameter }
    return UInt32(clamping: bytes.count)
  }
}
