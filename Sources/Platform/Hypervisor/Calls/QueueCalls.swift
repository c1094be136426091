/// hcall-crq and hcall-suspend: command/response queues of virtual adapters (LoPAR "Reliable
/// Command/Response Transport Option").
enum QueueCalls {
  /// H_REG_CRQ
  static func register(
    _ call: HypercallContext, unit: UInt64, start: UInt64, size: UInt64
  ) throws(HypercallStatus) {
    let queue = try queue(call, unit)
    try queue.register(at: start, size: size)
    call.partition.setInterrupt(of: queue.unitAddress, isEnabled: false)
  }

  /// H_FREE_CRQ
  static func free(_ call: HypercallContext, unit: UInt64) throws(HypercallStatus) {
    let queue = try queue(call, unit)
    call.partition.setInterrupt(of: queue.unitAddress, isEnabled: false)
    queue.free()
  }

  /// H_SEND_CRQ
  static func send(
    _ call: HypercallContext, unit: UInt64, high: UInt64, low: UInt64
  ) throws(HypercallStatus) {
    try queue(call, unit).receive(QueueEntry(high: high, low: low))
  }

  /// H_ENABLE_CRQ: no queue here is ever disabled, as partners are never suspended.
  static func enable(_ call: HypercallContext, unit: UInt64) throws(HypercallStatus) {
    _ = try queue(call, unit)
  }

  private static func queue(
    _ call: HypercallContext, _ unit: UInt64
  ) throws(HypercallStatus) -> CommandResponseQueue {
    guard let unit = UInt32(exactly: unit), let queue = call.partition.queue(at: unit) else {
      throw .parameter
    }
    return queue
  }
}
