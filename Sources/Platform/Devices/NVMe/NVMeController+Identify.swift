internal import HostSupport
internal import MachineDescription

/// What the controller and its namespace are (NVM Express 1.4, 5.15).
extension NVMeController {
  func identify(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    switch command.word(10) & 0xFF {
    case 0x00:
      guard command.namespace == Self.namespace else { throw .invalidNamespace }
      return .data(namespaceData)
    case 0x01: return .data(controllerData)
    case 0x02:
      // Active namespaces above the given one.
      guard command.namespace < 0xFFFF_FFFE else { throw .invalidNamespace }
      var bytes = [UInt8](repeating: 0, count: 4096)
      if command.namespace < Self.namespace { bytes.store(Self.namespace, at: 0) }
      return .data(bytes)
    case 0x03:
      guard command.namespace == Self.namespace else { throw .invalidNamespace }
      // A UUID of 16 bytes.
      let list = [3, 16, 0, 0] + uuid
      return .data(list + [UInt8](repeating: 0, count: 4096 - list.count))
    default: throw .invalidField
    }
  }

  private var controllerData: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let identity = PCIDevice.nvmeIdentity
    bytes.store(identity.vendor, at: 0)
    bytes.store(identity.subsystemVendor, at: 2)
    bytes.store(disk.serial, at: 4, count: 20)
    bytes.store("PAPR NVME DISK", at: 24, count: 40)
    bytes.store(Self.revision, at: 64, count: 8)
    // The largest transfer, in pages of 4 KiB.
    bytes[77] = Self.mostTransferred
    bytes.store(Self.version, at: 80)
    // An I/O controller.
    bytes[111] = 1
    // Four aborts at a time, as many event requests, one firmware slot, which cannot be written.
    (bytes[258], bytes[259], bytes[260]) = (3, UInt8(Self.mostEventRequests - 1), 3)
    // Log pages: command effects, and offsets; entries of the error log.
    (bytes[261], bytes[262]) = (6, UInt8(NVMeLog.mostErrors - 1))
    bytes.store(NVMeLog.warningTemperature, at: 266)
    bytes.store(NVMeLog.criticalTemperature, at: 268)
    // Entries of 64 and 16 bytes.
    (bytes[512], bytes[513]) = (0x66, 0x44)
    bytes.store(UInt32(1), at: 516)
    // Compare, Dataset Management, Write Zeroes, Select of Get Features, Verify.
    bytes.store(0x9D as UInt16, at: 520)
    // A volatile write cache, which a flush of all namespaces empties too.
    bytes[525] = 7
    let name = "nqn.2014-08.org.nvmexpress:uuid:" + uuid.uuidText
    bytes.replaceSubrange(768..<768 + name.utf8.count, with: name.utf8)
    // Power state 0: 25 W, in units of 10 mW.
    bytes.store(2500 as UInt16, at: 2048)
    return bytes
  }

  private var namespaceData: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4096)
    // Size, capacity and use.
    for place in [0, 8, 16] { bytes.store(blocks, at: place) }
    // It is write protected.
    bytes[99] = isReadOnly ? 1 : 0
    // The only format: blocks of 2^9 bytes without metadata.
    bytes[130] = UInt8(Self.blockSize.trailingZeroBitCount)
    return bytes
  }
}

extension [UInt8] {
  /// 16 bytes as a UUID is written.
  fileprivate var uuidText: String {
    let digits = map { $0.hexDigits(2) }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { range in
      digits.indices.contains(range.upperBound - 1) ? digits[range].joined() : ""
    }.joined(separator: "-")
  }
}
