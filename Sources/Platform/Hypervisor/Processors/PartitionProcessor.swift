internal import GuestMemory

/// A partition's view of a virtual processor: its run state, its interrupt presentation, and the
/// areas it registered. Guarded by the partition's lock.
public final class PartitionProcessor {
  /// Whether a processor runs, and for what it waits.
  public enum RunState: UInt8, Sendable {
    case running = 1
    /// In H_CEDE: an interrupt or H_PROD wakes it.
    case ceded
    /// In H_CONFER to itself: H_PROD wakes it, and an interrupt if MSR[EE] is set.
    case conferred
    /// In H_JOIN: only H_PROD or a system reset wakes it.
    case joined
    /// Never started, or stopped by stop-self.
    case stopped
  }

  /// `reg` of the processor's thread, and its interrupt server number.
  public let server: UInt32
  /// The registers of the processor and what may be done to it.
  public let control: any VirtualProcessorControl
  /// Whether the processor is stopped, running or waiting.
  public internal(set) var state = RunState.stopped
  /// An H_PROD arrived while the processor was not waiting.
  var isProdded = false
  /// Whether the operating system has a machine check's error log and has not released it.
  var reportsMachineCheck = false
  var areas = VirtualProcessorAreas()
  /// The state of the interrupt presentation controller for this server.
  var presentation = InterruptPresentation()

  /// - Parameters:
  ///   - server: its interrupt server number, as in the device tree.
  ///   - control: the processor itself.
  public init(server: UInt32, control: any VirtualProcessorControl) {
    self.server = server
    self.control = control
  }
}

extension PartitionProcessor {
  /// start-cpu, and the machine for the first processor: begins at `address` with `argument` in r3.
  package func start(at address: UInt64, argument: UInt64, _ partition: Partition) {
    isProdded = false
    state = .running
    control.start(at: address, argument: argument)
  }

  /// Sets the state after power-on: stopped, with nothing registered.
  func reset() {
    state = .stopped
    isProdded = false
    reportsMachineCheck = false
    areas = VirtualProcessorAreas()
    presentation = InterruptPresentation()
    control.setExternalInterrupt(false)
    control.setProcessTable(nil)
    control.suspend()
  }

  /// Suspends the processor until it is woken.
  package func suspend(_ state: RunState, _ partition: Partition) {
    self.state = state
    areas.preempted(in: partition.memory)
    control.loseReservation()
    control.suspend()
  }

  /// Lets a waiting processor run again.
  func wake(_ reason: DispatchReason, _ partition: Partition) {
    guard state != .running else { return }
    state = .running
    areas.dispatched(reason, self, partition)
    control.resume()
  }

  /// An interrupt has become pending: the decrementer, the external line, a doorbell.
  func interruptArrived(_ reason: DispatchReason, _ partition: Partition) {
    switch state {
    case .ceded: wake(reason, partition)
    case .conferred where control.externalInterruptsEnabled: wake(reason, partition)
    default: break
    }
  }

  /// H_PROD.
  func prod(_ partition: Partition) {
    switch state {
    case .ceded, .conferred, .joined: wake(.prod, partition)
    case .running: isProdded = true
    case .stopped: break
    }
  }
}
