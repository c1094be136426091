internal import GuestMemory
internal import CallInterface

/// Device input and output (IEEE 1275 6.3.2.3).
enum DeviceServices {
  static func open(_ firmware: ClientInterface, specifier: GuestString) -> UInt32 {
    firmware.note { specifier.text }
    return firmware.open(specifier.text)?.rawValue ?? 0
  }

  static func close(_ firmware: ClientInterface, instance: Ihandle) {
    firmware.instances[instance] = nil
  }

  static func read(
    _ firmware: ClientInterface, handle: Ihandle, buffer: GuestBuffer
  ) -> Int32 {
    guard let instance = firmware.instances[handle], let platform = firmware.platform else {
      return ClientResult.failed
    }
    var bytes: [UInt8]
    switch instance.device {
    case .console:
      bytes = platform.readConsole(limit: min(buffer.count, 4096))
      if bytes.isEmpty && buffer.count > 0 { return ClientResult.noData }
    case .nvram:
      let count = min(buffer.count, max(platform.nvramSize - instance.position, 0))
      bytes = platform.readNVRAM(count, at: instance.position) ?? []
      firmware.instances[handle]?.position += bytes.count
    case .disk:
      return DiskServices.read(firmware, handle, instance, buffer)
    case .network:
      return NetworkServices.read(firmware, instance, buffer)
    case .none:
      return ClientResult.failed
    }
    bytes = Array(bytes.prefix(buffer.count))
    let stored: Void? = try? firmware.guestMemory.write(bytes, at: buffer.address)
    return stored == nil ? ClientResult.failed : Int32(bytes.count)
  }

  static func write(
    _ firmware: ClientInterface, handle: Ihandle, buffer: GuestBuffer
  ) -> Int32 {
    guard let instance = firmware.instances[handle], let platform = firmware.platform,
      let bytes = try? firmware.guestMemory.read(min(buffer.count, 1 << 20), at: buffer.address)
    else { return ClientResult.failed }
    switch instance.device {
    case .console:
      platform.writeConsole(bytes)
      return Int32(bytes.count)
    case .nvram:
      let room = max(platform.nvramSize - instance.position, 0)
      let written = Array(bytes.prefix(room))
      guard platform.writeNVRAM(written, at: instance.position) else { return ClientResult.failed }
      firmware.instances[handle]?.position += written.count
      return Int32(written.count)
    case .disk:
      return DiskServices.write(firmware, handle, instance, bytes)
    case .network:
      return NetworkServices.write(firmware, instance, bytes)
    case .none:
      return ClientResult.failed
    }
  }

  /// 0 or 1 when the position was set, -1 for devices without positions.
  static func seek(
    _ firmware: ClientInterface, handle: Ihandle, high: UInt32, low: UInt32
  ) -> Int32 {
    guard let instance = firmware.instances[handle], let platform = firmware.platform else {
      return ClientResult.failed
    }
    if instance.device == .disk {
      return DiskServices.seek(firmware, handle, instance, UInt64(high) << 32 | UInt64(low))
    }
    guard instance.device == .nvram, high == 0, low <= platform.nvramSize else {
      return ClientResult.failed
    }
    firmware.instances[handle]?.position = Int(low)
    return ClientResult.succeeded
  }

  /// Bytes of the NVRAM (LoPAR, /chosen "nvram").
  static func size(_ firmware: ClientInterface, handle: Ihandle) -> Int32 {
    guard let platform = firmware.platform, firmware.instances[handle]?.device == .nvram else {
      return ClientResult.failed
    }
    return Int32(exactly: platform.nvramSize) ?? ClientResult.failed
  }
}
