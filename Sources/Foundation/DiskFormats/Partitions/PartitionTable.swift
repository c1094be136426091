internal import HostSupport

/// The partitions of a disk: those of its GPT when the MBR protects one, otherwise the MBR's.
///
/// A partition that cannot be is left out and noted, so that the others can be used.
public struct PartitionTable: Sendable {
  /// The form of the table.
  public enum Form: Hashable, Sendable { case mbr, gpt }

  /// The form that was found.
  public let form: Form
  /// The partitions in the order of the table.
  public private(set) var partitions: [DiskPartition] = []
  /// What is wrong with the table where that did not prevent reading it.
  public private(set) var problems: [DiskFormatError] = []

  /// Bytes of the sectors in which an MBR counts.
  static let mbrSector: UInt64 = 512

  /// Reads the table of a disk.
  /// - Parameters:
  ///   - disk: the disk.
  ///   - sector: bytes of its sectors, in which a GPT counts.
  public init(of disk: some DiskBytes, sector: UInt64 = 512) throws(DiskFormatError) {
    guard disk.size >= Self.mbrSector else { throw .noPartitionTable }
    let record = try MasterBootRecord(disk, at: 0)
    guard record.entries.contains(where: { $0.type == MasterBootRecord.protective }) else {
      form = .mbr
      // A boot sector of a file system has the same signature, but no table.
      guard record.isTable else { throw .noPartitionTable }
      readPrimary(record, disk)
      return
    }
    form = .gpt
    let table = try GUIDPartitionTable(disk, sector: sector)
    problems = table.problems
    for entry in table.entries {
      add(
        DiskPartition(
          number: entry.number, type: .gpt(entry.type), range: entry.range), disk.size)
    }
  }

  /// The partition with a number.
  public subscript(number: Int) -> DiskPartition? { partitions.first { $0.number == number } }

  private mutating func add(_ partition: DiskPartition, _ size: UInt64) {
    guard partition.range.upperBound <= size, !partition.range.isEmpty else {
      problems.append(.partitionOutside(partition.number))
      return
    }
    partitions.append(partition)
  }

  // MARK: MBR

  /// The most logical partitions; Linux has minor numbers for fewer.
  private static let mostLogical = 256

  private mutating func readPrimary(_ record: MasterBootRecord, _ disk: some DiskBytes) {
    for (index, entry) in record.entries.enumerated() where entry.isUsed && !entry.isExtended {
      add(entry.partition(index + 1, from: 0), disk.size)
    }
    var number = 5
    for entry in record.entries where entry.isUsed && entry.isExtended {
      do throws(DiskFormatError) { try readLogical(entry, disk, &number) } catch {
        problems.append(error)
      }
    }
  }

  /// Follows the chain of extended boot records. Each has a logical partition, relative to itself, and
  /// the next record, relative to the extended partition.
  private mutating func readLogical(
    _ extended: MasterBootRecord.Entry, _ disk: some DiskBytes, _ number: inout Int
  ) throws(DiskFormatError) {
    let base = UInt64(extended.start) * Self.mbrSector
    var (place, seen) = (base, Set<UInt64>())
    while true {
      guard seen.insert(place).inserted, seen.count <= Self.mostLogical else {
        throw .chain(offset: place)
      }
      let record = try MasterBootRecord(disk, at: place)
      if let entry = record.entries.first(where: { $0.isUsed && !$0.isExtended }) {
        add(entry.partition(number, from: place), disk.size)
        number += 1
      }
      guard let next = record.entries.first(where: { $0.isUsed && $0.isExtended }) else { return }
      place = base + UInt64(next.start) * Self.mbrSector
    }
  }
}

/// The first sector of a disk or of a logical partition: four rows at offset 446, and a signature.
struct MasterBootRecord {
  struct Entry {
    var status: UInt8
    var type: UInt8
    /// First sector and number of sectors of 512 bytes.
    var start: UInt32
    var count: UInt32

    var isUsed: Bool { type != 0 && count > 0 }
    var isExtended: Bool { [0x05, 0x0F, 0x85].contains(type) }

    /// A partition whose first sector is relative to an offset in bytes. 32 bits of sectors from 40
    /// bits of bytes are no more than 64 bits.
    func partition(_ number: Int, from base: UInt64) -> DiskPartition {
      let first = base + UInt64(start) * PartitionTable.mbrSector
      return DiskPartition(
        number: number, type: .mbr(type),
        range: first..<first + UInt64(count) * PartitionTable.mbrSector, isActive: status == 0x80)
    }
  }

  /// The type of an entry that protects a GPT.
  static let protective: UInt8 = 0xEE

  let entries: [Entry]

  init(_ disk: some DiskBytes, at offset: UInt64) throws(DiskFormatError) {
    let bytes = try disk.bytes(512, at: offset)
    guard bytes[510] == 0x55, bytes[511] == 0xAA else {
      throw offset == 0
        ? .noPartitionTable : .signature(structure: "an extended boot record", offset: offset)
    }
    entries = (0..<4).map { index in
      let row = bytes[446 + 16 * index..<462 + 16 * index]
      let first = row.startIndex
      return Entry(
        status: row[first], type: row[first + 4],
        start: UInt32(littleEndianBytes: row[first + 8..<first + 12]),
        count: UInt32(littleEndianBytes: row[first + 12..<first + 16]))
    }
  }

  /// Whether the rows are those of a table: each is active or not, and one is used.
  var isTable: Bool {
    entries.allSatisfy { $0.status & 0x7F == 0 } && entries.contains { $0.isUsed }
  }
}
