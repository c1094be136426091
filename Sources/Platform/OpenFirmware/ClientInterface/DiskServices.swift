internal import CallInterface
internal import DiskFormats
internal import GuestMemory

/// Reading and writing of a disk's instances: the whole disk, a partition or a file, whose first byte
/// has position 0 (IEEE 1275, deblocker and disk-label support packages).
enum DiskServices {
  /// The most bytes of a call: whole blocks whose number fits a result.
  private static let mostBytes = 1 << 30

  static func disk(
    of instance: InstanceTable.Instance, _ firmware: ClientInterface
  ) -> (any FirmwareDisk)? {
    guard instance.device == .disk, let path = firmware.packages[instance.package]?.path else {
      return nil
    }
    return firmware.platform?.disk(at: path)
  }

  /// Bytes from the position to the end, as far as a call takes them.
  private static func count(_ instance: InstanceTable.Instance, _ wanted: Int) -> Int {
    let size = instance.window.upperBound - instance.window.lowerBound
    let left = size - min(UInt64(max(instance.position, 0)), size)
    return Int(min(UInt64(min(max(wanted, 0), mostBytes)), left))
  }

  static func read(
    _ firmware: ClientInterface, _ handle: Ihandle, _ instance: InstanceTable.Instance,
    _ buffer: GuestBuffer
  ) -> Int32 {
    let count = count(instance, buffer.count)
    guard let disk = disk(of: instance, firmware),
      load(firmware, disk, count, at: instance.offset, to: buffer.address)
    else { return ClientResult.failed }
    firmware.instances[handle]?.position += count
    return Int32(count)
  }

  static func write(
    _ firmware: ClientInterface, _ handle: Ihandle, _ instance: InstanceTable.Instance,
    _ bytes: [UInt8]
  ) -> Int32 {
    let count = count(instance, bytes.count)
    guard let disk = disk(of: instance, firmware),
      store(bytes[..<count], to: disk, at: instance.offset)
    else { return ClientResult.failed }
    firmware.instances[handle]?.position += count
    return Int32(count)
  }

  static func seek(
    _ firmware: ClientInterface, _ handle: Ihandle, _ instance: InstanceTable.Instance,
    _ position: UInt64
  ) -> Int32 {
    guard position <= instance.window.upperBound - instance.window.lowerBound,
      let position = Int(exactly: position)
    else { return ClientResult.failed }
    firmware.instances[handle]?.position = position
    return ClientResult.succeeded
  }

  /// Reads bytes of a disk into memory.
  /// - Returns: whether all of them were read.
  static func load(
    _ firmware: ClientInterface, _ disk: any FirmwareDisk, _ count: Int, at offset: UInt64,
    to address: UInt64
  ) -> Bool {
    guard offset <= disk.size, UInt64(count) <= disk.size - offset else { return false }
    guard count > 0 else { return true }
    return (try? firmware.guestMemory.write(count, at: address) { try disk.fill($0, at: offset) })
      != nil
  }

  static func store(_ bytes: ArraySlice<UInt8>, to disk: any FirmwareDisk, at offset: UInt64)
    -> Bool
  {
    guard !disk.isReadOnly, offset <= disk.size, UInt64(bytes.count) <= disk.size - offset else {
      return false
    }
    guard !bytes.isEmpty else { return true }
    return bytes.withUnsafeBytes { (try? disk.store($0, at: offset)) != nil }
  }
}

/// Methods of disks. Stack arguments come topmost first.
enum DiskMethods {
  /// The most bytes of a transfer, of which drivers of real disks make one request.
  private static let largestTransfer: UInt32 = 1 << 20

  private static func opened(
    _ firmware: ClientInterface, _ handle: Ihandle
  ) throws(ClientStatus) -> (instance: InstanceTable.Instance, disk: any FirmwareDisk) {
    guard let instance = firmware.instances[handle],
      let disk = DiskServices.disk(of: instance, firmware)
    else { throw .failed }
    return (instance, disk)
  }

  /// `block-size ( -- block-len )`
  static func blockSize(
    _ firmware: ClientInterface, instance: Ihandle
  ) throws(ClientStatus) -> UInt32 { try opened(firmware, instance).disk.blockSize }

  /// `#blocks ( -- #blocks )`: of the whole disk; all ones where the number has more than 32 bits.
  static func blocks(
    _ firmware: ClientInterface, instance: Ihandle
  ) throws(ClientStatus) -> UInt32 {
    let disk = try opened(firmware, instance).disk
    return UInt32(clamping: disk.size / UInt64(disk.blockSize))
  }

  /// `max-transfer ( -- max-len )`
  static func maximumTransfer(
    _ firmware: ClientInterface, instance: Ihandle
  ) throws(ClientStatus) -> UInt32 {
    _ = try opened(firmware, instance)
    return largestTransfer
  }

  /// `read-blocks ( addr block# #blocks -- #read )`: blocks of the whole disk.
  static func readBlocks(
    _ firmware: ClientInterface, instance: Ihandle, count: UInt32, block: UInt32, address: UInt32
  ) throws(ClientStatus) -> UInt32 {
    let disk = try opened(firmware, instance).disk
    let size = UInt64(disk.blockSize)
    return DiskServices.load(
      firmware, disk, Int(UInt64(count) * size), at: UInt64(block) * size, to: UInt64(address))
      ? count : 0
  }

  /// `write-blocks ( addr block# #blocks -- #written )`: blocks of the whole disk.
  static func writeBlocks(
    _ firmware: ClientInterface, instance: Ihandle, count: UInt32, block: UInt32, address: UInt32
  ) throws(ClientStatus) -> UInt32 {
    let disk = try opened(firmware, instance).disk
    let size = UInt64(disk.blockSize)
    guard UInt64(count) * size <= UInt64(largestTransfer),
      let bytes = try? firmware.guestMemory.read(Int(UInt64(count) * size), at: UInt64(address)),
      DiskServices.store(bytes[...], to: disk, at: UInt64(block) * size)
    else { return 0 }
    return count
  }

  /// `load ( addr -- size )`: the boot program that the arguments of the instance name, or that the
  /// disk has.
  static func load(
    _ firmware: ClientInterface, instance: Ihandle, address: UInt32
  ) throws(ClientStatus) -> UInt32 {
    let (opened, disk) = try opened(firmware, instance)
    guard let arguments = try? DeviceArguments(ofSpecifier: opened.path),
      let place = try? disk.bootProgram(arguments),
      let count = UInt32(exactly: place.range.upperBound - place.range.lowerBound),
      DiskServices.load(
        firmware, disk, Int(count), at: place.range.lowerBound, to: UInt64(address))
    else { throw .failed }
    return count
  }
}
