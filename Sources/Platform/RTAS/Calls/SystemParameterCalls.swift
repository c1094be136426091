internal import GuestMemory
internal import CallInterface
internal import Hypervisor

/// System parameters (LoPAR "System Parameters Option"), of which the guest may change none.
enum SystemParameterCalls {
  /// The value of a parameter; nil for one that is not supported.
  private static func value(_ token: UInt32, _ partition: Partition) -> [UInt8]? {
    let identity = partition.identity
    return switch token {
    case 20: Array(splparCharacteristics(partition).utf8) + [0]
    // Platform diagnostics run mode: disabled.
    case 42: [0]
    // Partition UUID.
    case 48: identity.uuid
    // Partition name, zero-terminated. Without one the guest looks into the tree.
    case 55 where !identity.name.isEmpty: Array(identity.name.utf8) + [0]
    default: nil
    }
  }

  /// What the partition was configured with: keywords and values (LoPAR "SPLPAR Characteristics").
  /// Capacity is in hundredths of a core, memory in MiB. Nothing of it can be changed while the
  /// partition runs, so that least, desired and most are the same but for cores that may be added.
  private static func splparCharacteristics(_ partition: Partition) -> String {
    let cores = partition.cores
    let most = partition.identity.maximumCores
    let memory = partition.memory.size >> 20
    let values: [(String, any BinaryInteger)] = [
      // Threads of a core are not bound to one another; capacity changes by a hundredth.
      ("BoundThrds", 0), ("CapInc", 1), ("MinEntCap", 100), ("MinEntCapPerVP", 100),
      ("MinMem", memory), ("MinProcs", 1), ("MaxEntCap", most * 100), ("MaxPlatProcs", most),
      ("DesEntCap", cores * 100), ("DesMem", memory), ("DesProcs", cores), ("DesVarCapWt", 0),
      ("DedDonMode", 0),
    ]
    return values.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
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
