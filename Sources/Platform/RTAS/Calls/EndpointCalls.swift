internal import CallInterface
internal import GuestMemory
internal import Hypervisor

/// Enhanced error handling of partitionable endpoints (EEH; LoPAR "EEH Functions"). Each function is an
/// endpoint of its own, whose configuration address is the endpoint's. Error handling is always
/// enabled. Functions here do not fail, so that no endpoint is ever stopped.
enum EndpointCalls {
  /// ibm,set-eeh-option: nothing can be disabled, and nothing is stopped that could be released.
  static func setOption(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, function: UInt32
  ) throws(RTASStatus) {
    _ = try state(call, address, unitHigh, unitLow)
    // 4 and 5 are events, which are not offered.
    guard (0...3).contains(function) else { throw .parameter }
  }

  /// ibm,get-config-addr-info2: the endpoint's configuration address, or that it is not shared.
  static func addressInformation(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, function: UInt32
  ) throws(RTASStatus) -> UInt32 {
    _ = try state(call, address, unitHigh, unitLow)
    switch function {
    case 0: return PCIConfigurationAddress(rawValue: address).functionOnly.rawValue
    case 1: return 1
    default: throw .parameter
    }
  }

  /// ibm,read-slot-reset-state2: the state; that error handling is supported; and that an endpoint
  /// which is unavailable stays so.
  static func readState(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32
  ) throws(RTASStatus) -> (UInt32, UInt32, UInt32) {
    (UInt32(try state(call, address, unitHigh, unitLow).rawValue), 1, 0)
  }

  /// ibm,set-slot-reset: a fundamental reset is not offered.
  static func setReset(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, function: UInt32
  ) throws(RTASStatus) {
    guard function <= 1 else { throw function == 3 ? .noFundamentalReset : .parameter }
    guard try state(call, address, unitHigh, unitLow) != .unavailable else { throw .hardware }
    try change(function == 1 ? .reset : .ready, call, address, unitHigh, unitLow)
  }

  /// ibm,configure-pe: a reset has left configuration space as it was delivered, and messages as they
  /// were assigned.
  static func configure(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32
  ) throws(RTASStatus) {
    _ = try state(call, address, unitHigh, unitLow)
  }

  /// ibm,slot-error-detail: a log for an endpoint that is unavailable, which a permanent error makes it.
  static func errorDetail(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32,
    driver: GuestBuffer, log: GuestBuffer, function: UInt32
  ) throws(RTASStatus) {
    guard (1...2).contains(function) else { throw .parameter }
    let wasUnavailable = try state(call, address, unitHigh, unitLow) == .unavailable
    if function == 2, !wasUnavailable {
      try change(.unavailable, call, address, unitHigh, unitLow)
    }
    guard wasUnavailable || function == 2 else { throw .noEvents }
    try? call.guestMemory.write(
      Array(EventLog.endpointUnavailable.prefix(log.count)), at: log.address)
  }

  private static func state(
    _ call: RTASContext, _ address: UInt32, _ unitHigh: UInt32, _ unitLow: UInt32
  ) throws(RTASStatus) -> PCIEndpointState {
    let bridge = try PCICalls.bridge(call, unitHigh, unitLow)
    do throws(PCIBridgeError) {
      return try bridge.endpointState(PCIConfigurationAddress(rawValue: address).functionOnly)
    } catch {
      throw .parameter
    }
  }

  private static func change(
    _ state: PCIEndpointState, _ call: RTASContext, _ address: UInt32, _ unitHigh: UInt32,
    _ unitLow: UInt32
  ) throws(RTASStatus) {
    let bridge = try PCICalls.bridge(call, unitHigh, unitLow)
    do throws(PCIBridgeError) {
      try bridge.setEndpointState(
        state, PCIConfigurationAddress(rawValue: address).functionOnly)
    } catch {
      throw .parameter
    }
  }
}
