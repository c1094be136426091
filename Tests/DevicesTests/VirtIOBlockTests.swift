import GuestMemory
import Testing

@testable import Devices
@testable import Hypervisor

/// Requests of a driver to a disk with a raw file behind it.
@Suite struct VirtIOBlockTests {
  private enum Kind {
    static let read: UInt32 = 0
    static let write: UInt32 = 1
    static let flush: UInt32 = 4
    static let identify: UInt32 = 8
    static let discard: UInt32 = 11
    static let writeZeroes: UInt32 = 13
  }

  let file = try? TestFile(pattern(16 * 512))

  func driver(
    isReadOnly: Bool = false, isPacked: Bool = false, isImmediate: Bool = true,
    serial: String = "serial-1"
  ) throws -> TestDriver {
    let file = try #require(file)
    return try TestDriver(
      RawFile(opening: file.path, isReadOnly: isReadOnly), serial: serial, isPacked: isPacked,
      isImmediate: isImmediate)
  }

  @Test(arguments: [false, true], [false, true])
  func `sectors are read and written`(isPacked: Bool, isImmediate: Bool) throws {
    let driver = try driver(isPacked: isPacked, isImmediate: isImmediate)
    #expect(driver.get(0x2000, 8) == 16)
    var expected = pattern(16 * 512)
    for round in 0..<20 {
      let sector = round % 14
      #expect(
        try driver.request(Kind.read, sector: UInt64(sector), reading: 1024)
          == .init(
            status: 0, bytes: Array(expected[sector * 512..<sector * 512 + 1024]), written: 1025))
      let new = pattern(1024, from: 1000 * round)
      #expect(
        try driver.request(Kind.write, sector: UInt64(sector), writing: new)
          == .init(status: 0, bytes: [], written: 1))
      expected.replaceSubrange(sector * 512..<sector * 512 + 1024, with: new)
    }
    #expect(try driver.request(Kind.flush) == .init(status: 0, bytes: [], written: 1))
    #expect(try #require(file).bytes == expected)
    #expect(!driver.isBroken)
  }

  @Test(arguments: ["serial-1", "a serial of more than 20 bytes", ""])
  func `the serial number is 20 bytes`(serial: String) throws {
    let answer = try driver(serial: serial).request(Kind.identify, reading: 20)
    let bytes = Array(serial.utf8.prefix(20))
    #expect(
      answer
        == .init(
          status: 0, bytes: bytes + [UInt8](repeating: 0, count: 20 - bytes.count), written: 21))
  }

  @Test(arguments: [16, 15, 1 << 54, 1 << 55, .max, .max / 512, .max / 512 + 1] as [UInt64])
  func `what is beyond the end fails and changes nothing`(sector: UInt64) throws {
    let driver = try driver()
    // Sector 15 is the last one; two sectors are asked for.
    #expect(try driver.request(Kind.read, sector: sector, reading: 1024)?.status == 1)
    #expect(
      try driver.request(Kind.write, sector: sector, writing: pattern(1024, from: 9))?.status == 1)
    #expect(try #require(file).bytes == pattern(16 * 512))
    #expect(try driver.request(Kind.read, sector: 14, reading: 1024)?.status == 0)
  }

  /// The device claims as written only bytes that it has written, from the first one on.
  @Test(arguments: [false, true])
  func `what fails has written nothing before the status`(isPacked: Bool) throws {
    let driver = try driver(isPacked: isPacked)
    for sector in [16, 1 << 55] as [UInt64] {
      let answer = try #require(try driver.request(Kind.read, sector: sector, reading: 512))
      #expect((answer.status, answer.written) == (1, 0))
    }
    let longer = try #require(try driver.request(Kind.identify, reading: 30))
    #expect((longer.status, longer.written) == (0, 20))
    let refused = try #require(try driver.request(77, reading: 8))
    #expect((refused.status, refused.written) == (2, 0))
    #expect(try driver.request(Kind.read, reading: 512)?.written == 513)
  }

  @Test func `registers are reached through configuration space`() throws {
    let driver = try driver()
    let function = driver.transport.function
    func window() throws -> Int {
      var place = Int(function.read(0x34, size: 1))
      while place != 0 {
        let (id, kind) = (function.read(place, size: 1), function.read(place + 3, size: 1))
        if id == 9, kind == 5 { return place }
        place = Int(function.read(place + 1, size: 1))
      }
      throw CancellationError()
    }
    let place = try window()
    func select(_ offset: UInt32, _ length: UInt32, bar: UInt32 = 4) {
      function.write(bar, place + 4, size: 1)
      function.write(offset, place + 8, size: 4)
      function.write(length, place + 12, size: 4)
    }
    // The capacity in sectors, and the device status.
    select(0x2000, 4)
    #expect(function.read(place + 16, size: 4) == 16)
    select(0x14, 1)
    #expect(function.read(place + 16, size: 1) == 15)
    function.write(0, place + 16, size: 4)
    #expect(driver.get(0x14, 1) == 0)
    // Fields that name nothing do nothing.
    for (offset, length, bar) in [
      (0x4000, 4, 4), (0xFFFF_FFFC, 4, 4), (2, 4, 4), (0, 3, 4), (0, 8, 4), (0, 4, 2), (0, 4, 0xFF),
    ] as [(UInt32, UInt32, UInt32)] {
      select(offset, length, bar: bar)
      function.write(0xFFFF_FFFF, place + 16, size: 4)
      _ = function.read(place + 16, size: 4)
    }
    #expect(driver.get(0x14, 1) == 0)
  }

  @Test func `parts of sectors fail`() throws {
    let driver = try driver()
    #expect(try driver.request(Kind.read, reading: 511)?.status == 1)
    #expect(try driver.request(Kind.write, writing: pattern(513))?.status == 1)
    #expect(try driver.request(Kind.identify, reading: 19)?.status == 1)
    #expect(try driver.request(77)?.status == 2)
    #expect(try #require(file).bytes == pattern(16 * 512))
  }

  @Test func `a read-only disk is not written`() throws {
    let driver = try driver(isReadOnly: true)
    #expect(driver.transport.features(0) & (1 << 5) != 0)
    #expect(driver.transport.features(0) & (1 << 13 | 1 << 14) == 0)
    #expect(try driver.request(Kind.write, writing: pattern(512, from: 9))?.status == 1)
    let range = [UInt8](repeating: 0, count: 8) + [1, 0, 0, 0, 0, 0, 0, 0]
    #expect(try driver.request(Kind.writeZeroes, writing: range)?.status == 1)
    #expect(try driver.request(Kind.discard, writing: range)?.status == 1)
    #expect(try driver.request(Kind.flush)?.status == 0)
    #expect(try driver.request(Kind.read, reading: 512)?.bytes == pattern(512))
    #expect(try #require(file).bytes == pattern(16 * 512))
  }

  @Test func `a file that has become shorter fails`() throws {
    let driver = try driver()
    try #require(file).truncate(to: 5 * 512 + 100)
    #expect(try driver.request(Kind.read, sector: 4, reading: 512)?.status == 0)
    #expect(try driver.request(Kind.read, sector: 5, reading: 512)?.status == 1)
    #expect(try driver.request(Kind.read, sector: 6, reading: 512)?.status == 1)
    #expect(!driver.isBroken)
  }

  @Test func `ranges become zero or are given up`() throws {
    let driver = try driver()
    func range(_ sector: UInt8, _ count: UInt8, flags: UInt8 = 0) -> [UInt8] {
      [sector, 0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0, flags, 0, 0, 0]
    }
    #expect(
      try driver.request(Kind.writeZeroes, writing: range(1, 2) + range(8, 1, flags: 1))?.status
        == 0)
    var expected = pattern(16 * 512)
    for sector in [1, 2, 8] {
      expected.replaceSubrange(
        sector * 512..<sector * 512 + 512, with: [UInt8](repeating: 0, count: 512))
    }
    #expect(try #require(file).bytes == expected)
    #expect(try driver.request(Kind.discard, writing: range(4, 4))?.status == 0)
    #expect(try #require(file).bytes.count == 16 * 512)
    #expect(try #require(file).bytes.suffix(8 * 512) == expected.suffix(8 * 512))
    #expect(try driver.request(Kind.writeZeroes, writing: range(15, 2))?.status == 1)
    // With one range that is not all of the disk, none is done.
    #expect(
      try driver.request(Kind.writeZeroes, writing: range(0, 1) + range(15, 2))?.status == 1)
    #expect(try driver.request(Kind.discard, writing: range(0, 1, flags: 1))?.status == 2)
    #expect(try driver.request(Kind.writeZeroes, writing: range(0, 1, flags: 2))?.status == 2)
    #expect(
      try driver.request(Kind.writeZeroes, writing: Array(range(0, 1).dropLast()))?.status == 2)
    #expect(try #require(file).bytes.prefix(512) == expected.prefix(512))
  }

  // MARK: drivers that break the rules

  @Test func `a request outside the window stops the device until a reset`() throws {
    let driver = try driver()
    driver.board.table[TestDriver.data >> 12] = 0
    #expect(try driver.request(Kind.read, reading: 512) == nil)
    #expect(driver.isBroken)
    #expect(try driver.request(Kind.flush) == nil)
    driver.board.table[TestDriver.data >> 12] = TestDriver.data | 3
    driver.start(features: 0x6A44)
    #expect(!driver.isBroken)
    #expect(try driver.request(Kind.read, reading: 512)?.bytes == pattern(512))
  }

  @Test func `a page that devices may only read is not written`() throws {
    let driver = try driver()
    driver.board.table[TestDriver.data >> 12] = TestDriver.data | 1
    #expect(try driver.request(Kind.write, sector: 3, writing: pattern(512, from: 4))?.status == 0)
    let before = try driver.board.memory.read(512, at: TestDriver.data)
    #expect(try driver.request(Kind.read, reading: 512) == nil)
    #expect(driver.isBroken)
    #expect(try driver.board.memory.read(512, at: TestDriver.data) == before)
  }

  @Test func `a function that may not reach memory does nothing`() throws {
    let driver = try driver()
    let memory = driver.board.memory
    try memory.fill(0x1000, at: TestDriver.deviceArea, with: 0x77)
    driver.transport.function.write(2, 4, size: 2)
    #expect(try driver.request(Kind.read, reading: 512) == nil)
    #expect(try memory.read(UInt8.self, at: TestDriver.status) == 0xEE)
    #expect(try memory.read(0x1000, at: TestDriver.deviceArea).allSatisfy { $0 == 0x77 })
  }

  @Test func `a request that waits is not answered when the bus is lost`() throws {
    let driver = try driver()
    let answer = try driver.request(Kind.flush) { driver.transport.function.write(2, 4, size: 2) }
    #expect(answer == nil)
    #expect(try driver.board.memory.read(UInt8.self, at: TestDriver.status) == 0xEE)
  }

  /// The host's threads may have written memory before the reset.
  @Test func `what a read has written counts as written, also after a reset`() throws {
    let driver = try driver(isImmediate: false)
    let memory = driver.board.memory
    memory.pageTags[Int(TestDriver.data >> 12)] |= GuestMemory.codeTag
    let before = memory.codeWriteCount
    _ = try driver.request(Kind.read, reading: 512) { driver.set(0x14, 0, 1) }
    #expect(try memory.read(512, at: TestDriver.data) == pattern(512))
    #expect(memory.codeWriteCount > before)
  }

  @Test func `features that were not offered are not agreed on`() throws {
    let driver = try driver()
    for (low, high) in [(0, 2), (0, 1), (1 << 31, 3), (1 << 5, 3), (0, 1 << 31 | 3)]
      as [(UInt64, UInt64)]
    {
      for status in [0, 1, 3] as [UInt64] { driver.set(0x14, status, 1) }
      driver.set(0x08, 0, 4)
      driver.set(0x0C, low, 4)
      driver.set(0x08, 1, 4)
      driver.set(0x0C, high, 4)
      driver.set(0x14, 11, 1)
      #expect(driver.get(0x14, 1) == 3, "\(low) \(high)")
      driver.set(0x14, 15, 1)
      #expect(driver.get(0x14, 1) & 4 == 0)
    }
  }

  @Test func `interrupts are on the line until the status is read`() throws {
    let driver = try driver()
    #expect(driver.get(0x1000, 1) == 0)
    _ = try driver.request(Kind.flush)
    #expect(driver.transport.function.read(6, size: 2) & 8 != 0)
    #expect(driver.get(0x1000, 1) == 1)
    #expect(driver.transport.function.read(6, size: 2) & 8 == 0)
    #expect(driver.get(0x1000, 1) == 0)
  }

  @Test func `random accesses to the registers leave the host alone`() throws {
    let driver = try driver(isImmediate: false)
    for _ in 0..<50_000 {
      let size = [1, 2, 4, 8].randomElement() ?? 1
      let offset = UInt64.random(in: 0..<0x4000) & ~UInt64(size - 1)
      let place = Bool.random() ? offset : offset & 0x303F
      if Bool.random() {
        driver.set(place, .random(in: 0 ... .max) & (.max >> UInt64(64 - 8 * size)), size)
      } else {
        _ = driver.get(place, size)
      }
    }
    driver.work.finish()
    driver.start(features: 0x6A44)
    #expect(try driver.request(Kind.flush)?.status == 0)
  }
}
