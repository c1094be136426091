package import DiskFormats
internal import HostSupport

/// A medium in memory, with tables that are right.
package struct SampleMedium: DiskBytes {
  package var bytes: [UInt8]
  /// Sectors of 512 bytes that cannot be read.
  package var damaged: Set<UInt64> = []

  package init(sectors: Int) { bytes = [UInt8](repeating: 0, count: sectors * 512) }
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var size: UInt64 { UInt64(bytes.count) }

  package func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) {
    precondition(offset + UInt64(buffer.count) <= size, "the caller checks the range")
    let sectors = offset / 512...(offset + UInt64(max(buffer.count, 1)) - 1) / 512
    if sectors.contains(where: damaged.contains) {
      throw .unreadable(offset: offset, reason: "damaged")
    }
    buffer.copyBytes(from: bytes[Int(offset)..<Int(offset) + buffer.count])
  }

  package mutating func put(_ new: [UInt8], at offset: Int) {
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
  }

  /// A row of an MBR or an extended boot record.
  package mutating func row(
    _ index: Int, type: UInt8, start: UInt32, count: UInt32, active: Bool = false,
    at sector: Int = 0
  ) {
    let row: [UInt8] =
      [active ? 0x80 : 0, 0, 0, 0, type, 0, 0, 0] + start.littleEndianBytes
      + count.littleEndianBytes
    put(row, at: sector * 512 + 446 + 16 * index)
    put([0x55, 0xAA], at: sector * 512 + 510)
  }

  /// An entry of a GPT: the type's GUID, first and last sector.
  package struct GUIDEntry {
    package var type: [UInt8]
    package var first: UInt64
    package var last: UInt64

    package init(type: [UInt8], first: UInt64, last: UInt64) {
      (self.type, self.first, self.last) = (type, first, last)
    }
  }

  /// A GPT at both ends, with its protective MBR.
  package mutating func gpt(_ entries: [GUIDEntry?], sector: Int = 512, count: Int = 128) {
    row(0, type: 0xEE, start: 1, count: UInt32(bytes.count / sector - 1))
    var table = [UInt8]()
    for entry in entries {
      table += entry?.type ?? [UInt8](repeating: 0, count: 16)
      table += [UInt8](repeating: entry == nil ? 0 : 7, count: 16)
      table += (entry?.first ?? 0).littleEndianBytes + (entry?.last ?? 0).littleEndianBytes
      table += [UInt8](repeating: 0, count: 80)
    }
    table += [UInt8](repeating: 0, count: count * 128 - table.count)
    let sectors = bytes.count / sector
    let tableSectors = (table.count + sector - 1) / sector
    for (own, other, place) in [
      (1, sectors - 1, 2), (sectors - 1, 1, sectors - 1 - tableSectors),
    ] {
      put(table, at: place * sector)
      var header = Array("EFI PART".utf8) + [0, 0, 1, 0, 92, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      header += UInt64(own).littleEndianBytes + UInt64(other).littleEndianBytes
      header += UInt64(2 + tableSectors).littleEndianBytes + UInt64(sectors - 2).littleEndianBytes
      header += [UInt8](repeating: 9, count: 16) + UInt64(place).littleEndianBytes
      header += UInt32(count).littleEndianBytes + UInt32(128).littleEndianBytes
      header += CRC32.checksum(table).littleEndianBytes
      header.replaceSubrange(16..<20, with: CRC32.checksum(header).littleEndianBytes)
      put(header, at: own * sector)
    }
  }

  /// Computes the checksums of the primary GPT again; the backup is not touched.
  package mutating func renewChecksums(sector: Int = 512) {
    func number(_ offset: Int, _ count: Int) -> Int {
      Int(
        clamping: UInt64(littleEndianBytes: bytes[sector + offset..<sector + offset + count]))
    }
    guard bytes.count >= 3 * sector else { return }
    let (first, size) = (number(72, 8), number(80, 4) * number(84, 4))
    let place = first.multipliedReportingOverflow(by: sector)
    if !place.overflow, place.partialValue <= bytes.count, size <= bytes.count - place.partialValue
    {
      let table = bytes[place.partialValue..<place.partialValue + size]
      put(CRC32.checksum(table).littleEndianBytes, at: sector + 88)
    }
    put([0, 0, 0, 0], at: sector + 16)
    let header = bytes[sector..<sector + min(max(number(12, 4), 92), sector)]
    put(CRC32.checksum(header).littleEndianBytes, at: sector + 16)
  }

  /// The type of Linux's file systems in a GPT.
  package static let linux: [UInt8] = [
    0xAF, 0x3D, 0xC6, 0x0F, 0x83, 0x84, 0x72, 0x47, 0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4,
  ]
  package static let prep: [UInt8] = [
    0x38, 0x2D, 0x1A, 0x9E, 0x12, 0xC6, 0x16, 0x43, 0xAA, 0x26, 0x8B, 0x49, 0x52, 0x1E, 0x5A, 0x8B,
  ]
}
