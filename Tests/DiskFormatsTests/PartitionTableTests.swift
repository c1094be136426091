import DiskSamples
import Testing

@testable import DiskFormats

@Suite struct PartitionTableTests {
  @Test func `the checksum is that of the standard`() {
    #expect(CRC32.checksum("123456789".utf8) == 0xCBF4_3926)
  }

  @Test func `primary and logical partitions have the numbers of Linux`() throws {
    var disk = SampleMedium(sectors: 1000)
    disk.row(0, type: 0x41, start: 8, count: 16, active: true)
    disk.row(2, type: 0x83, start: 30, count: 10)
    disk.row(3, type: 0x0F, start: 100, count: 500)
    disk.row(0, type: 0x83, start: 2, count: 20, at: 100)
    disk.row(1, type: 0x05, start: 200, count: 100, at: 100)
    disk.row(0, type: 0x41, start: 5, count: 30, at: 300)
    let table = try PartitionTable(of: disk)
    #expect(table.form == .mbr && table.problems.isEmpty)
    #expect(table.partitions.map(\.number) == [1, 3, 5, 6])
    #expect(table[1]?.range == 4096..<12288)
    #expect(table[1]?.isActive == true && table[1]?.type.isPReP == true)
    #expect(table[3]?.type == .mbr(0x83) && table[3]?.isActive == false)
    #expect(table[5]?.range == 52224..<62464)
    #expect(table[6]?.range == 156_160..<171_520)
    #expect(table[2] == nil)
  }

  @Test func `a partition that is not within the disk is left out`() throws {
    var disk = SampleMedium(sectors: 100)
    disk.row(0, type: 0x41, start: 90, count: 11)
    disk.row(1, type: 0x83, start: .max, count: .max)
    disk.row(2, type: 0x83, start: 90, count: 10)
    let table = try PartitionTable(of: disk)
    #expect(table.partitions.map(\.number) == [3])
    #expect(table.problems == [.partitionOutside(1), .partitionOutside(2)])
  }

  @Test func `a chain with a loop or without its end is noted, and what it has is used`() throws {
    var disk = SampleMedium(sectors: 1000)
    disk.row(0, type: 0x05, start: 100, count: 500)
    disk.row(0, type: 0x83, start: 2, count: 20, at: 100)
    disk.row(1, type: 0x05, start: 0, count: 100, at: 100)
    var table = try PartitionTable(of: disk)
    #expect(table.partitions.map(\.number) == [5])
    #expect(table.problems == [.chain(offset: 100 * 512)])
    disk.row(1, type: 0x05, start: 300, count: 100, at: 100)
    table = try PartitionTable(of: disk)
    #expect(table.problems == [.signature(structure: "an extended boot record", offset: 400 * 512)])
    disk.row(1, type: 0x05, start: 100_000, count: 100, at: 100)
    table = try PartitionTable(of: disk)
    #expect(table.problems == [.ends(offset: 100_100 * 512, count: 512, size: 512_000)])
  }

  @Test func `a chain of records without partitions ends`() throws {
    var disk = SampleMedium(sectors: 1000)
    disk.row(0, type: 0x05, start: 100, count: 900)
    for sector in 100..<999 {
      disk.row(1, type: 0x05, start: UInt32(sector - 99), count: 1, at: sector)
    }
    let table = try PartitionTable(of: disk)
    #expect(table.partitions.isEmpty && table.problems.count == 1)
    #expect(table.problems != [.signature(structure: "an extended boot record", offset: 999 * 512)])
  }

  @Test func `what has no table is refused`() {
    #expect(throws: DiskFormatError.noPartitionTable) {
      try PartitionTable(of: SampleMedium(sectors: 0))
    }
    var disk = SampleMedium(sectors: 10)
    #expect(throws: DiskFormatError.noPartitionTable) { try PartitionTable(of: disk) }
    // The boot sector of a file system: its code is where rows would be.
    disk.put([UInt8](repeating: 0x33, count: 64), at: 446)
    disk.put([0x55, 0xAA], at: 510)
    #expect(throws: DiskFormatError.noPartitionTable) { try PartitionTable(of: disk) }
    disk.damaged = [0]
    #expect(throws: DiskFormatError.unreadable(offset: 0, reason: "damaged")) {
      try PartitionTable(of: disk)
    }
  }

  @Test(arguments: [512, 4096])
  func `a GPT is read in its sectors`(sector: Int) throws {
    var disk = SampleMedium([UInt8](repeating: 0, count: 100 * sector))
    disk.gpt(
      [
        .init(type: SampleMedium.prep, first: 40, last: 47), nil,
        .init(type: SampleMedium.linux, first: 50, last: 59),
        .init(type: SampleMedium.linux, first: 60, last: 59),
        .init(type: SampleMedium.linux, first: 60, last: .max),
        .init(type: SampleMedium.linux, first: 60, last: 100),
      ], sector: sector)
    let table = try PartitionTable(of: disk, sector: UInt64(sector))
    #expect(table.form == .gpt)
    #expect(table.partitions.map(\.number) == [1, 3])
    #expect(table[1]?.range == UInt64(40 * sector)..<UInt64(48 * sector))
    #expect(table[1]?.type.isPReP == true)
    #expect(table[1]?.type.description == "type 9e1a2d38-c612-4316-aa26-8b49521e5a8b")
    #expect(
      Set(table.problems) == [.partitionOutside(4), .partitionOutside(5), .partitionOutside(6)])
  }

  @Test func `the backup serves when the primary GPT is damaged`() throws {
    var disk = SampleMedium(sectors: 200)
    disk.gpt([.init(type: SampleMedium.prep, first: 40, last: 47)])
    let good = disk
    disk.bytes[512 + 30] ^= 1
    var table = try PartitionTable(of: disk)
    #expect(table[1] != nil)
    #expect(table.problems == [.checksum(structure: "the GPT header", offset: 512)])
    disk = good
    disk.bytes[1024 + 5] ^= 1
    table = try PartitionTable(of: disk)
    #expect(table[1]?.type == .prepGPT)
    #expect(table.problems == [.checksum(structure: "the GPT entries", offset: 1024)])
    // Both.
    disk.bytes[199 * 512] = 0
    #expect(throws: DiskFormatError.checksum(structure: "the GPT entries", offset: 1024)) {
      try PartitionTable(of: disk)
    }
  }

  @Test func `fields of a GPT are checked before what they name is read`() throws {
    for (offset, bytes) in [
      (12, [91, 0, 0, 0]), (12, [1, 2, 0, 0]), (24, [2]), (72, [UInt8](repeating: 255, count: 8)),
      (80, [255, 255, 255, 255]), (84, [0, 0, 0, 0]), (84, [255, 255, 255, 255]), (84, [129]),
    ] as [(Int, [UInt8])] {
      var disk = SampleMedium(sectors: 200)
      disk.gpt([.init(type: SampleMedium.prep, first: 40, last: 47)])
      disk.put([0], at: 199 * 512)
      disk.put(bytes, at: 512 + offset)
      let size = min(Int(disk.bytes[512 + 12]) | Int(disk.bytes[512 + 13]) << 8, 512)
      disk.put([0, 0, 0, 0], at: 512 + 16)
      let checksum = CRC32.checksum(disk.bytes[512..<512 + size])
      disk.put((0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }, at: 512 + 16)
      let error = #expect(throws: DiskFormatError.self) { try PartitionTable(of: disk) }
      switch error {
      case .field(structure: "the GPT header", _, _, offset: 512), .ends: break
      default: Issue.record("\(offset): \(String(describing: error))")
      }
    }
  }
}
