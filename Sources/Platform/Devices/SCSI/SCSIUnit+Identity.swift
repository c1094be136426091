internal import Hypervisor
internal import MachineDescription

/// What a unit is: INQUIRY, REPORT LUNS, REQUEST SENSE (SPC-4).
extension SCSIUnit {
  private static let vendor = "PAPR"
  private static let revision = "1.0"
  private var product: String { device.kind == .cdrom ? "VIRTUAL CD-ROM" : "VIRTUAL DISK" }

  /// Peripheral device type: a connected block device or CD/DVD device.
  private var type: UInt8 { device.kind == .cdrom ? 5 : 0 }

  /// ASCII text, filled up with spaces.
  private static func padded(_ text: String, _ count: Int) -> [UInt8] {
    let bytes = Array(text.utf8.prefix(count))
    return bytes + [UInt8](repeating: 0x20, count: count - bytes.count)
  }

  /// Standard INQUIRY data of a peripheral qualifier and device type.
  private static func standard(_ first: UInt8, isRemovable: Bool, _ product: String) -> [UInt8] {
    // SPC-3, response data format 2, tagged command queuing.
    [first, isRemovable ? 0x80 : 0, 5, 0x12, 31, 0, 0, 2]
      + padded(vendor, 8) + padded(product, 16) + padded(revision, 4)
  }

  func inquiry(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let allocation = request.command.value(3, 2)
    let page = request.command.block[2]
    guard request.command.has(1, at: 1) else {
      guard page == 0 else { throw .check(.invalidField) }
      return .data(
        Self.standard(type, isRemovable: device.kind == .cdrom, product), allocation: allocation)
    }
    guard let content = vitalProductData(page) else { throw .check(.invalidField) }
    return .data(
      [type, page] + UInt16(content.count).bigEndianBytes + content, allocation: allocation)
  }

  /// What INQUIRY gives for a number that no unit has (SPC-4 6.4.2).
  static let noUnit = standard(0x7F, isRemovable: false, "")

  /// Vital product data pages of this kind of unit.
  private var pages: [UInt8] {
    device.kind == .cdrom ? [0x00, 0x80, 0x83] : [0x00, 0x80, 0x83, 0xB0, 0xB1, 0xB2]
  }

  /// A page behind its header; nil when there is none.
  private func vitalProductData(_ page: UInt8) -> [UInt8]? {
    guard pages.contains(page) else { return nil }
    let serial = Array(device.serial.utf8)
    switch page {
    case 0x00: return pages
    case 0x80: return serial
    case 0x83:
      // A T10 vendor identification designator of the logical unit, in ASCII.
      let name = Self.padded(Self.vendor, 8) + Self.padded(product, 16) + serial
      return [2, 1, 0, UInt8(clamping: name.count)] + name.prefix(255)
    case 0xB0: return blockLimits
    case 0xB1:
      var bytes = [UInt8](repeating: 0, count: 60)
      // No medium rotates.
      bytes.put(1 as UInt16, at: 0)
      return bytes
    case 0xB2:
      // UNMAP and both forms of WRITE SAME unmap; thin provisioning.
      return isReadOnly ? [0, 0, 0, 0] : [0, 0xE0, 2, 0]
    default: return nil
    }
  }

  private var blockLimits: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 60)
    // WRITE SAME takes no zero for "to the end".
    bytes[0] = 1
    bytes.put(UInt32(Self.mostTransferred / blockSize), at: 4)
    guard !isReadOnly else { return bytes }
    bytes.put(UInt32(Self.mostUnmapped), at: 16)
    bytes.put(UInt32(Self.mostRanges), at: 20)
    bytes.put(UInt32(4096 / blockSize), at: 24)
    bytes.put(Self.mostUnmapped, at: 32)
    return bytes
  }

  func reportUnits(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let allocation = request.command.value(6, 4)
    guard request.command.block[2] <= 2, allocation >= 16 else { throw .check(.invalidField) }
    // Well-known units, which 1 asks for, are not there.
    let numbers = request.command.block[2] == 1 ? [] : request.numbers
    return .data(Self.list(numbers), allocation: allocation)
  }

  /// Logical unit numbers as REPORT LUNS returns them.
  static func list(_ numbers: [UInt64]) -> [UInt8] {
    UInt32(8 * numbers.count).bigEndianBytes + [0, 0, 0, 0] + numbers.flatMap(\.bigEndianBytes)
  }

  /// A unit that is not ready has failed already.
  func testReady(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan { .done }

  func requestSense(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    var sense = isEjected ? SCSISense.noMedium : .none
    if !attentions.isEmpty { sense = attentions.removeFirst() }
    return .data(
      request.command.has(1, at: 1) ? sense.descriptor : sense.bytes,
      allocation: request.command.value(4, 1))
  }
}

/// Numbers of a target that no unit has (SPC-4 6.4.2, 6.33; SAM-5 4.12).
extension SCSIUnit {
  /// What they answer: INQUIRY, REPORT LUNS and REQUEST SENSE are served.
  static func absent(
    _ command: SCSICommand, _ dma: DMASpace, numbers: [UInt64]
  ) -> SCSIAnswer {
    let (data, allocation): ([UInt8], UInt64)
    switch command.operation {
    case 0x12 where !command.has(1, at: 1) && command.block[2] == 0:
      (data, allocation) = (noUnit, command.value(3, 2))
    case 0xA0: (data, allocation) = (list(numbers), command.value(6, 4))
    case 0x03: (data, allocation) = (SCSISense.noUnit.bytes, command.value(4, 1))
    default: return .result(.check(.noUnit))
    }
    let bytes = data.prefix(Int(clamping: allocation))
    guard bytes.count <= command.dataIn.count else { return .overrun(UInt64(bytes.count)) }
    do throws(DMAError) {
      try dma.write(Array(bytes), to: command.dataIn.buffers, from: command.dataIn.offset)
    } catch { return .fault }
    return .result(SCSIResult(dataIn: UInt64(bytes.count)))
  }
}
