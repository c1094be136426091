internal import GuestMemory
internal import CallInterface
internal import Hypervisor

/// Errors and events (LoPAR "Error and Event Reporting").
enum EventCalls {
  /// check-exception
  static func checkException(
    _ call: RTASContext, vector: UInt32, information: UInt32, mask: UInt32, critical: UInt32,
    buffer: GuestBuffer, extended: UInt32?
  ) throws(RTASStatus) {
    try deliver(call, mask, isCritical: critical != 0, buffer)
  }

  /// event-scan: everything that happens is announced by an interrupt, and found by
  /// check-exception; an event must be found by one of the two only.
  static func scan(
    _ call: RTASContext, mask: UInt32, critical: UInt32, buffer: GuestBuffer
  ) throws(RTASStatus) {
    throw .noEvents
  }

  /// rtas-last-error: no call fails for reasons of hardware that a log could explain.
  static func lastError(_ call: RTASContext, buffer: GuestBuffer) throws(RTASStatus) {
    throw .noEvents
  }

  /// The oldest event of the classes in `mask`, cut down to the buffer.
  private static func deliver(
    _ call: RTASContext, _ mask: UInt32, isCritical: Bool, _ buffer: GuestBuffer
  ) throws(RTASStatus) {
    guard let event = call.partition.takeEvent(in: mask) else { throw .noEvents }
    // A critical call gets the fixed part only.
    let log = isCritical ? Array(event.log.prefix(EventLog.fixedSize)) : event.log
    try? call.guestMemory.write(Array(log.prefix(buffer.count)), at: buffer.address)
  }
}
