public import GuestMemory
public import PowerISA

/// The hypervisor's operations on a virtual processor. The engine that runs it implements them.
///
/// Every call is made with the partition's lock held. A call on the calling processor is made while
/// it is outside its engine; a call on another processor must wait for that, or be passed to the
/// thread that runs it.
public protocol VirtualProcessorControl: AnyObject, Sendable {
  // MARK: the caller's registers
  subscript(gpr number: Int) -> UInt64 { get set }
  /// MSR[PR].
  var isProblemState: Bool { get }
  /// MSR[EE].
  var externalInterruptsEnabled: Bool { get set }

  // MARK: registers that only a hypervisor writes
  func read(_ register: HypervisorRegister) -> UInt64
  func write(_ value: UInt64, to register: HypervisorRegister)
  /// LPCR[ILE].
  func setInterruptByteOrder(_ order: Endianness)
  /// LPCR[AIL], 0, 2 or 3.
  func setAlternateInterruptLocation(_ location: Int)

  // MARK: translation
  func setHashPageTable(_ table: HashPageTable)
  func setProcessTable(_ table: ProcessTable?)
  /// Drops every cached translation.
  func invalidateTranslations()
  /// Drops the cached translations of one page of hashed translation.
  func invalidateTranslations(of page: VirtualPage)

  // MARK: running
  /// Begins at `address` in 64-bit real mode, interrupts off, with `argument` in r3; all registers
  /// are reset.
  func start(at address: UInt64, argument: UInt64)
  /// Leaves the engine and runs no further instruction until ``resume()``.
  func suspend()
  func resume()
  /// Lets other processors run for a moment.
  func yield()
  /// Whether an interrupt would be taken if MSR[EE] were set.
  var hasPendingInterrupt: Bool { get }
  /// The level of the external interrupt line.
  func setExternalInterrupt(_ isAsserted: Bool)
  /// Takes a system reset interrupt.
  func systemReset()
  /// Loses the reservation of a load-and-reserve instruction.
  func loseReservation()
}

extension VirtualProcessorControl {
  /// Drops all translations: right for every engine that does not keep them by page.
  public func invalidateTranslations(of page: VirtualPage) { invalidateTranslations() }
}

/// Registers that a partition accesses through hypercalls.
public enum HypervisorRegister: Hashable, Sendable, CaseIterable {
  case sprg0
  /// Data address breakpoint, before 2.07.
  case dabr, dabrx
  /// Data address watchpoint 0, since 2.07.
  case dawr0, dawrx0
  /// Data address watchpoint 1, since 3.1.
  case dawr1, dawrx1
  case ciabr
  case purr
  case timebase
}

/// One page of the virtual address space of hashed translation.
public struct VirtualPage: Hashable, Sendable {
  /// Virtual segment identifier.
  public var segment: UInt64
  /// Offset of the page's first byte in its segment.
  public var offset: UInt64
  /// Base-2 logarithm of the segment size: 28 or 40.
  public var segmentShift: UInt64
  /// Base-2 logarithm of the base page size, by which the page was hashed.
  public var baseShift: UInt64
  /// Base-2 logarithm of the actual page size.
  public var shift: UInt64
}
