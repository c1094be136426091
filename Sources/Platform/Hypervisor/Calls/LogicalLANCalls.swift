internal import CallInterface
internal import MachineDescription

/// hcall-lLAN, hcall-ILAN and hcall-illan-options: logical LAN adapters (LoPAR "Logical LAN hcall()s").
enum LogicalLANCalls {
  /// H_REGISTER_LOGICAL_LAN
  static func register(
    _ call: HypercallContext, unit: UInt64, bufferList: UInt64, queue: UInt64, filterList: UInt64,
    address: UInt64
  ) throws(HypercallStatus) {
    let adapter = try adapter(call, unit)
    try adapter.register(
      bufferList: BusAddress(bufferList), queue: BufferDescriptor(rawValue: queue),
      filterList: BusAddress(filterList), address: HardwareAddress(rawValue: address))
    call.partition.setInterrupt(of: adapter.unitAddress, isEnabled: false)
  }

  /// H_FREE_LOGICAL_LAN
  static func deregister(_ call: HypercallContext, unit: UInt64) throws(HypercallStatus) {
    try adapter(call, unit).deregister()
  }

  /// H_ADD_LOGICAL_LAN_BUFFER
  static func add(
    _ call: HypercallContext, unit: UInt64, buffer: UInt64
  ) throws(HypercallStatus) {
    try adapter(call, unit).add(BufferDescriptor(rawValue: buffer))
  }

  /// H_FREE_LOGICAL_LAN_BUFFER
  static func returnBuffer(
    _ call: HypercallContext, unit: UInt64, size: UInt64
  ) throws(HypercallStatus) {
    try adapter(call, unit).returnBuffer(ofSize: size)
  }

  /// H_SEND_LOGICAL_LAN: six buffers, the token of a continued call, and the segment size. No call has
  /// to be continued, so that no token but 0 is one.
  static func send(
    _ call: HypercallContext, unit: UInt64, first: UInt64, second: UInt64, third: UInt64,
    fourth: UInt64, fifth: UInt64, sixth: UInt64, token: UInt64, segmentSize: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    let adapter = try adapter(call, unit)
    guard token == 0 else { throw .parameter }
    let buffers = [first, second, third, fourth, fifth, sixth].lazy
      .map { BufferDescriptor(rawValue: $0) }
      .prefix { $0.control.contains(.valid) && $0.count > 0 }
    try adapter.send(Array(buffers), segmentSize: segmentSize)
    return 0
  }

  /// H_MULTICAST_CTRL
  static func controlMulticast(
    _ call: HypercallContext, unit: UInt64, flags: UInt64, address: UInt64
  ) throws(HypercallStatus) -> Completion<HypercallStatus, UInt64> {
    let answer = try adapter(call, unit).controlMulticast(flags: flags, address: address)
    return Completion(answer.status, answer.state)
  }

  /// H_CHANGE_LOGICAL_LAN_MAC
  static func changeAddress(
    _ call: HypercallContext, unit: UInt64, address: UInt64
  ) throws(HypercallStatus) {
    try adapter(call, unit).changeAddress(HardwareAddress(rawValue: address))
  }

  /// H_ILLAN_ATTRIBUTES
  static func changeAttributes(
    _ call: HypercallContext, unit: UInt64, reset: UInt64, set: UInt64
  ) throws(HypercallStatus) -> Completion<HypercallStatus, UInt64> {
    let answer = try adapter(call, unit).changeAttributes(reset: reset, set: set)
    return Completion(answer.status, answer.attributes)
  }

  private static func adapter(
    _ call: HypercallContext, _ unit: UInt64
  ) throws(HypercallStatus) -> any LogicalLANDevice {
    guard let adapter = call.partition.virtualDevice(at: unit) as? any LogicalLANDevice else {
      throw .parameter
    }
    return adapter
  }
}
