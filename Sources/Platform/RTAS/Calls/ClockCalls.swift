internal import HostSupport
internal import GuestMemory
internal import Hypervisor

/// The time of day (LoPAR "Time of Day").
enum ClockCalls {
  static func getTimeOfDay(
    _ call: RTASContext
  ) throws(RTASStatus) -> (Int32, Int32, Int32, Int32, Int32, Int32, Int32) {
    let now = call.partition.clock.now
    return (
      Int32(truncatingIfNeeded: now.year), Int32(now.month), Int32(now.day), Int32(now.hour),
      Int32(now.minute), Int32(now.second), Int32(now.nanosecond)
    )
  }

  static func setTimeOfDay(
    _ call: RTASContext, year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32,
    second: Int32, nanosecond: Int32
  ) throws(RTASStatus) {
    guard
      let date = CalendarDate(
        year: Int(year), month: Int(month), day: Int(day), hour: Int(hour), minute: Int(minute),
        second: Int(second), nanosecond: Int(nanosecond))
    else { throw .parameter }
    call.partition.clock.set(date)
    call.partition.request(.clockSet(change: call.partition.clock.change))
  }
}
