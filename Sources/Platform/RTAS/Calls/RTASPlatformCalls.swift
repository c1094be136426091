internal import GuestMemory
internal import CallInterface
internal import Hypervisor

/// Power, the operator panel, and the end of the operating system.
enum RTASPlatformCalls {
  /// power-off. The mask of events that may switch the power on again has no meaning here.
  static func powerOff(
    _ call: RTASContext, maskHigh: UInt32, maskLow: UInt32
  ) throws(RTASStatus) {
    ask(.powerOff, call)
  }

  /// system-reboot
  static func reboot(_ call: RTASContext) throws(RTASStatus) { ask(.reboot, call) }

  /// ibm,os-term. It returns, as `ibm,extended-os-term` promises.
  static func terminate(_ call: RTASContext, message: GuestString) throws(RTASStatus) {
    ask(.osTerminated(message: message.text), call)
  }

  private static func ask(_ request: MachineRequest, _ call: RTASContext) {
    call.partition.request(request)
    call.processor.control.yield()
  }

  /// display-character: the operator panel is the first terminal.
  static func displayCharacter(_ call: RTASContext, character: UInt32) throws(RTASStatus) {
    guard let terminal = call.partition.terminals.first else { throw .hardware }
    terminal.write([UInt8(truncatingIfNeeded: character)])
  }
}
