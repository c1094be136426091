internal import CallInterface

/// Calls about the platform and its processors.
enum PlatformCalls {
  /// H_RANDOM
  static func random(_ call: HypercallContext) throws(HypercallStatus) -> UInt64 {
    call.partition.randomSource()
  }

  /// H_SIGNAL_SYS_RESET: a system reset for all (-1), all others (-2) or one processor.
  static func systemReset(_ call: HypercallContext, target: UInt64) throws(HypercallStatus) {
    let partition = call.partition
    let targets: [PartitionProcessor]
    switch Int64(bitPattern: target) {
    case -1: targets = partition.processors
    case -2: targets = partition.processors.filter { $0 !== call.processor }
    default: targets = [try partition.processor(target)]
    }
    for processor in targets where processor.state != .stopped {
      processor.control.systemReset()
      processor.wake(.systemReset, partition)
    }
  }

  /// H_GET_EM_PARMS: status of the energy management policy, power draw limits of platform and
  /// group and of pool and partition, energy used by processors, memory and I/O. Zero means not
  /// specified, or not reported.
  static func energyManagementParameters(
    _ call: HypercallContext
  ) throws(HypercallStatus) -> (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) {
    (0, 0, 0, 0, 0, 0)
  }

  /// Bits of H_GET_CPU_CHARACTERISTICS.
  private enum Characteristics {
    /// `bcctr` does not speculate: serialised, with no count cache.
    static let serialisedBranches: UInt64 = 1 << 62
    static let countCacheDisabled: UInt64 = 1 << 56

    static let favourSecurity: UInt64 = 1 << 63
    /// No flush or barrier against speculation is needed.
    static let noFlushOnEntry: UInt64 = 1 << 56
    static let noFlushOnUserAccess: UInt64 = 1 << 55
    static let noStoreForwardBarrier: UInt64 = 1 << 54
  }

  /// H_GET_CPU_CHARACTERISTICS: the engines execute in order and do not speculate.
  static func characteristics(
    _ call: HypercallContext
  ) throws(HypercallStatus) -> (UInt64, UInt64) {
    (
      Characteristics.serialisedBranches | Characteristics.countCacheDisabled,
      Characteristics.favourSecurity | Characteristics.noFlushOnEntry
        | Characteristics.noFlushOnUserAccess | Characteristics.noStoreForwardBarrier
    )
  }

  /// H_HOME_NODE_ASSOCIATIVITY: the associativity domains of a processor's home node, packed into
  /// r4 to r9.
  static func homeNode(
    _ call: HypercallContext, flags: UInt64, identifier: UInt64
  ) throws(HypercallStatus) -> CallCells {
    // 1: by the number of H_REGISTER_VPA; 2: by the number in trace log entries, which is the same.
    guard flags == 1 || flags == 2 else { throw .parameter }
    guard let processor = try? call.partition.processor(identifier) else { throw .parameter2 }
    var fields: [UInt16] = []
    for domain in call.partition.homeNode(of: processor.server) {
      if domain < 0x8000 {
        fields.append(0x8000 | UInt16(domain))
      } else {
        fields.append(UInt16(truncatingIfNeeded: domain >> 16) & 0x7FFF)
        fields.append(UInt16(truncatingIfNeeded: domain))
      }
    }
    fields += [UInt16](repeating: 0xFFFF, count: 24)
    var cells = CallCells()
    for register in 0..<6 {
      cells.append(fields[4 * register..<4 * register + 4].reduce(0) { $0 << 16 | UInt64($1) })
    }
    return cells
  }
}

extension Partition {
  /// The associativity domains of a processor, from the largest down to itself.
  func homeNode(of server: UInt32) -> [UInt32] { homeNodes[server] ?? [0, 0, 0, 0, server] }
}
