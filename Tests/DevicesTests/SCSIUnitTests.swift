import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// Commands to a disk of 16 blocks, and to what is no disk.
@Suite struct SCSIUnitTests {
  let file = try? TestFile(pattern(16 * 512))

  func initiator(
    isReadOnly: Bool = false, isImmediate: Bool = true, isReady: Bool = true
  ) throws -> SCSIInitiator {
    try SCSIInitiator(
      RawFile(opening: try #require(file).path, isReadOnly: isReadOnly), isReadOnly: isReadOnly,
      isImmediate: isImmediate, isReady: isReady)
  }

  @Test(arguments: [true, false])
  func `blocks are read and written by each form of the commands`(isImmediate: Bool) throws {
    let disk = try initiator(isImmediate: isImmediate)
    var expected = pattern(16 * 512)
    let forms: [(read: [UInt8], write: [UInt8])] = [
      ([0x08, 0, 0, 5, 2, 0], [0x0A, 0, 0, 5, 2, 0]),
      (CDB.ten(0x28, 5, 2), CDB.ten(0x2A, 5, 2)),
      (CDB.twelve(0xA8, 5, 2), CDB.twelve(0xAA, 5, 2)),
      (CDB.sixteen(0x88, 5, 2), CDB.sixteen(0x8A, 5, 2)),
      (CDB.ten(0x28, 5, 2, flags: 8), CDB.ten(0x2A, 5, 2, flags: 8)),
    ]
    for (round, form) in forms.enumerated() {
      #expect(
        try disk.command(form.read, room: 1024)
          == .init(bytes: Array(expected[5 * 512..<7 * 512])))
      let new = pattern(1024, from: 99 * round)
      #expect(try disk.command(form.write, out: new) == .init(dataOut: 1024))
      expected.replaceSubrange(5 * 512..<7 * 512, with: new)
      #expect(try #require(file).bytes == expected)
    }
    #expect(try disk.command(CDB.ten(0x35, 0, 0)) == .init())
    #expect(try disk.command(CDB.sixteen(0x91, 0, 0)) == .init())
    #expect(try disk.command([0x1B, 0, 0, 0, 0, 0]) == .init())
  }

  @Test func `what is beyond the end is an error and changes nothing`() throws {
    let disk = try initiator()
    for block in [
      CDB.ten(0x28, 15, 2), CDB.ten(0x28, 17, 0), CDB.twelve(0xA8, .max, .max),
      CDB.sixteen(0x88, .max, .max), CDB.sixteen(0x88, 1 << 55, 1), CDB.ten(0x2F, 15, 2),
      CDB.ten(0x35, 15, 2), CDB.ten(0x41, 15, 2), CDB.sixteen(0x93, .max, 2),
    ] {
      #expect(
        try disk.command(block, out: pattern(512, from: 3), room: 4096) == .check(.outOfRange),
        "\(block)")
    }
    #expect(try disk.command(CDB.ten(0x2A, 15, 2), out: pattern(1024)) == .check(.outOfRange))
    #expect(try #require(file).bytes == pattern(16 * 512))
    // No block is none of them.
    #expect(try disk.command(CDB.ten(0x28, 16, 0)) == .init())
  }

  @Test func `buffers that are too small are not used`() throws {
    let disk = try initiator()
    #expect(try disk.command(CDB.ten(0x28, 0, 2), room: 1023) == .init(needed: 1024))
    #expect(try disk.command(CDB.ten(0x2A, 0, 2), out: pattern(1000)) == .init(needed: 1024))
    #expect(try disk.command(CDB.inquiry(), room: 10) == .init(needed: 36))
    #expect(try disk.command(CDB.inquiry(allocation: 10), room: 10).bytes.count == 10)
    #expect(try disk.command(CDB.ten(0x41, 0, 2), out: [1]) == .init(needed: 512))
    #expect(try disk.command([0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0], out: [1]) == .init(needed: 24))
    #expect(try #require(file).bytes == pattern(16 * 512))
    // Memory that the adapter cannot reach.
    disk.board.table[0x80] = 0
    #expect(try disk.command(CDB.ten(0x28, 0, 1), room: 512) == .init(isFault: true))
    #expect(try disk.command(CDB.inquiry(), room: 36) == .init(isFault: true))
  }

  @Test func `a disk says what it is`() throws {
    let disk = try initiator()
    let standard = try disk.command(CDB.inquiry(), room: 255).bytes
    #expect(standard.count == 36)
    #expect(Array(standard[..<8]) == [0, 0, 5, 0x12, 31, 0, 0, 2])
    #expect(String(decoding: standard[8..<32], as: UTF8.self) == "PAPR    VIRTUAL DISK    ")
    #expect(
      try disk.command(CDB.inquiry(0), room: 255).bytes
        == [0, 0, 0, 6, 0x00, 0x80, 0x83, 0xB0, 0xB1, 0xB2])
    #expect(
      try disk.command(CDB.inquiry(0x80), room: 255).bytes
        == [0, 0x80, 0, 8] + Array("serial-1".utf8))
    let name = Array("PAPR    VIRTUAL DISK    serial-1".utf8)
    #expect(
      try disk.command(CDB.inquiry(0x83), room: 255).bytes
        == [0, 0x83, 0, 36, 2, 1, 0, 32] + name)
    let limits = try disk.command(CDB.inquiry(0xB0), room: 255).bytes
    #expect(limits.count == 64)
    #expect(UInt32(bigEndianBytes: limits[8..<12]) == 131_072)
    #expect(UInt64(bigEndianBytes: limits[36..<44]) == 1 << 22)
    #expect(try disk.command(CDB.inquiry(0xB1), room: 255).bytes[4..<6] == [0, 1])
    #expect(try disk.command(CDB.inquiry(0xB2), room: 255).bytes == [0, 0xB2, 0, 4, 0, 0xE0, 2, 0])
    #expect(try disk.command(CDB.inquiry(0xB5), room: 255) == .check(.invalidField))
    #expect(try disk.command([0x12, 0, 0x80, 0, 255, 0], room: 255) == .check(.invalidField))
    #expect(
      try disk.command(CDB.ten(0x25, 0, 0), room: 8).bytes == [0, 0, 0, 15, 0, 0, 2, 0])
    let long = try disk.command(
      [0x9E, 0x10] + [UInt8](repeating: 0, count: 11) + [32, 0, 0], room: 32
    ).bytes
    #expect(long.count == 32 && long[7] == 15 && long[10] == 2 && long[14] == 0x80)
    #expect(
      try disk.command([0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0], room: 255).bytes
        == [0, 0, 0, 8, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8))
  }

  @Test func `the first command after power-on reports it`() throws {
    let disk = try initiator(isReady: false)
    #expect(try disk.command(CDB.inquiry(), room: 36).status == 0)
    #expect(try disk.command([0, 0, 0, 0, 0, 0]) == .check(.powerOn))
    #expect(try disk.command([0, 0, 0, 0, 0, 0]) == .init())
    disk.target.reset()
    // REQUEST SENSE returns the condition as data.
    let sense = try disk.command([3, 0, 0, 0, 255, 0], room: 255)
    #expect(sense.status == 0 && sense.bytes.count == 18)
    #expect(sense.bytes[2] == 6 && sense.bytes[12] == 0x29 && sense.bytes[7] == 10)
    #expect(
      try disk.command([3, 1, 0, 0, 255, 0], room: 255).bytes == [0x72, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `commands that are not served are refused by name`() throws {
    let disk = try initiator()
    let served = Set(SCSICommandRow.all.filter { $0.kinds.contains(.disk) }.map(\.operation))
    for operation in UInt8.min ... .max where !served.contains(operation) {
      #expect(try disk.command([operation], room: 64) == .check(.invalidCommand))
    }
    // A service action that is none; protection information; the NACA bit.
    #expect(try disk.command([0x9E, 0x12], room: 64) == .check(.invalidField))
    #expect(try disk.command(CDB.ten(0x28, 0, 1, flags: 0x20), room: 512) == .check(.invalidField))
    #expect(try disk.command([0, 0, 0, 0, 0, 4]) == .check(.invalidField))
    let rows = SCSICommandRow.all.map { "\($0.operation) \($0.action ?? 0)" }
    #expect(Set(rows).count == rows.count)
  }

  @Test func `a disk that cannot be written`() throws {
    let disk = try initiator(isReadOnly: true)
    for block in [
      CDB.ten(0x2A, 0, 1), [0x0A, 0, 0, 0, 1, 0], CDB.ten(0x41, 0, 1), CDB.sixteen(0x93, 0, 1),
      [0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0],
    ] { #expect(try disk.command(block, out: pattern(512)) == .check(.writeProtected)) }
    #expect(try disk.command(CDB.modeSense(0x3F), room: 255).bytes[2] == 0x90)
    #expect(try disk.command(CDB.ten(0x35, 0, 0)) == .init())
    #expect(try #require(file).bytes == pattern(16 * 512))
  }

  @Test func `blocks are filled, zeroed and given back`() throws {
    let disk = try initiator()
    var expected = pattern(16 * 512)
    let block = pattern(512, from: 77)
    #expect(try disk.command(CDB.ten(0x41, 2, 3), out: block) == .init(dataOut: 512))
    expected.replaceSubrange(2 * 512..<5 * 512, with: block + block + block)
    #expect(try #require(file).bytes == expected)
    // UNMAP bit, and no data-out buffer.
    #expect(try disk.command(CDB.sixteen(0x93, 8, 4, flags: 9)) == .init())
    expected.replaceSubrange(8 * 512..<12 * 512, with: [UInt8](repeating: 0, count: 2048))
    #expect(try #require(file).bytes == expected)
    #expect(try disk.command(CDB.ten(0x41, 2, 0), out: block) == .check(.invalidField))
    func unmap(_ ranges: [(UInt64, UInt32)]) -> [UInt8] {
      var list: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
      for (address, count) in ranges {
        list += address.bigEndianBytes
        list += count.bigEndianBytes + [0, 0, 0, 0]
      }
      list.put(UInt16(list.count - 2), at: 0)
      list.put(UInt16(list.count - 8), at: 2)
      return list
    }
    let list = unmap([(0, 1), (15, 1)])
    let command = [0x42, 0, 0, 0, 0, 0, 0] + UInt16(list.count).bigEndianBytes + [0]
    #expect(try disk.command(command, out: list) == .init(dataOut: UInt64(list.count)))
    #expect(try disk.command(command, out: unmap([(0, 1), (15, 2)])) == .check(.outOfRange))
    #expect(
      try disk.command(command, out: unmap([(0, .max), (0, 1)])) == .check(.invalidParameter))
    #expect(
      try disk.command([0x42, 0, 0, 0, 0, 0, 0, 0, 7, 0], out: list) == .check(.parameterListLength)
    )
    let bytes = try #require(file).bytes
    #expect(bytes[512..<15 * 512] == expected[512..<15 * 512])
  }

  @Test func `blocks are compared`() throws {
    let disk = try initiator()
    #expect(try disk.command(CDB.ten(0x2F, 0, 16)) == .init())
    let same = Array(pattern(16 * 512)[512..<1536])
    #expect(try disk.command(CDB.ten(0x2F, 1, 2, flags: 2), out: same) == .init(dataOut: 1024))
    var other = same
    other[1023] ^= 1
    #expect(try disk.command(CDB.ten(0x2F, 1, 2, flags: 2), out: other) == .check(.different))
    #expect(try disk.command(CDB.ten(0x2F, 1, 2, flags: 4), out: same) == .check(.invalidField))
  }

  @Test func `the write cache is a mode page that can be changed`() throws {
    let disk = try initiator()
    let page: [UInt8] = [8, 18, 4] + [UInt8](repeating: 0, count: 17)
    #expect(
      try disk.command(CDB.modeSense(8, flags: 8), room: 255).bytes == [23, 0, 0x10, 0] + page)
    #expect(try disk.command(CDB.modeSense(0x48, flags: 8), room: 255).bytes[6] == 4)
    let all = try disk.command([0x5A, 0, 0x3F, 0, 0, 0, 0, 1, 0, 0], room: 256).bytes
    #expect(Int(UInt16(bigEndianBytes: all[..<2])) == all.count - 2)
    #expect(Array(all[6..<16]) == [0, 8, 0, 0, 0, 16, 0, 0, 2, 0])
    #expect(try disk.command(CDB.modeSense(0xC8), room: 255) == .check(.savedPages))
    #expect(try disk.command(CDB.modeSense(0x2A), room: 255) == .check(.invalidField))
    let list: [UInt8] = [0, 0, 0, 0, 8, 18, 0] + [UInt8](repeating: 0, count: 17)
    let select: [UInt8] = [0x15, 0x10, 0, 0, UInt8(list.count), 0]
    #expect(disk.unit.isCaching)
    #expect(try disk.command(select, out: list).status == 0)
    #expect(!disk.unit.isCaching)
    #expect(try disk.command(CDB.modeSense(8, flags: 8), room: 255).bytes[6] == 0)
    var wrong = list
    wrong[10] = 1
    #expect(try disk.command(select, out: wrong) == .check(.invalidParameter))
    #expect(
      try disk.command([0x15, 0x10, 0, 0, 6, 0], out: Array(list[..<6]))
        == .check(.parameterListLength))
  }

  @Test func `errors of the host are sense data`() throws {
    let disk = try initiator()
    try #require(file).truncate(to: 512)
    #expect(try disk.command(CDB.ten(0x28, 4, 1), room: 512) == .check(.readError))
    #expect(try disk.command(CDB.ten(0x2F, 4, 1)) == .check(.readError))
    try disk.unit.storage.release()
    #expect(try disk.command(CDB.ten(0x28, 0, 1), room: 512) == .check(.targetFailure))
  }

  @Test func `commands that wait are ended`() throws {
    let disk = try initiator(isImmediate: false)
    let read = CDB.ten(0x28, 0, 8)
    func isAborted(_ answer: SCSIAnswer?) -> Bool {
      if case .aborted = answer { true } else { false }
    }
    #expect(isAborted(try disk.ended(read, room: 4096) { $0.end(unit: 3, tag: 7, .aborted) }))
    #expect(try disk.ended(read, room: 4096) { $0.end(unit: 3, tag: 8, .aborted) } != nil)
    #expect(try disk.ended(read, room: 4096) { $0.reset() } == nil)
    #expect(disk.target.waiting == 0)
    #expect(try disk.command([0, 0, 0, 0, 0, 0]) == .check(.powerOn))
  }

  @Test func `random command descriptor blocks are answered and keep the rules`() throws {
    var generator = SystemRandomNumberGenerator()
    let disk = try initiator()
    let operations = SCSICommandRow.all.map(\.operation)
    for _ in 0..<20_000 {
      var block = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
      block[0] = operations.randomElement(using: &generator) ?? 0
      // Most of a block is zero, as otherwise few get past the first check.
      for place in 1..<16 where Int.random(in: 0..<4, using: &generator) > 0 { block[place] = 0 }
      let out = (0..<Int.random(in: 0...600, using: &generator)).map { UInt8($0 & 7) }
      let answer = try disk.command(block, out: out, room: .random(in: 0...4096, using: &generator))
      #expect(answer.status == 0 || answer.sense != nil, "\(block)")
    }
    #expect(try #require(file).bytes.count == 16 * 512)
    disk.unit.attentions = []
    #expect(try disk.command(CDB.ten(0x28, 0, 1), room: 512).status == 0)
  }
}
