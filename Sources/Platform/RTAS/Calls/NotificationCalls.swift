internal import GuestMemory
internal import Hypervisor

/// Interrupts that cannot be masked (LoPAR "Firmware Assisted Non-Maskable Interrupts Option").
enum NotificationCalls {
  /// ibm,nmi-register: the operating system's handlers of system resets and machine checks, real
  /// addresses in the first 32 MiB.
  static func register(
    _ call: RTASContext, systemReset: UInt32, machineCheck: UInt32
  ) throws(RTASStatus) {
    let partition = call.partition
    for address in [systemReset, machineCheck] {
      guard address % 4 == 0, UInt64(address) < InterruptNotification.limit,
        partition.memory.contains(UInt64(address), count: 4)
      else { throw .parameter }
    }
    // Save areas are in the storage that RTAS was instantiated with.
    guard
      partition.rtasArea?.serves(processors: partition.processors.count, in: partition.memory)
        == true
    else { throw .hardware }
    partition.notification = InterruptNotification(
      systemReset: UInt64(systemReset), machineCheck: UInt64(machineCheck))
  }

  /// ibm,nmi-interlock: the save area of the calling processor may be used again.
  static func interlock(_ call: RTASContext) throws(RTASStatus) {
    call.partition.endMachineCheckReport(of: call.processor)
  }
}
