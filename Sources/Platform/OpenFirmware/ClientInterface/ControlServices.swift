internal import DeviceTree
internal import CallInterface

/// Control transfer and time (IEEE 1275 6.3.2.5 and 6.3.2.7; PA binding, MP extensions).
enum ControlServices {
  /// 0 when the service exists.
  static func test(_: ClientInterface, name: GuestString) -> Int32 {
    ClientService.byName[name.text] == nil ? ClientResult.isTrue : ClientResult.isFalse
  }

  static func boot(_ firmware: ClientInterface, specifier: GuestString) {
    firmware.platform?.endClientProgram(.boot(specifier.text))
  }

  /// There is no user interface: the client continues, as after `go`.
  static func enter(_ firmware: ClientInterface) {
    firmware.platform?.writeConsole(
      Array("\r\nThis firmware has no user interface.\r\n".utf8))
  }

  static func exit(_ firmware: ClientInterface) {
    firmware.platform?.endClientProgram(.exit)
  }

  static func startProcessor(
    _ firmware: ClientInterface, package: Phandle, address: UInt32, argument: UInt32
  ) throws(ClientStatus) {
    guard let node = firmware.machineNode(package), node["device_type"]?.string == "cpu",
      let number = node["reg"]?.cell,
      firmware.platform?.startProcessor(
        number, at: UInt64(address), argument: UInt64(argument)) == true
    else { throw .failed }
  }

  /// The firmware drives no device that stores into memory, so there is nothing to stop.
  static func quiesce(_ firmware: ClientInterface) {
    firmware.isQuiescent = true
  }

  static func milliseconds(_ firmware: ClientInterface) -> UInt32 {
    UInt32(truncatingIfNeeded: firmware.platform?.milliseconds ?? 0)
  }

  /// Seconds first, as in the `get-time` method of a clock.
  static func time(
    _ firmware: ClientInterface
  ) throws(ClientStatus) -> (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) {
    guard let time = firmware.platform?.time else { throw .failed }
    let cell = { (value: Int) in UInt32(truncatingIfNeeded: value) }
    return (
      cell(time.second), cell(time.minute), cell(time.hour), cell(time.day), cell(time.month),
      cell(time.year)
    )
  }
}
