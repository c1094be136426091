internal import DeviceTree
internal import GuestMemory
internal import CallInterface

/// Device tree services (IEEE 1275 6.3.2.2).
enum DeviceTreeServices {
  static func peer(_ firmware: ClientInterface, package: Phandle) -> UInt32 {
    if package.rawValue == 0 { return firmware.packages[.root]?.rawValue ?? 0 }
    return firmware.packages[package]?.nextSibling?.rawValue ?? 0
  }

  static func child(_ firmware: ClientInterface, package: Phandle) -> UInt32 {
    firmware.packages[package]?.firstChild?.rawValue ?? 0
  }

  static func parent(_ firmware: ClientInterface, package: Phandle) -> UInt32 {
    firmware.packages[package]?.parent?.rawValue ?? 0
  }

  static func instanceToPackage(_ firmware: ClientInterface, instance: Ihandle) -> UInt32 {
    firmware.instances[instance]?.package.rawValue ?? .max
  }

  // MARK: properties

  static func propertyLength(
    _ firmware: ClientInterface, package: Phandle, name: GuestString
  ) -> Int32 {
    firmware.note { name.text }
    guard let value = firmware.property(name.text, of: package) else { return ClientResult.failed }
    return Int32(exactly: value.count) ?? ClientResult.failed
  }

  static func property(
    _ firmware: ClientInterface, package: Phandle, name: GuestString, buffer: ResultBuffer
  ) -> Int32 {
    firmware.note { name.text }
    guard let value = firmware.property(name.text, of: package) else { return ClientResult.failed }
    return buffer.store(value, firmware.guestMemory) ?? ClientResult.failed
  }

  /// 1 and the name after `previous`; 0 after the last; -1 when `previous` does not exist.
  static func nextProperty(
    _ firmware: ClientInterface, package: Phandle, previous: PropertyNameArgument, buffer: UInt64
  ) -> Int32 {
    firmware.note { previous.text }
    guard let node = firmware.node(package) else { return ClientResult.failed }
    guard let next = nextName(after: previous.text, in: node) else { return ClientResult.failed }
    let stored: Void? = try? firmware.guestMemory.write(Array(next.utf8) + [0], at: buffer)
    guard stored != nil else { return ClientResult.failed }
    return next.isEmpty ? 0 : 1
  }

  /// The name after `previous`, the first after none; empty after the last, nil when `previous`
  /// does not exist. "name" is every node's first property, whether or not the tree has it.
  private static func nextName(after previous: String, in node: Node) -> String? {
    if previous.isEmpty { return "name" }
    var rest = node.properties[...]
    if previous != "name" {
      guard let index = rest.firstIndex(where: { $0.name == previous }) else { return nil }
      rest = rest[(index + 1)...]
    }
    return rest.first { $0.name != "name" }?.name ?? ""
  }

  static func setProperty(
    _ firmware: ClientInterface, package: Phandle, name: GuestString, value: GuestBuffer
  ) -> Int32 {
    firmware.note { name.text }
    guard value.count <= ClientInterface.clientPropertyBytesLimit,
      let bytes = try? firmware.guestMemory.read(value.count, at: value.address),
      firmware.setProperty(name.text, of: package, to: bytes)
    else { return ClientResult.failed }
    return Int32(exactly: bytes.count) ?? ClientResult.failed
  }

  // MARK: paths

  static func canonicalPath(
    _ firmware: ClientInterface, specifier: GuestString, buffer: ResultBuffer
  ) -> Int32 {
    firmware.note { specifier.text }
    guard let position = firmware.tree.position(of: specifier.text),
      let path = firmware.tree.path(of: position)
    else { return ClientResult.failed }
    let arguments = specifier.text.drop { $0 != ":" }
    return buffer.store(path + arguments, firmware.guestMemory) ?? ClientResult.failed
  }

  static func findDevice(_ firmware: ClientInterface, path: GuestString) -> UInt32 {
    firmware.note { path.text }
    return firmware.package(at: path.text)?.rawValue ?? .max
  }

  static func instanceToPath(
    _ firmware: ClientInterface, instance: Ihandle, buffer: ResultBuffer
  ) -> Int32 {
    guard let path = firmware.instances[instance]?.path else { return ClientResult.failed }
    return buffer.store(path, firmware.guestMemory) ?? ClientResult.failed
  }

  static func packageToPath(
    _ firmware: ClientInterface, package: Phandle, buffer: ResultBuffer
  ) -> Int32 {
    guard let path = firmware.packages[package]?.path else { return ClientResult.failed }
    return buffer.store(path, firmware.guestMemory) ?? ClientResult.failed
  }
}
