package import GuestMemory

/// The operating system's handlers for interrupts that cannot be masked (LoPAR "Firmware Assisted
/// Non-Maskable Interrupts Option"): real addresses.
package struct InterruptNotification: Hashable, Sendable {
  package var systemReset: UInt64
  package var machineCheck: UInt64

  package init(systemReset: UInt64, machineCheck: UInt64) {
    (self.systemReset, self.machineCheck) = (systemReset, machineCheck)
  }

  /// Handlers are in the first 32 MiB.
  package static let limit: UInt64 = 32 << 20
}

/// The storage of RTAS in guest memory: the stub, an error log, and a save area for each processor.
public struct RTASArea: Hashable, Sendable {
  /// A guest real address.
  public var base: UInt64
  /// In bytes.
  public var size: UInt64

  /// The bytes that `instantiate-rtas` gave, from a real address on.
  public init(base: UInt64, size: UInt64) { (self.base, self.size) = (base, size) }

  /// The offset of the first save area, and the size of each: r3, and the fixed part of an error
  /// log.
  private static let saveOffset: UInt64 = 4096
  private static let saveSize: UInt64 = 16

  /// The size in bytes for a number of processors. Linux rejects an area that ends at the end of
  /// the storage, so there is one more.
  public static func size(processors: Int) -> UInt64 {
    saveOffset + saveSize * UInt64(processors + 1)
  }

  /// The save area of a processor by its index in the partition.
  func saveArea(_ index: Int) -> UInt64 { base + Self.saveOffset + Self.saveSize * UInt64(index) }

  /// Whether it has save areas for this number of processors.
  package func serves(processors: Int, in memory: GuestMemory) -> Bool {
    size >= Self.size(processors: processors) && memory.contains(base, count: size)
  }
}

/// The interrupts of which an operating system can be notified.
public enum NotifiedInterrupt: Sendable {
  case systemReset
  case machineCheck
}

extension Partition {
  /// Saves the state of the interrupt that a processor takes, and directs the processor to its
  /// handler.
  ///
  /// LoPAR requires that every register except r3 is unchanged for a machine check. Linux expects
  /// r3 in the save area for a system reset too, where PowerVM and KVM put it.
  /// - Returns: the handler's real address; nil when the interrupt is not notified.
  public func notify(_ interrupt: NotifiedInterrupt, of processor: PartitionProcessor) -> UInt64? {
    lock.withLock {
      guard let notification, let rtasArea,
        let index = processors.firstIndex(where: { $0 === processor }),
        rtasArea.serves(processors: processors.count, in: memory)
      else { return nil }
      if interrupt == .machineCheck {
        guard !processor.reportsMachineCheck else {
          request(.osTerminated(message: "a machine check during the report of another"))
          processor.control.suspend()
          return nil
        }
        processor.reportsMachineCheck = true
      }
      let area = rtasArea.saveArea(index)
      let log = interrupt == .machineCheck ? MachineCheckLog.fixedPart : 0
      try? memory.write(processor.control[gpr: 3], at: area)
      try? memory.write(log, at: area + 8)
      processor.control[gpr: 3] = area
      return interrupt == .machineCheck ? notification.machineCheck : notification.systemReset
    }
  }

  /// ibm,nmi-interlock: the processor has read its error log. The caller holds the lock.
  package func endMachineCheckReport(of processor: PartitionProcessor) {
    processor.reportsMachineCheck = false
  }
}

/// The error log of a machine check, which here is an access to storage that does not exist.
private enum MachineCheckLog {
  /// Version 6; a synchronous error, not recovered; no extended part; found by the processor in
  /// memory; an invalid address (LoPAR "RTAS Error/Event Return Format", fixed part).
  static let fixedPart: UInt64 = (6 << 24 | 3 << 21 | 2 << 19 | 1 << 12 | 4 << 8 | 8) << 32
}
