import HostSupport

@testable import DiskFormats

/// A medium in memory.
struct TestMedium: DiskBytes {
  var bytes: [UInt8]
  /// Sectors of 512 bytes that cannot be read.
  var damaged: Set<UInt64> = []

  init(sectors: Int) { bytes = [UInt8](repeating: 0, count: sectors * 512) }
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var size: UInt64 { UInt64(bytes.count) }

  func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskFormatError) {
    precondition(offset + UInt64(buffer.count) <= size, "the caller checks the range")
    let sectors = offset / 512...(offset + UInt64(max(buffer.count, 1)) - 1) / 512
    if sectors.contains(where: damaged.contains) {
      throw .unreadable(offset: offset, reason: "damaged")
    }
    buffer.copyBytes(from: bytes[Int(offset)..<Int(offset) + buffer.count])
  }

  mutating func put(_ new: [UInt8], at offset: Int) {
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
  }

  /// A row of an MBR or an extended boot record.
  mutating func row(
    _ index: Int, type: UInt8, start: UInt32, count: UInt32, active: Bool = false, at sector: Int = 0
  ) {
    let row: [UInt8] =
      [active ? 0x80 : 0, 0, 0, 0, type, 0, 0, 0] + start.littleEndianBytes
      + count.littleEndianBytes
    put(row, at: sector * 512 + 446 + 16 * index)
    put([0x55, 0xAA], at: sector * 512 + 510)
  }

  struct GUIDEntry {
    var type: [UInt8]
    var first: UInt64
    var last: UInt64
  }

  /// A GPT at both ends, with its protective MBR.
  mutating func gpt(_ entries: [GUIDEntry?], sector: Int = 512, count: Int = 128) {
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

  /// The type of Linux's file systems in a GPT.
  static let linux: [UInt8] = [
    0xAF, 0x3D, 0xC6, 0x0F, 0x83, 0x84, 0x72, 0x47, 0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4,
  ]
  static let prep: [UInt8] = [
    0x38, 0x2D, 0x1A, 0x9E, 0x12, 0xC6, 0x16, 0x43, 0xAA, 0x26, 0x8B, 0x49, 0x52, 0x1E, 0x5A, 0x8B,
  ]
}

/// An ISO 9660 file system in memory: folders of files.
struct TestISO {
  indirect enum Item {
    case file([UInt8])
    case folder([(name: String, rockRidge: String?, Item)])
  }

  private(set) var bytes: [UInt8]

  init(_ root: Item) {
    bytes = [UInt8](repeating: 0, count: 18 * 2048)
    bytes.replaceSubrange(16 * 2048..<16 * 2048 + 7, with: [1] + Array("CD001".utf8) + [1])
    bytes.replaceSubrange(17 * 2048..<17 * 2048 + 7, with: [255] + Array("CD001".utf8) + [1])
    bytes.replaceSubrange(16 * 2048 + 128..<16 * 2048 + 130, with: [0, 8])
    let place = add(root)
    let record = Self.record([0], rockRidge: nil, place, isFolder: true)
    bytes.replaceSubrange(16 * 2048 + 156..<16 * 2048 + 156 + record.count, with: record)
  }

  private mutating func add(_ item: Item) -> (block: Int, size: Int) {
    var data: [UInt8]
    switch item {
    case .file(let content): data = content
    case .folder(let items):
      data = []
      for (name, rockRidge, item) in items {
        let place = add(item)
        let isFolder = if case .folder = item { true } else { false }
        let record = Self.record(
          Array(name.utf8), rockRidge: rockRidge, place, isFolder: isFolder)
        if data.count % 2048 + record.count > 2048 { Self.pad(&data) }
        data += record
      }
      Self.pad(&data)
    }
    let block = bytes.count / 2048
    bytes += data
    Self.pad(&bytes)
    return (block, data.count)
  }

  private static func pad(_ data: inout [UInt8]) {
    data += [UInt8](repeating: 0, count: (2048 - data.count % 2048) % 2048)
  }

  private static func record(
    _ name: [UInt8], rockRidge: String?, _ place: (block: Int, size: Int), isFolder: Bool
  ) -> [UInt8] {
    func both(_ value: Int) -> [UInt8] {
      UInt32(value).littleEndianBytes + UInt32(value).littleEndianBytes.reversed()
    }
    var record: [UInt8] = [0, 0] + both(place.block) + both(place.size)
    record += [0, 0, 0, 0, 0, 0, 0, isFolder ? 2 : 0, 0, 0, 1, 0, 0, 1, UInt8(name.count)] + name
    if record.count % 2 == 1 { record.append(0) }
    if let rockRidge {
      record += [UInt8(ascii: "P"), UInt8(ascii: "X"), 6, 1, 0, 0]
      record += [UInt8(ascii: "N"), UInt8(ascii: "M"), UInt8(5 + rockRidge.utf8.count), 1, 0]
      record += Array(rockRidge.utf8)
      if record.count % 2 == 1 { record.append(0) }
    }
    record[0] = UInt8(record.count)
    return record
  }
}
