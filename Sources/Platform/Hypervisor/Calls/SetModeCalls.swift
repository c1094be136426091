internal import GuestMemory
internal import PowerISA

/// hcall-set-mode: H_SET_MODE (LoPAR table "H_SET_MODE Parameters per ISA Level").
enum SetModeCalls {
  static func setMode(
    _ call: HypercallContext, flags: UInt64, resource: UInt64, value1: UInt64, value2: UInt64
  ) throws(HypercallStatus) {
    let features = call.partition.features
    switch resource {
    case 1 where features.hasCIABR: try setBreakpoint(call, flags, value1, value2)
    case 2 where features.hasDAWR:
      try setWatchpoint(call, flags, value1, value2, .dawr0, .dawrx0)
    case 3 where features.hasCIABR:
      try setInterruptLocation(call.partition, flags, value1, value2)
    case 4: try setInterruptByteOrder(call.partition, flags, value1, value2)
    case 5 where features.dataWatchpoints > 1:
      try setWatchpoint(call, flags, value1, value2, .dawr1, .dawrx1)
    default: throw .parameter2
    }
  }

  /// Resource 1: the instruction address breakpoint of the calling thread.
  private static func setBreakpoint(
    _ call: HypercallContext, _ flags: UInt64, _ address: UInt64, _ value2: UInt64
  ) throws(HypercallStatus) {
    guard flags == 0 else { throw .unsupportedFlag(in: flags) }
    guard value2 == 0 else { throw .parameter4 }
    // The two low bits of CIABR select the state; 3 is hypervisor state.
    guard address & 3 != 3 else { throw .parameter3 }
    call.processor.control.write(address, to: .ciabr)
  }

  /// Resources 2 and 5: a data watchpoint of the calling thread.
  private static func setWatchpoint(
    _ call: HypercallContext, _ flags: UInt64, _ address: UInt64, _ conditions: UInt64,
    _ addressRegister: HypervisorRegister, _ conditionRegister: HypervisorRegister
  ) throws(HypercallStatus) {
    guard flags == 0 else { throw .unsupportedFlag(in: flags) }
    // MRD in bits 48:53, DW, DR, WT, WTI in 57:60, the privileged and problem states in 62:63;
    // hypervisor state (61) cannot be watched.
    let supported: UInt64 = 0xFC00 | 0x78 | 3
    guard conditions & ~supported == 0 else { throw .parameter4 }
    call.processor.control.write(address, to: addressRegister)
    call.processor.control.write(conditions, to: conditionRegister)
  }

  /// Resource 3: the location of interrupts that are taken with relocation on, for all processors.
  private static func setInterruptLocation(
    _ partition: Partition, _ flags: UInt64, _ value1: UInt64, _ value2: UInt64
  ) throws(HypercallStatus) {
    guard value1 == 0 else { throw .parameter3 }
    guard value2 == 0 else { throw .parameter4 }
    // Version 3.1 has no location at 0x18000.
    let isSupported = flags == 0 || flags == 3 || flags == 2 && partition.features.isa < .v3_1
    guard isSupported else { throw .unsupportedFlag(in: flags) }
    for processor in partition.processors {
      processor.control.setAlternateInterruptLocation(Int(flags))
    }
  }

  /// Resource 4: the byte order of interrupt handlers, for all processors.
  private static func setInterruptByteOrder(
    _ partition: Partition, _ flags: UInt64, _ value1: UInt64, _ value2: UInt64
  ) throws(HypercallStatus) {
    guard value1 == 0 else { throw .parameter3 }
    guard value2 == 0 else { throw .parameter4 }
    guard flags <= 1 else { throw .unsupportedFlag(in: flags) }
    for processor in partition.processors {
      processor.control.setInterruptByteOrder(flags == 1 ? .little : .big)
    }
  }
}
