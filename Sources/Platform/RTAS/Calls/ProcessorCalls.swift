internal import GuestMemory
internal import Hypervisor

/// Starting and stopping processors (LoPAR "SMP Support").
enum ProcessorCalls {
  /// start-cpu
  static func start(
    _ call: RTASContext, server: UInt32, address: UInt32, argument: UInt32
  ) throws(RTASStatus) {
    guard let processor = call.partition.processor(server: server),
      call.partition.memory.contains(UInt64(address), count: 4), address & 3 == 0
    else { throw .parameter }
    guard processor.state == .stopped else { throw .hardware }
    processor.start(at: UInt64(address), argument: UInt64(argument), call.partition)
    call.partition.request(.processorStarted(server: server))
  }

  /// stop-self. It returns only when it fails.
  static func stopSelf(_ call: RTASContext) throws(RTASStatus) {
    call.processor.suspend(.stopped, call.partition)
  }

  /// query-cpu-stopped-state: 0 stopped, 2 not stopped; nothing is ever on its way here.
  static func queryStoppedState(
    _ call: RTASContext, server: UInt32
  ) throws(RTASStatus) -> UInt32 {
    guard let processor = call.partition.processor(server: server) else { throw .parameter }
    return processor.state == .stopped ? 0 : 2
  }
}
