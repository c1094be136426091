internal import HostSupport

/// A GUID partition table (UEFI 2.10, 5.3): the primary one, or the backup at the end of the disk when
/// the primary one is damaged.
struct GUIDPartitionTable {
  struct Entry {
    var number: Int
    /// Sixteen bytes of the type's GUID.
    var type: [UInt8]
    /// Offsets in bytes.
    var range: Range<UInt64>
  }

  private(set) var entries: [Entry] = []
  private(set) var problems: [DiskFormatError] = []

  private static let signature = Array("EFI PART".utf8)
  /// The most bytes of all entries; the usual table has 16 KiB.
  private static let mostBytes: UInt64 = 1 << 20

  init(_ disk: some DiskBytes, sector: UInt64) throws(DiskFormatError) {
    guard sector >= 512, disk.size / sector > 2 else { throw .noPartitionTable }
    do throws(DiskFormatError) {
      try read(disk, header: sector, sector: sector)
    } catch let primary {
      let last = (disk.size / sector - 1) * sector
      do throws(DiskFormatError) {
        try read(disk, header: last, sector: sector)
      } catch { throw primary }
      problems.insert(primary, at: 0)
    }
  }

  private mutating func read(
    _ disk: some DiskBytes, header offset: UInt64, sector: UInt64
  ) throws(DiskFormatError) {
    let name = "the GPT header"
    func wrong(_ field: String, _ value: UInt64) -> DiskFormatError {
      .field(structure: name, name: field, value: value, offset: offset)
    }
    var header = try disk.bytes(Int(sector), at: offset)
    func number(_ at: Int, _ count: Int) -> UInt64 {
      UInt64(littleEndianBytes: header[at..<at + count])
    }
    guard header.starts(with: Self.signature) else {
      throw .signature(structure: name, offset: offset)
    }
    let size = number(12, 4)
    guard (92...sector).contains(size) else { throw wrong("the size", size) }
    let checksum = UInt32(number(16, 4))
    header.replaceSubrange(16..<20, with: [0, 0, 0, 0])
    guard CRC32.checksum(header[..<Int(size)]) == checksum else {
      throw .checksum(structure: name, offset: offset)
    }
    let own = number(24, 8)
    guard own == offset / sector else { throw wrong("the sector of its own", own) }

    let (first, count, step) = (number(72, 8), number(80, 4), number(84, 4))
    guard step >= 128, step <= 4096, step.isMultiple(of: 8) else {
      throw wrong("the size of an entry", step)
    }
    // Both have 32 bits.
    guard count * step <= Self.mostBytes else { throw wrong("the number of entries", count) }
    let (place, overflow) = first.multipliedReportingOverflow(by: sector)
    guard !overflow else { throw wrong("the sector of the entries", first) }
    let bytes = try disk.bytes(Int(count * step), at: place)
    guard CRC32.checksum(bytes) == UInt32(number(88, 4)) else {
      throw .checksum(structure: "the GPT entries", offset: place)
    }
    for index in 0..<Int(count) {
      readEntry(bytes[index * Int(step)..<(index + 1) * Int(step)], index, sector)
    }
  }

  private mutating func readEntry(_ bytes: ArraySlice<UInt8>, _ index: Int, _ sector: UInt64) {
    let start = bytes.startIndex
    let type = Array(bytes[start..<start + 16])
    guard type.contains(where: { $0 != 0 }) else { return }
    let first = UInt64(littleEndianBytes: bytes[start + 32..<start + 40])
    let last = UInt64(littleEndianBytes: bytes[start + 40..<start + 48])
    let (end, overflow) = last.addingReportingOverflow(1)
    let (from, fromOverflow) = first.multipliedReportingOverflow(by: sector)
    let (to, toOverflow) = end.multipliedReportingOverflow(by: sector)
    guard !overflow, !fromOverflow, !toOverflow, from < to else {
      problems.append(.partitionOutside(index + 1))
      return
    }
    entries.append(Entry(number: index + 1, type: type, range: from..<to))
  }
}
