internal import CallInterface

/// Calls of methods (IEEE 1275 6.3.2.2 and 6.3.2.6).
enum MethodServices {
  /// A catch result, then the method's results, topmost of the stack first.
  static func call(
    _ firmware: ClientInterface, method: GuestString, instance: Ihandle, arguments: CallCells
  ) -> CallCells {
    firmware.note { method.text }
    var results = CallCells()
    guard let package = firmware.instances[instance]?.package,
      let found = ClientMethod.named(method.text, of: firmware.kind(of: package))
    else {
      ClientResult.failed.store(in: &results)
      return results
    }
    var cells = CallCells()
    instance.rawValue.store(in: &cells)
    arguments.store(in: &cells)
    var values = CallCells()
    let status = found.service.call(firmware, &cells, &values)
    (status == .success ? ClientResult.succeeded : ClientResult.failed).store(in: &results)
    if status == .success { values.store(in: &results) }
    return results
  }

  /// 0 when the package has the method.
  static func test(_ firmware: ClientInterface, package: Phandle, method: GuestString) -> Int32 {
    guard firmware.packages[package] != nil,
      ClientMethod.named(method.text, of: firmware.kind(of: package)) != nil
    else { return ClientResult.isTrue }
    return ClientResult.isFalse
  }

  /// There is no Forth interpreter: the first word of every command is undefined.
  static func interpret(_ firmware: ClientInterface, command: GuestString, _: CallCells) -> Int32 {
    firmware.note { command.text }
    return ClientResult.undefinedWord
  }
}
