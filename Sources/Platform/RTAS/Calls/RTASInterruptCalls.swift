internal import Hypervisor

/// Interrupt sources of XICS (LoPAR "PowerPC External Interrupt option"). The parameters that
/// LoPAR calls "xive" have nothing to do with the later controller of that name.
enum RTASInterruptCalls {
  private static func source(
    _ number: UInt32, _ call: RTASContext
  ) throws(RTASStatus) -> InterruptRoute {
    guard let route = call.partition.interruptRoute(number) else { throw .parameter }
    return route
  }

  /// ibm,set-xive
  static func setRoute(
    _ call: RTASContext, number: UInt32, server: UInt32, priority: UInt32
  ) throws(RTASStatus) {
    _ = try source(number, call)
    guard call.partition.processor(server: server) != nil, let priority = UInt8(exactly: priority)
    else { throw .parameter }
    call.partition.setInterruptRoute(
      number, InterruptRoute(server: server, priority: priority, savedPriority: priority))
  }

  /// ibm,get-xive
  static func getRoute(
    _ call: RTASContext, number: UInt32
  ) throws(RTASStatus) -> (UInt32, UInt32) {
    let route = try source(number, call)
    return (route.server, UInt32(route.priority))
  }

  /// ibm,int-off: the least favoured priority, until ibm,int-on.
  static func disable(_ call: RTASContext, number: UInt32) throws(RTASStatus) {
    var route = try source(number, call)
    // Off twice must not lose what to restore.
    if route.priority != 0xFF { route.savedPriority = route.priority }
    route.priority = 0xFF
    call.partition.setInterruptRoute(number, route)
  }

  /// ibm,int-on
  static func enable(_ call: RTASContext, number: UInt32) throws(RTASStatus) {
    var route = try source(number, call)
    route.priority = route.savedPriority
    call.partition.setInterruptRoute(number, route)
  }
}
