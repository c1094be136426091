internal import GuestMemory

/// Calls about the memory entitlement of a partition (LoPAR "Cooperative Memory Over-commitment
/// Option"): this partition has dedicated memory.
enum MemoryPerformanceCalls {
  /// A value that does not apply to a partition with dedicated memory.
  private static let notApplicable = UInt64.max

  /// H_GET_MPP: bytes that may be mapped for I/O, bytes that are, group and pool, weights, size of
  /// the pool, loan request, bytes behind the partition's memory.
  static func get(
    _ call: HypercallContext
  ) throws(HypercallStatus) -> (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) {
    let memory = call.partition.memory.size
    let noPool: UInt64 = 0xFFFF
    return (memory, notApplicable, noPool, 0, notApplicable, 0, memory)
  }

  /// H_SET_MPP: entitlement and weight are fixed, so other values than the current ones are
  /// constrained to them.
  static func set(
    _ call: HypercallContext, entitlement: UInt64, weight: UInt64
  ) throws(HypercallStatus) {
    guard entitlement == call.partition.memory.size, weight == 0 else { throw .constrained }
  }
}
