/// A request of the guest to the machine as a whole. The hypervisor queues it; the machine executes
/// it when the calling processor has left its engine.
public enum MachineRequest: Hashable, Sendable {
  /// power-off, or a power-off after H_SIGNAL_SYS_RESET.
  case powerOff
  /// system-reboot.
  case reboot
  /// ibm,os-term: the operating system reported a fatal error.
  case osTerminated(message: String)
  /// set-time-of-day: the guest's clock differs from the machine's by this many seconds.
  case clockSet(change: Int64)
  /// start-cpu: the processor with this server number becomes runnable.
  case processorStarted(server: UInt32)
}
