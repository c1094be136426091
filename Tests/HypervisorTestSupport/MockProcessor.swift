public import GuestMemory
public import Hypervisor
public import PowerISA

/// A processor that runs nothing and remembers what the hypervisor did to it.
public final class MockProcessor: VirtualProcessorControl, @unchecked Sendable {
  // Safety: tests use it from one thread.
  public var registers = [UInt64](repeating: 0, count: 32)
  public var isProblemState = false
  public var externalInterruptsEnabled = false
  public var hypervisorRegisters: [HypervisorRegister: UInt64] = [:]
  public var interruptByteOrder = Endianness.big
  public var interruptLocation = 0
  public var hashPageTable: HashPageTable?
  public var processTable: ProcessTable?
  public var invalidations = 0
  public var invalidatedPages: [VirtualPage] = []
  public var started: (address: UInt64, argument: UInt64)?
  public var isSuspended = false
  public var yields = 0
  public var hasPendingInterrupt = false
  public var externalInterrupt = false
  public var systemResets = 0
  public var reservationsLost = 0

  public init() {}

  public subscript(gpr number: Int) -> UInt64 {
    get { registers[number] }
    set { registers[number] = newValue }
  }
  public func read(_ register: HypervisorRegister) -> UInt64 {
    hypervisorRegisters[register] ?? 0
  }
  public func write(_ value: UInt64, to register: HypervisorRegister) {
    hypervisorRegisters[register] = value
  }
  public func setInterruptByteOrder(_ order: Endianness) { interruptByteOrder = order }
  public func setAlternateInterruptLocation(_ location: Int) { interruptLocation = location }
  public func setHashPageTable(_ table: HashPageTable) { hashPageTable = table }
  public func setProcessTable(_ table: ProcessTable?) { processTable = table }
  public func invalidateTranslations() { invalidations += 1 }
  public func invalidateTranslations(of page: VirtualPage) { invalidatedPages.append(page) }
  public func start(at address: UInt64, argument: UInt64) {
    started = (address, argument)
    isSuspended = false
  }
  public func suspend() { isSuspended = true }
  public func resume() { isSuspended = false }
  public func yield() { yields += 1 }
  public func setExternalInterrupt(_ isAsserted: Bool) { externalInterrupt = isAsserted }
  public func systemReset() { systemResets += 1 }
  public func loseReservation() { reservationsLost += 1 }
}
