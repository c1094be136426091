package import GuestMemory
package import Hypervisor
package import PowerISA

/// A processor that runs nothing and remembers what the hypervisor did to it.
package final class MockProcessor: VirtualProcessorControl, @unchecked Sendable {
  // Safety: tests use it from one thread.
  package var registers = [UInt64](repeating: 0, count: 32)
  package var isProblemState = false
  package var externalInterruptsEnabled = false
  package var hypervisorRegisters: [HypervisorRegister: UInt64] = [:]
  package var interruptByteOrder = Endianness.big
  package var interruptLocation = 0
  package var hashPageTable: HashPageTable?
  package var processTable: ProcessTable?
  package var invalidations = 0
  package var invalidatedPages: [VirtualPage] = []
  package var started: (address: UInt64, argument: UInt64)?
  package var isSuspended = false
  package var yields = 0
  package var hasPendingInterrupt = false
  package var externalInterrupt = false
  package var systemResets = 0
  package var reservationsLost = 0

  package init() {}

  package subscript(gpr number: Int) -> UInt64 {
    get { registers[number] }
    set { registers[number] = newValue }
  }
  package func read(_ register: HypervisorRegister) -> UInt64 {
    hypervisorRegisters[register] ?? 0
  }
  package func write(_ value: UInt64, to register: HypervisorRegister) {
    hypervisorRegisters[register] = value
  }
  package func setInterruptByteOrder(_ order: Endianness) { interruptByteOrder = order }
  package func setAlternateInterruptLocation(_ location: Int) { interruptLocation = location }
  package func setHashPageTable(_ table: HashPageTable) { hashPageTable = table }
  package func setProcessTable(_ table: ProcessTable?) { processTable = table }
  package func invalidateTranslations() { invalidations += 1 }
  package func invalidateTranslations(of page: VirtualPage) { invalidatedPages.append(page) }
  package func start(at address: UInt64, argument: UInt64) {
    started = (address, argument)
    isSuspended = false
  }
  package func suspend() { isSuspended = true }
  package func resume() { isSuspended = false }
  package func yield() { yields += 1 }
  package func setExternalInterrupt(_ isAsserted: Bool) { externalInterrupt = isAsserted }
  package func systemReset() { systemResets += 1 }
  package func loseReservation() { reservationsLost += 1 }
}
