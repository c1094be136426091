/// Notifications from the machine that runs the processors. All of them take the lock.
extension Partition {
  /// Starts the boot processor, or one that was requested by other means than start-cpu.
  public func start(_ processor: PartitionProcessor, at address: UInt64, argument: UInt64) {
    lock.withLock { processor.start(at: address, argument: argument, self) }
  }

  /// An interrupt other than the external one became pending on a processor: a processor that
  /// waits for it runs again.
  public func interruptArrived(
    on processor: PartitionProcessor, _ reason: DispatchReason = .decrementer
  ) {
    lock.withLock { processor.interruptArrived(reason, self) }
  }

  /// The run state of a processor.
  public func state(of processor: PartitionProcessor) -> PartitionProcessor.RunState {
    lock.withLock { processor.state }
  }

  /// Queues a request that does not come from a call.
  public func post(_ request: MachineRequest) {
    lock.withLock { self.request(request) }
  }

  /// Gives a processor a system reset, as an operator's NMI button does.
  public func systemReset(_ processor: PartitionProcessor) {
    lock.withLock {
      guard processor.state != .stopped else { return }
      processor.control.systemReset()
      processor.wake(.systemReset, self)
    }
  }

  /// The same for every processor that has been started.
  public func systemResetAll() { for processor in processors { systemReset(processor) } }
}
