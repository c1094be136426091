internal import GuestMemory
internal import Hypervisor
internal import PowerCPU
internal import PowerISA

/// A processor's engine, for the hypervisor.
///
/// The machine runs one processor at a time, so no engine is running during a call.
final class EngineControl: VirtualProcessorControl, @unchecked Sendable {
  // Safety: only the machine's thread calls, and the hypervisor on its behalf.

  let engine: VirtualProcessor
  /// Whether the scheduler may run the engine.
  private(set) var isRunnable = false
  /// The processor conferred the rest of its slice.
  var hasYielded = false

  init(_ engine: VirtualProcessor) { self.engine = engine }

  // MARK: registers

  subscript(gpr number: Int) -> UInt64 {
    get { engine[gpr: number] }
    set { engine[gpr: number] = newValue }
  }

  var isProblemState: Bool { engine.machineState & MSR.pr != 0 }
  var isLittleEndian: Bool { engine.machineState & MSR.le != 0 }

  var externalInterruptsEnabled: Bool {
    get { engine.machineState & MSR.ee != 0 }
    set {
      engine.machineState = engine.machineState & ~MSR.ee | (newValue ? MSR.ee : 0)
    }
  }

  func read(_ register: HypervisorRegister) -> UInt64 { engine.read(register.spr) }

  func write(_ value: UInt64, to register: HypervisorRegister) {
    engine.write(register.spr, value)
  }

  func setInterruptByteOrder(_ order: Endianness) {
    engine.interruptsLittleEndian = order == .little
  }

  func setAlternateInterruptLocation(_ location: Int) {
    engine.alternateInterruptLocation = UInt64(truncatingIfNeeded: location)
  }

  // MARK: translation

  func setHashPageTable(_ table: HashPageTable) { engine.hashPageTable = table }

  func setProcessTable(_ table: ProcessTable?) { engine.setProcessTable(table) }

  func invalidateTranslations() { engine.invalidateTranslations() }

  func invalidateTranslations(of page: VirtualPage) {
    engine.invalidateTranslations(
      ofSegment: page.segment, at: page.offset, segmentShift: page.segmentShift, shift: page.shift)
  }

  // MARK: running

  func start(at address: UInt64, argument: UInt64) {
    engine.prepareToStart()
    engine.nextInstruction = address
    engine[gpr: 3] = argument
    isRunnable = true
  }

  func suspend() { isRunnable = false }
  func resume() { isRunnable = true }
  func yield() { hasYielded = true }
  var hasPendingInterrupt: Bool { engine.hasPendingInterrupt }
  func setExternalInterrupt(_ isAsserted: Bool) { engine.setExternalInterrupt(isAsserted) }
  func systemReset() { engine.requestSystemReset() }
  func loseReservation() { engine.cancelReservation() }
}

extension HypervisorRegister {
  fileprivate var spr: SPR {
    switch self {
    case .sprg0: .sprg0
    case .dabr: .dabr
    case .dabrx: .dabrx
    case .dawr0: .dawr0
    case .dawrx0: .dawrx0
    case .dawr1: .dawr1
    case .dawrx1: .dawrx1
    case .ciabr: .ciabr
    case .purr: .purr
    case .timebase: .tb
    }
  }
}
