/// Something the guest wants of the machine as a whole. The hypervisor queues it; the machine
/// takes it when the calling processor has left its engine.
public enum MachineRequest: Hashable, Sendable {
  /// power-off, or a power-off after H_SIGNAL and friends.
  case powerOff
  /// system-reboot.
  case reboot
  /// ibm,os-term: the operating system gave up, with its last words.
  case osTerminated(message: String)
  /// set-time-of-day: the guest's clock differs from the machine's by this many seconds.
  case clockSet(change: Int64)
  /// start-cpu: the processor of this server number is to run now.
  case processorStarted(server: UInt32)
}
