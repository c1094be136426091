import GuestMemory
import Hypervisor
import PowerISA

/// A processor that makes calls and runs nothing.
final class IdleProcessor: VirtualProcessorControl, @unchecked Sendable {
  // Safety: one thread uses it.
  private var registers = [UInt64](repeating: 0, count: 32)

  subscript(gpr number: Int) -> UInt64 {
    get { registers[number] }
    set { registers[number] = newValue }
  }

  var isProblemState: Bool { false }
  var externalInterruptsEnabled = false
  var hasPendingInterrupt: Bool { false }

  func read(_ register: HypervisorRegister) -> UInt64 { 0 }
  func write(_ value: UInt64, to register: HypervisorRegister) {}
  func setInterruptByteOrder(_ order: Endianness) {}
  func setAlternateInterruptLocation(_ location: Int) {}
  func setHashPageTable(_ table: HashPageTable) {}
  func setProcessTable(_ table: ProcessTable?) {}
  func invalidateTranslations() {}
  func start(at address: UInt64, argument: UInt64) {}
  func suspend() {}
  func resume() {}
  func yield() {}
  func setExternalInterrupt(_ isAsserted: Bool) {}
  func systemReset() {}
  func loseReservation() {}
}
