internal import GuestMemory
internal import GuestServices
internal import Hypervisor

/// System parameters (LoPAR "System Parameters Option"), of which the guest may change none.
enum SystemParameterCalls {
  /// The value of a parameter; nil for one that is not supported.
  private static func value(_ token: UInt32, _ partition: Partition) -> [UInt8]? {
    let identity = partition.identity
    return switch token {
    // SPLPAR characteristics, zero-terminated. Entitlement is in hundredths of a processor.
    case 20:
      Array(
        ("MinEntCap=\(100),MaxEntCap=\(identity.maximumProcessors * 100),"
          + "DesMem=\(partition.memory.size >> 20),DesProcs=\(partition.processors.count),"
          + "MaxPlatProcs=\(identity.maximumProcessors)").utf8) + [0]
    // Platform diagnostics run mode: disabled.
    case 42: [0]
    // Partition UUID.
    case 48: identity.uuid
    // Partition name, zero-terminated.
    case 55: Array(identity.name.utf8) + [0]
    default: nil
    }
  }

  /// ibm,get-system-parameter: a big-endian 16-bit length, then the value, as much as there is
  /// room for.
  static func get(
    _ call: RTASContext, token: UInt32, buffer: GuestBuffer
  ) throws(RTASStatus) {
    guard let value = value(token, call.partition) else { throw .notSupported }
    let length = UInt16(clamping: value.count)
    let bytes = [UInt8(length >> 8), UInt8(length & 0xFF)] + value
    try? call.guestMemory.write(Array(bytes.prefix(buffer.count)), at: buffer.address)
  }

  /// ibm,set-system-parameter
  static func set(_ call: RTASContext, token: UInt32, buffer: UInt32) throws(RTASStatus) {
    guard let length = try? call.guestMemory.read(UInt16.self, at: UInt64(buffer)),
      call.guestMemory.contains(UInt64(buffer) + 2, count: UInt64(length)), length <= 1024
    else { throw .parameterError }
    throw value(token, call.partition) == nil ? .notSupported : .notAuthorized
  }
}
