import GuestMemory
import MachineDescription
import Testing

@testable import Devices
@testable import Hypervisor

/// Commands of an NVMe controller (NVM Express 1.4, 5 and 6).
@Suite struct NVMeCommandTests {
  private static let blocks = 8192
  private enum Operation {
    static let flush: UInt8 = 0
    static let write: UInt8 = 1
    static let read: UInt8 = 2
    static let compare: UInt8 = 5
    static let writeZeroes: UInt8 = 8
    static let manageDataset: UInt8 = 9
    static let verify: UInt8 = 12
  }

  private static let contents = pattern(blocks * 512)
  private var contents: [UInt8] { Self.contents }
  let file: TestFile

  init() throws { file = try TestFile(Self.contents) }

  func driver(
    isReadOnly: Bool = false, isImmediate: Bool = true, pageShift: UInt64 = 12
  ) throws -> NVMeDriver {
    let driver = try NVMeDriver(
      RawFile(opening: file.path, isReadOnly: isReadOnly), isImmediate: isImmediate,
      pageShift: pageShift)
    try driver.makeQueues()
    return driver
  }

  /// Bytes of the file.
  func sectors(_ first: Int, _ count: Int) -> [UInt8] {
    Array(contents[first * 512..<(first + count) * 512])
  }

  // MARK: blocks

  @Test(arguments: [true, false])
  func `blocks are read and written`(isImmediate: Bool) throws {
    let driver = try driver(isImmediate: isImmediate)
    var expected = contents
    for round in 0..<20 {
      let block = round * 5
      #expect(try driver.blocks(Operation.read, UInt64(block), 2) == 0)
      #expect(try driver.bytes(1024) == Array(expected[block * 512..<block * 512 + 1024]))
      let new = pattern(1024, from: 1000 * round)
      try driver.board.memory.write(new, at: NVMeDriver.data)
      // Force unit access, each second time.
      let flags: UInt32 = round % 2 == 0 ? 1 << 30 : 0
      #expect(try driver.blocks(Operation.write, UInt64(block), 2, flags: flags) == 0)
      expected.replaceSubrange(block * 512..<block * 512 + 1024, with: new)
    }
    #expect(try driver.status(Operation.flush, queue: 1, namespace: 1) == 0)
    #expect(try driver.status(Operation.flush, queue: 1, namespace: 0xFFFF_FFFF) == 0)
    #expect(file.bytes == expected)
  }

  @Test func `what is beyond the end fails and changes nothing`() throws {
    let driver = try driver()
    let last = UInt64(Self.blocks)
    for block in [last - 1, last, last + 1, 1 << 54, 1 << 55, .max] as [UInt64] {
      for operation in [
        Operation.read, Operation.write, Operation.compare, Operation.writeZeroes, Operation.verify,
      ] {
        #expect(try driver.blocks(operation, block, 2) == 0x80)
      }
    }
    #expect(file.bytes == contents)
    #expect(try driver.blocks(Operation.read, last - 2, 2) == 0)
  }

  @Test func `other namespaces are not there`() throws {
    let driver = try driver()
    for namespace in [0, 2, 0xFFFF_FFFF] as [UInt32] {
      for operation in NVMeCommandRow.all where operation.set == .io && operation.operation != 0 {
        #expect(
          try driver.status(operation.operation, queue: 1, namespace: namespace) == 0x0B,
          "\(operation.name) \(namespace)")
      }
    }
    #expect(try driver.status(Operation.flush, queue: 1, namespace: 0) == 0x0B)
    #expect(try driver.status(Operation.flush, queue: 1, namespace: 2) == 0x0B)
  }

  @Test func `other operations, fused commands and scatter gather lists are refused`() throws {
    let driver = try driver()
    let known = Set(NVMeCommandRow.all.filter { $0.set == .io }.map(\.operation))
    for operation in 0...255 as ClosedRange<UInt8> where !known.contains(operation) {
      let answer = try #require(try driver.send(operation, queue: 1, namespace: 1))
      // More in the error log, and do not retry.
      #expect((answer.status, answer.flags) == (1, 3))
    }
    // Keep Alive, Format, Device Self-test and Firmware Commit are not offered.
    for operation in [0x18, 0x80, 0x14, 0x10, 0x0D, 0x7F] as [UInt8] {
      #expect(try driver.status(operation) == 1)
    }
    for flags in [1, 2, 0x40, 0x80] as [UInt32] {
      var command = driver.command(Operation.read, namespace: 1)
      command[0] |= flags << 8
      try driver.submit(command, queue: 1)
      #expect(try driver.answer(queue: 1)?.status == 2)
    }
  }

  @Test func `bytes are compared and verified`() throws {
    let driver = try driver()
    try driver.board.memory.write(sectors(8, 8), at: NVMeDriver.data)
    #expect(try driver.blocks(Operation.compare, 8, 8) == 0)
    try driver.board.memory.write(0 as UInt8, at: NVMeDriver.data + 4095)
    let answer = try driver.blocks(Operation.compare, 8, 8)
    #expect(answer == 0x285)
    #expect(try driver.blocks(Operation.verify, 0, UInt32(Self.blocks)) == 0)
    file.truncate(to: 100 * 512)
    #expect(try driver.blocks(Operation.verify, 99, 1) == 0)
    #expect(try driver.blocks(Operation.verify, 99, 2) == 0x281)
    #expect(try driver.blocks(Operation.read, 100, 1) == 0x281)
  }

  @Test func `blocks become zero or are given up`() throws {
    let driver = try driver()
    // Deallocate.
    #expect(try driver.blocks(Operation.writeZeroes, 8, 8, flags: 1 << 25) == 0)
    #expect(try driver.blocks(Operation.writeZeroes, 100, 1, flags: 1 << 30) == 0)
    var expected = contents
    for range in [8..<16, 100..<101] {
      expected.replaceSubrange(
        range.lowerBound * 512..<range.upperBound * 512,
        with: [UInt8](repeating: 0, count: range.count * 512))
    }
    #expect(file.bytes == expected)
    func ranges(_ ranges: [(block: UInt64, count: UInt32)], attributes: UInt32) throws -> UInt16? {
      for (index, range) in ranges.enumerated() {
        let place = NVMeDriver.data + 16 * UInt64(index)
        try driver.board.memory.write(0 as UInt32, at: place, .little)
        try driver.board.memory.write(range.count, at: place + 4, .little)
        try driver.board.memory.write(range.block, at: place + 8, .little)
      }
      return try driver.status(
        Operation.manageDataset, queue: 1, namespace: 1,
        [10: UInt32(ranges.count - 1), 11: attributes])
    }
    // Hints only.
    #expect(try ranges([(0, 8), (64, 8)], attributes: 3) == 0)
    #expect(file.bytes == expected)
    #expect(try ranges([(0, 8), (64, 8)], attributes: 4) == 0)
    #expect(file.bytes.count == contents.count)
    #expect(Array(file.bytes[512 * 72..<512 * 100]) == sectors(72, 28))
    let last = UInt64(Self.blocks)
    #expect(try ranges([(0, 8), (last - 1, 2)], attributes: 4) == 0x80)
    #expect(try ranges([(.max, 2)], attributes: 4) == 0x80)
    #expect(
      try ranges((0..<256).map { (UInt64($0) + 4096, 1) }, attributes: 4) == 0)
  }

  @Test func `a read-only namespace is write protected`() throws {
    let driver = try driver(isReadOnly: true)
    for operation in [Operation.write, Operation.writeZeroes, Operation.manageDataset] {
      #expect(try driver.blocks(operation, 0, 1) == 0x20)
    }
    #expect(try driver.status(Operation.flush, queue: 1, namespace: 1) == 0)
    #expect(try driver.blocks(Operation.read, 0, 1) == 0)
    #expect(try driver.status(6, namespace: 1, [10: 0]) == 0)
    #expect(try driver.bytes(100)[99] == 1)
    #expect(file.bytes == contents)
  }

  // MARK: where data are

  @Test(arguments: [12, 16] as [UInt64])
  func `data are found through pages and lists`(pageShift: UInt64) throws {
    let driver = try driver(pageShift: pageShift)
    let page = 1 << pageShift as UInt64
    let base = NVMeDriver.data
    /// Reads so many bytes from an offset of the first page on, and compares.
    func check(_ bytes: UInt64, offset: UInt64 = 0, listAt list: UInt64 = NVMeDriver.list) throws {
      // Every other page, from the last one back.
      let count = (offset + bytes + page - 1) / page
      guard count <= 60 || pageShift == 12 else { return }
      let pages = (0..<count).map { base + page * ((count - 1 - $0) % 200) * (count > 60 ? 1 : 2) }
      try driver.board.memory.fill(8 << 20, at: base)
      var second: UInt64?
      if count == 2 { second = pages[1] }
      if count > 2 {
        second = list
        var (rest, place) = (Array(pages.dropFirst()), list)
        while !rest.isEmpty {
          let room = Int((page - place % page) / 8)
          if rest.count <= room {
            try driver.write(list: rest, at: place)
            break
          }
          let next = (place / page + 1) * page
          try driver.write(list: Array(rest.prefix(room - 1)) + [next], at: place)
          (rest, place) = (Array(rest.dropFirst(room - 1)), next)
        }
      }
      #expect(
        try driver.blocks(
          Operation.read, 16, UInt32(bytes / 512), at: pages[0] + offset, second: second) == 0)
      guard count <= 200 else { return }
      var found: [UInt8] = []
      var left = bytes
      for (index, start) in pages.enumerated() {
        let skip = index == 0 ? offset : 0
        let length = min(left, page - skip)
        found += try driver.bytes(Int(length), at: start + skip)
        left -= length
      }
      #expect(found == sectors(16, Int(bytes / 512)))
    }
    try check(512)
    try check(page)
    try check(page, offset: page - 512)
    try check(512, offset: page - 256)
    try check(2 * page)
    try check(5 * page, offset: 1024)
    // A list that begins at the end of a page, where its last entry leads to the next one.
    try check(5 * page, listAt: NVMeDriver.list + page - 8)
    try check(5 * page, listAt: NVMeDriver.list + page - 16)
    try check(2 * page, offset: 512, listAt: NVMeDriver.list + page - 16)
    // The largest transfer.
    try check(2 << 20, offset: 512)
  }

  @Test func `places that cannot be are refused`() throws {
    let driver = try driver()
    let base = NVMeDriver.data
    #expect(try driver.blocks(Operation.read, 0, 1, at: base + 2) == 0x13)
    #expect(try driver.blocks(Operation.read, 0, 16, at: base, second: base + 0x1004) == 0x13)
    #expect(
      try driver.blocks(Operation.read, 0, 32, at: base, second: NVMeDriver.list + 4) == 0x13)
    try driver.write(list: [base + 0x1000, base + 0x2008, base + 0x3000])
    #expect(try driver.blocks(Operation.read, 0, 32, at: base, second: NVMeDriver.list) == 0x13)
    // Outside the window, and beyond the largest transfer.
    #expect(try driver.blocks(Operation.read, 0, 1, at: 0x8000_0000) == 4)
    #expect(try driver.blocks(Operation.read, 0, 32, at: base, second: 0x8000_0000) == 4)
    #expect(try driver.blocks(Operation.read, 0, 4097) == 2)
    #expect(try driver.status(6, at: 0x8000_0000, [10: 1]) == 4)
    // A page that devices may only read.
    driver.board.table[base >> 12] = base | 1
    #expect(try driver.blocks(Operation.write, 3, 1, at: base) == 0)
    #expect(try driver.blocks(Operation.read, 3, 1, at: base) == 4)
    #expect(driver.isReady)
  }

  // MARK: administration

  @Test func `controller and namespace are identified`() throws {
    let driver = try driver()
    #expect(
      try driver.status(6, at: NVMeDriver.data + 1024, second: NVMeDriver.data + 8192, [10: 1]) == 0
    )
    let controller =
      try driver.bytes(3072, at: NVMeDriver.data + 1024)
      + driver.bytes(1024, at: NVMeDriver.data + 8192)
    func text(_ range: Range<Int>) -> String { String(decoding: controller[range], as: UTF8.self) }
    #expect(text(4..<24) == "serial-1            ")
    #expect(text(24..<64).hasPrefix("PAPR NVME DISK  "))
    #expect(controller[77] == 9 && controller[512] == 0x66 && controller[513] == 0x44)
    #expect(Array(controller[516..<522]) == [1, 0, 0, 0, 0x9D, 0])
    #expect(controller[525] == 7)
    #expect(
      text(768..<836) == "nqn.2014-08.org.nvmexpress:uuid:01020304-0506-0708-090a-0b0c0d0e0f11")

    #expect(try driver.status(6, namespace: 1, [10: 0]) == 0)
    let namespace = try driver.bytes(4096)
    for place in [0, 8, 16] {
      #expect(Array(namespace[place..<place + 8]) == [0, 0x20, 0, 0, 0, 0, 0, 0])
    }
    #expect(namespace[99] == 0 && Array(namespace[128..<132]) == [0, 0, 9, 0])
    for namespace in [0, 2, 0xFFFF_FFFF] as [UInt32] {
      #expect(try driver.status(6, namespace: namespace, [10: 0]) == 0x0B)
      #expect(try driver.status(6, namespace: namespace, [10: 3]) == 0x0B)
    }
    #expect(try driver.status(6, namespace: 1, [10: 3]) == 0)
    #expect(
      try driver.bytes(24) == [3, 16, 0, 0] + Array(1...15) + [17, 0, 0, 0, 0])
    #expect(try driver.status(6, [10: 2]) == 0)
    #expect(try driver.bytes(8) == [1, 0, 0, 0, 0, 0, 0, 0])
    #expect(try driver.status(6, namespace: 1, [10: 2]) == 0)
    #expect(try driver.bytes(8) == [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(try driver.status(6, namespace: 0xFFFF_FFFE, [10: 2]) == 0x0B)
    #expect(try driver.status(6, [10: 4]) == 2)
  }

  @Test func `features are read and set`() throws {
    let driver = try driver()
    for feature in NVMeFeature.all {
      let number = UInt32(feature.identifier.rawValue)
      let namespace: UInt32 = feature.isOfNamespace ? 1 : 0
      let initial = try #require(try driver.send(10, namespace: namespace, [10: number]))
      #expect(initial.status == 0)
      #expect(
        try driver.send(10, namespace: namespace, [10: number | 3 << 8])?.result
          == (feature.isOfNamespace ? 6 : 4))
      for select in [1, 2] as [UInt32] {
        #expect(
          try driver.send(10, namespace: namespace, [10: number | select << 8])?.result
            == initial.result)
      }
      #expect(try driver.status(10, namespace: namespace, [10: number | 4 << 8]) == 2)
      #expect(try driver.status(9, namespace: namespace, [10: number | 1 << 31]) == 0x10D)
    }
    for (feature, value, status, kept) in [
      (1, 0x0102_0307, 0, 0x0102_0307), (2, 0x20, 0, 0x20), (2, 1, 2, 0x20), (4, 0x150, 0, 0x150),
      (4, 0x1_0150, 2, 0x150), (6, 0, 0, 0), (8, 0xFFFF_1234, 0, 0x1234), (10, 1, 0, 1),
      (11, 0x1F, 0, 0x1F),
    ] as [(UInt32, UInt32, UInt16, UInt32)] {
      #expect(try driver.status(9, [10: feature, 11: value]) == status)
      #expect(try driver.send(10, [10: feature])?.result == kept)
    }
    // A threshold below the temperature has a value of its own.
    #expect(try driver.status(9, [10: 4, 11: 0x10_0064]) == 0)
    #expect(try driver.send(10, [10: 4, 11: 0x10_0000])?.result == 0x64)
    #expect(try driver.send(10, [10: 4])?.result == 0x150)
    // Vectors.
    #expect(try driver.status(9, [10: 9, 11: 0x1_0002]) == 0)
    #expect(try driver.send(10, [10: 9, 11: 2])?.result == 0x1_0002)
    #expect(try driver.send(10, [10: 9, 11: 3])?.result == 3)
    #expect(try driver.status(9, [10: 9, 11: 4]) == 2)
    // Namespaces.
    #expect(try driver.status(9, namespace: 1, [10: 5, 11: 10]) == 0)
    #expect(try driver.status(9, namespace: 1, [10: 5, 11: 0x1_0000]) == 2)
    #expect(try driver.status(9, [10: 5]) == 0x0B)
    #expect(try driver.status(9, namespace: 1, [10: 6]) == 0x10F)
    #expect(try driver.status(9, namespace: 2, [10: 6]) == 0x0B)
    #expect(try driver.status(10, [10: 0x7F]) == 2)
    // A reset of the controller forgets what was set.
    driver.start()
    #expect(try driver.send(10, [10: 6])?.result == 1)
    #expect(try driver.send(9, [10: 7, 11: 0xFF_00FF])?.result == 0x2_0002)
    #expect(try driver.status(9, [10: 7, 11: 0xFFFF]) == 2)
  }

  /// Without a cache of writes that the driver has to flush, each write is flushed.
  @Test func `writes are flushed without a cache, and by force unit access`() throws {
    let storage = CountingStorage()
    let driver = try NVMeDriver(storage)
    try driver.makeQueues()
    #expect(try driver.blocks(Operation.write, 0, 1) == 0)
    #expect(storage.flushes == 0)
    #expect(try driver.blocks(Operation.write, 0, 1, flags: 1 << 30) == 0)
    #expect(storage.flushes == 1)
    #expect(try driver.status(Operation.flush, queue: 1, namespace: 1) == 0)
    #expect(storage.flushes == 2)
    #expect(try driver.status(9, [10: 6, 11: 0]) == 0)
    #expect(try driver.blocks(Operation.write, 0, 1) == 0)
    #expect(storage.flushes == 3)
    #expect(try driver.blocks(Operation.writeZeroes, 0, 1) == 0)
    #expect(storage.flushes == 4)
    driver.set(0x14, 0x46_4001)
    driver.work.finish()
    #expect(storage.flushes == 5)
  }

  @Test func `log pages say what happened`() throws {
    let driver = try driver()
    #expect(try driver.blocks(Operation.read, 0, 8) == 0)
    #expect(try driver.blocks(Operation.write, 0, 1) == 0)
    #expect(try driver.blocks(Operation.read, 0x1234_5678_9ABC, 1) == 0x80)
    func log(_ page: UInt32, _ words: UInt32, offset: UInt32 = 0) throws -> [UInt8] {
      try driver.board.memory.fill(8192, at: NVMeDriver.data)
      #expect(
        try driver.status(
          2, namespace: 0xFFFF_FFFF, second: NVMeDriver.data + 4096,
          [10: page | (words - 1) << 16, 12: offset]) == 0)
      return try driver.bytes(Int(4 * words))
    }
    let health = try log(2, 128)
    #expect(health[32] == 1 && health[48] == 1 && health[64] == 1 && health[80] == 1)
    #expect(health[176] == 1 && health[3] == 100)
    let errors = try log(1, 256)
    #expect(
      Array(errors[0..<16]) == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0] + errors[10..<12] + [
        0, 0xC1, 0xFF, 0xFF,
      ])
    #expect(Array(errors[16..<28]) == [0xBC, 0x9A, 0x78, 0x56, 0x34, 0x12, 0, 0, 1, 0, 0, 0])
    #expect(errors[64...].allSatisfy { $0 == 0 })
    #expect(try log(1, 4, offset: 4) == Array(errors[4..<20]))
    let firmware = try log(3, 128)
    #expect(Array(firmware[0..<12]) == [1, 0, 0, 0, 0, 0, 0, 0] + Array("1.0 ".utf8))
    // Commands, and which of them change the contents.
    let effects = try log(5, 1024)
    for row in NVMeCommandRow.all {
      let place = (row.set == .administration ? 0 : 1024) + 4 * Int(row.operation)
      #expect(effects[place] == (row.needs.contains(.writing) ? 3 : 1))
    }
    // More is asked for than there is.
    #expect(try log(2, 1024).dropFirst(512).allSatisfy { $0 == 0 })
    #expect(try driver.status(2, [10: 7]) == 0x109)
    #expect(try driver.status(2, [10: 2, 12: 516]) == 2)
    #expect(try driver.status(2, [10: 2, 12: 2]) == 2)
    #expect(try driver.status(2, namespace: 1, [10: 2]) == 2)
  }

  /// The host's threads may have written memory before the reset.
  @Test func `what a read has written counts as written, also after a reset`() throws {
    let driver = try driver(isImmediate: false)
    let memory = driver.board.memory
    for isReset in [false, true] {
      memory.pageTags[Int(NVMeDriver.data >> 12)] |= GuestMemory.codeTag
      let before = memory.codeWriteCount
      try driver.submit(
        driver.command(Operation.read, namespace: 1, [10: 5]), queue: 1)
      if isReset { driver.set(0x14, 0) }
      driver.work.finish()
      #expect(try driver.bytes(512) == sectors(5, 1))
      #expect(memory.codeWriteCount > before)
    }
  }
}

/// Storage of 16 blocks that keeps nothing.
private final class CountingStorage: BlockStorage, @unchecked Sendable {
  // Safety: a test with one thread.
  private(set) var flushes = 0
  let size: UInt64 = 8192
  let isReadOnly = false
  let isLasting = true

  func claim() {}
  func release() {}
  func read(_ parts: [HostBytes], at offset: UInt64) {}
  func write(_ parts: [HostBytes], at offset: UInt64) {}
  func flush() { flushes += 1 }
  func zero(_ count: UInt64, at offset: UInt64, canRelease: Bool) {}
  func discard(_ count: UInt64, at offset: UInt64) {}
}
