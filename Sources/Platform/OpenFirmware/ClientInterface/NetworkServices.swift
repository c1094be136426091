internal import CallInterface
internal import GuestMemory
internal import NetworkBoot

/// Reading and writing of a network card's instances: a frame each (IEEE 1275 3.8.1).
enum NetworkServices {
  /// The most bytes of a frame: those of the largest packet with its headers.
  private static let largestFrame = 65535 + 14

  static func network(
    of instance: InstanceTable.Instance, _ firmware: ClientInterface
  ) -> (any FirmwareNetwork)? {
    guard instance.device == .network, let path = firmware.packages[instance.package]?.path else {
      return nil
    }
    return firmware.platform?.network(at: path)
  }

  /// The bytes of the frame that were stored, or ``ClientResult/noData``; what does not fit is lost.
  static func read(
    _ firmware: ClientInterface, _ instance: InstanceTable.Instance, _ buffer: GuestBuffer
  ) -> Int32 {
    guard let network = network(of: instance, firmware) else { return ClientResult.failed }
    guard let frame = network.receive() else { return ClientResult.noData }
    let bytes = Array(frame.prefix(buffer.count))
    let stored: Void? = try? firmware.guestMemory.write(bytes, at: buffer.address)
    return stored == nil ? ClientResult.failed : Int32(bytes.count)
  }

  static func write(
    _ firmware: ClientInterface, _ instance: InstanceTable.Instance, _ bytes: [UInt8]
  ) -> Int32 {
    guard let network = network(of: instance, firmware), bytes.count <= largestFrame,
      network.send(bytes)
    else { return ClientResult.failed }
    return Int32(bytes.count)
  }
}

/// Methods of network cards. Stack arguments come topmost first.
enum NetworkMethods {
  /// `load ( addr -- size )`: the file that the arguments of the instance, or a server, name.
  static func load(
    _ firmware: ClientInterface, instance: Ihandle, address: UInt32
  ) throws(ClientStatus) -> UInt32 {
    let memory = firmware.guestMemory
    guard let opened = firmware.instances[instance], UInt64(address) < memory.size,
      let network = NetworkServices.network(of: opened, firmware),
      let arguments = NetworkArguments(ofSpecifier: opened.path),
      let file = try? network.load(
        arguments, limit: Int(min(memory.size - UInt64(address), UInt64(Int32.max)))),
      (try? memory.write(file.content, at: UInt64(address))) != nil
    else { throw .failed }
    firmware.setBootResponse(file.response)
    return UInt32(clamping: file.content.count)
  }
}
