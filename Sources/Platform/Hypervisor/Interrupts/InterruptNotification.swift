package import GuestMemory

/// Where an operating system wants to be called when a processor takes an interrupt that cannot be
/// masked (LoPAR "Firmware Assisted Non-Maskable Interrupts Option"): real addresses.
package struct InterruptNotification: Hashable, Sendable {
  package var systemReset: UInt64
  package var machineCheck: UInt64

  package init(systemReset: UInt64, machineCheck: UInt64) {
    (self.systemReset, self.machineCheck) = (systemReset, machineCheck)
  }

  /// Handlers are in the first 32 MiB.
  package static let limit: UInt64 = 32 << 20
}

/// The storage of RTAS in guest memory: the stub, an error log, and for each processor what it saves
/// when the operating system is notified.
public struct RTASArea: Hashable, Sendable {
  /// A guest real address.
  public var base: UInt64
  /// In bytes.
  public var size: UInt64

  public init(base: UInt64, size: UInt64) { (self.base, self.size) = (base, size) }

  /// Where the processors' save areas begin, and how long each is: r3 as it was, and the fixed part
  /// of an error log.
  private static let saveOffset: UInt64 = 4096
  private static let saveSize: UInt64 = 16

  /// The bytes that a machine of so many processors needs. Linux takes an area that ends where the
  /// storage does for damaged, so that one more follows.
  public static func size(processors: Int) -> UInt64 {
    saveOffset + saveSize * UInt64(processors + 1)
  }

  /// The save area of the processor at a place in the partition.
  func saveArea(_ index: Int) -> UInt64 { base + Self.saveOffset + Self.saveSize * UInt64(index) }

  /// Whether it has save areas for so many processors.
  package func serves(processors: Int, in memory: GuestMemory) -> Bool {
    size >= Self.size(processors: processors) && memory.contains(base, count: size)
  }
}

/// The interrupts that an operating system can be notified of.
public enum NotifiedInterrupt: Sendable {
  case systemReset
  case machineCheck
}

extension Partition {
  /// Saves what the operating system must know of the interrupt that a processor is taking, and
  /// leads the processor to its handler.
  ///
  /// LoPAR wants every register but r3 of a machine check as it was. Linux finds r3 in the save area
  /// for a system reset too, as PowerVM and KVM have it there.
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

/// The error log of a machine check, which here is an access to storage that is not there.
private enum MachineCheckLog {
  /// Version 6; a synchronous error, not recovered; no extended part; found by the processor in
  /// memory; an invalid address (LoPAR "RTAS Error/Event Return Format", fixed part).
  static let fixedPart: UInt64 = (6 << 24 | 3 << 21 | 2 << 19 | 1 << 12 | 4 << 8 | 8) << 32
}
