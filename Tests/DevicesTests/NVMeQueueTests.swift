import Glibc
import MachineDescription
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor

/// Registers, queues, events and interrupts of an NVMe controller (NVM Express 1.4, 3 to 5 and 7).
@Suite struct NVMeQueueTests {
  let file = try? TestFile(pattern(64 * 512))

  func driver(
    isImmediate: Bool = true, size: UInt16 = 8, pageShift: UInt64 = 12
  ) throws -> NVMeDriver {
    let file = try #require(file)
    return try NVMeDriver(
      RawFile(opening: file.path), isImmediate: isImmediate, size: size, pageShift: pageShift)
  }

  // MARK: registers

  @Test func `registers are what the controller is`() throws {
    let driver = try driver()
    // MQES, CQR, TO, CSS, MPSMAX.
    #expect(driver.get(0, size: 8) == 0x0040_0020_3C01_03FF)
    #expect(driver.get(4) == 0x0040_0020)
    #expect(driver.get(0, size: 2) == 0x3FF)
    #expect(driver.get(8) == 0x1_0400)
    #expect(driver.isReady)
    driver.set(0x0C, 5)
    driver.set(0x10, 4)
    #expect((driver.get(0x0C), driver.get(0x10)) == (1, 1))
    // There is neither a subsystem reset nor memory of the controller.
    driver.set(0x20, 0x4E56_4D65)
    #expect(driver.isReady)
    for register in stride(from: 0x38 as UInt64, to: 0x1040, by: 4) {
      #expect(driver.get(register) == 0)
    }
    driver.set(0x14, 0)
    #expect((driver.get(0x14), driver.get(0x1C), driver.get(0x0C)) == (0, 0, 0))
    // The addresses stay.
    #expect(driver.get(0x28, size: 8) == DMABoard.bus(NVMeDriver.submissionQueue(0)).rawValue)
  }

  @Test(
    arguments: [
      0x46_0011,  // another command set
      0x46_0801,  // weighted round robin
      0x46_0281,  // pages of 128 KiB
    ] as [UInt64])
  func `a configuration that there is not is fatal`(configuration: UInt64) throws {
    let driver = try driver()
    driver.start(configuration: configuration)
    #expect(driver.get(0x1C) == 2)
    #expect(try driver.send(6, [10: 1]) == nil)
    driver.start()
    #expect(driver.isReady)
  }

  @Test func `queues for administration need two entries and whole pages`() throws {
    let driver = try driver()
    for sizes in [0, 0x7_0000, 7] as [UInt64] {
      driver.start(adminSizes: sizes)
      #expect(driver.get(0x1C) == 2)
    }
    driver.set(0x14, 0)
    driver.set(0x24, 0x7_0007)
    driver.set(0x28, 0x1000_1000)
    // 0x1000_1000 is not a page of 64 KiB.
    driver.set(0x14, 0x46_0201)
    #expect(driver.get(0x1C) == 2)
    driver.start()
    #expect(driver.isReady)
  }

  @Test(arguments: [true, false])
  func `a shutdown flushes`(isImmediate: Bool) throws {
    let driver = try driver(isImmediate: isImmediate)
    driver.set(0x14, 0x46_4001)
    driver.work.finish()
    #expect(driver.get(0x1C) == 9)
    driver.start()
    #expect(driver.get(0x1C) == 1)
  }

  // MARK: queues

  @Test func `queues are made and deleted in order`() throws {
    let driver = try driver()
    let size: UInt32 = 7 << 16
    // Completion queues: numbers, sizes, contiguity, place, vector.
    for (number, words, status) in [
      (0, 3, 0x101), (4, 3, 0x101), (1, 2, 0x002), (1, 0x4_0003, 0x108), (1, 3, 0), (1, 3, 0x101),
    ] as [(UInt32, UInt32, UInt16)] {
      #expect(
        try driver.status(
          5, at: NVMeDriver.completionQueue(1), [10: size | number, 11: words]) == status)
    }
    #expect(try driver.status(5, at: NVMeDriver.completionQueue(2), [10: 2, 11: 3]) == 0x102)
    #expect(
      try driver.status(5, at: NVMeDriver.completionQueue(2), [10: 1024 << 16 | 2, 11: 3]) == 0x102)
    #expect(
      try driver.status(5, at: NVMeDriver.completionQueue(2) + 8, [10: size | 2, 11: 3]) == 0x13)
    // Submission queues: numbers, contiguity, completion queues.
    for (number, words, status) in [
      (0, 0x1_0001, 0x101), (4, 0x1_0001, 0x101), (1, 0x1_0000, 0x002), (1, 1, 0x101),
      (1, 0x2_0001, 0x100), (1, 0x9_0001, 0x101), (1, 0x1_0001, 0), (1, 0x1_0001, 0x101),
      (2, 0x1_0001, 0),
    ] as [(UInt32, UInt32, UInt16)] {
      #expect(
        try driver.status(
          1, at: NVMeDriver.submissionQueue(UInt16(number)), [10: size | number, 11: words])
          == status)
    }
    #expect(try driver.status(4, [10: 1]) == 0x10C)
    #expect(try driver.status(4, [10: 2]) == 0x101)
    #expect(try driver.status(0, [10: 1]) == 0)
    #expect(try driver.status(0, [10: 1]) == 0x101)
    #expect(try driver.status(0, [10: 0]) == 0x101)
    #expect(try driver.status(4, [10: 1]) == 0x10C)
    #expect(try driver.status(0, [10: 2]) == 0)
    #expect(try driver.status(4, [10: 1]) == 0)
    #expect(try driver.status(4, [10: 0]) == 0x101)
    // Other sizes of entries than 64 and 16 bytes.
    driver.start(configuration: 0x45_0001)
    #expect(try driver.status(5, at: NVMeDriver.completionQueue(1), [10: size | 1, 11: 3]) == 0)
    #expect(
      try driver.status(1, at: NVMeDriver.submissionQueue(1), [10: size | 1, 11: 0x1_0001])
        == 0x102)
    driver.start(configuration: 0x56_0001)
    #expect(
      try driver.status(5, at: NVMeDriver.completionQueue(1), [10: size | 1, 11: 3]) == 0x102)
  }

  @Test func `queues wrap, and the phase changes with each round`() throws {
    let driver = try driver()
    try driver.makeQueues()
    for round in 0..<50 {
      let answer = try #require(try driver.send(0, queue: 1, namespace: 1))
      #expect(answer == .init(result: 0, status: 0, flags: 0, head: UInt16(round + 1) % 8))
    }
  }

  @Test(arguments: [true, false])
  func `a full completion queue holds answers back`(isImmediate: Bool) throws {
    let driver = try driver(isImmediate: isImmediate)
    try driver.makeQueues()
    // Seven entries are all that a queue of eight can have filled.
    for _ in 0..<12 { try driver.submit(driver.command(0, namespace: 1), queue: 1) }
    driver.work.finish()
    for _ in 0..<7 { #expect(try driver.answer(queue: 1, isTaken: false)?.status == 0) }
    #expect(try driver.answer(queue: 1, isTaken: false) == nil)
    driver.release(queue: 1)
    for _ in 0..<5 { #expect(try driver.answer(queue: 1)?.status == 0) }
    #expect(try driver.answer(queue: 1) == nil)
  }

  /// A driver that takes no answers cannot make the host remember more and more commands.
  @Test func `without room for answers commands stay in their queue`() throws {
    let driver = try driver()
    try driver.makeQueues()
    for _ in 0..<2000 {
      try driver.submit(driver.command(0, namespace: 1), queue: 1)
      driver.work.finish()
    }
    #expect(
      driver.controller.state.completion[1]?.waiting.count == NVMeController.mostInProgress)
  }

  @Test func `several queues are served, each by its own number`() throws {
    let driver = try driver()
    for number in 1...3 as ClosedRange<UInt16> { try driver.makeQueues(number) }
    for number in [3, 1, 2, 2, 3, 1] as [UInt16] {
      try driver.submit(driver.command(0, namespace: 1), queue: number)
    }
    for number in [1, 2, 3, 3, 2, 1] as [UInt16] {
      #expect(try driver.answer(queue: number)?.status == 0)
    }
    #expect(try driver.send(7, [10: 7])?.status == 1)
    // As many as there are; not after queues were made.
    #expect(try driver.send(10, [10: 7])?.result == 0x2_0002)
    #expect(try driver.status(9, [10: 7, 11: 0x1_0001]) == 0x0C)
  }

  @Test func `deleting a queue ends its commands`() throws {
    let driver = try driver(isImmediate: false)
    try driver.makeQueues()
    for _ in 0..<5 { try driver.submit(driver.command(2, namespace: 1), queue: 1) }
    // Each is answered, whether the disk was faster or not.
    #expect(try driver.status(0, [10: 1]) == 0)
    for _ in 0..<5 {
      let answer = try #require(try driver.answer(queue: 1))
      #expect([0, 8].contains(answer.status) && answer.flags == 0)
    }
    #expect(try driver.answer(queue: 1) == nil)
  }

  @Test func `a reset of the controller ends everything`() throws {
    let driver = try driver(isImmediate: false)
    try driver.makeQueues()
    try driver.submit(driver.command(2, namespace: 1), queue: 1)
    driver.set(0x14, 0)
    driver.work.finish()
    #expect(
      try driver.bytes(16, at: NVMeDriver.completionQueue(1)).allSatisfy { $0 == 0 })
    driver.start()
    #expect(try driver.send(0, queue: 1, namespace: 1) == nil)
    try driver.makeQueues()
    #expect(try driver.status(0, queue: 1, namespace: 1) == 0)
  }

  /// A driver cannot make a reset wait for all that it has asked for.
  @Test func `what has not begun is not done after a reset`() throws {
    let storage = SlowStorage()
    let driver = try NVMeDriver(storage, isImmediate: false, size: 64)
    try driver.makeQueues()
    for _ in 0..<40 { try driver.submit(driver.command(2, namespace: 1), queue: 1) }
    driver.set(0x14, 0)
    let count = storage.reads
    #expect(count < 40)
    driver.work.finish()
    #expect(storage.reads == count)
  }

  @Test func `queues outside the window are fatal`() throws {
    let driver = try driver()
    try driver.makeQueues()
    let table = driver.board.table
    table[NVMeDriver.completionQueue(1) >> 12] = 0
    #expect(try driver.send(0, queue: 1, namespace: 1) == nil)
    #expect(driver.isFatal)
    #expect(try driver.send(6, [10: 1]) == nil)
    table[NVMeDriver.completionQueue(1) >> 12] = NVMeDriver.completionQueue(1) | 3
    driver.start()
    table[NVMeDriver.submissionQueue(0) >> 12] = 0
    #expect(try driver.send(6, [10: 1]) == nil)
    #expect(driver.isFatal)
  }

  @Test func `a function that may not reach memory does nothing`() throws {
    let driver = try driver()
    driver.controller.function.write(2, 4, size: 2)
    #expect(try driver.send(6, [10: 1]) == nil)
    #expect(driver.isReady)
    driver.controller.function.write(6, 4, size: 2)
    #expect(try driver.send(6, [10: 1])?.status == 0)
  }

  // MARK: events

  @Test func `a wrong doorbell is an event`() throws {
    let driver = try driver()
    try driver.submit(driver.command(12))
    try driver.submit(driver.command(12))
    #expect(try driver.answer() == nil)
    // A queue that is not there: type 0, information 0, the error log.
    driver.set(0x1000 + 8 * 2, 0)
    #expect(try driver.answer()?.result == 0x1_0000)
    // Another event of the type waits until the log has been read.
    driver.set(0x1000, 8)
    driver.set(0x1004, 5)
    #expect(try driver.answer() == nil)
    // Retain asynchronous event.
    #expect(try driver.status(2, [10: 1 | 1 << 15 | 15 << 16]) == 0)
    #expect(try driver.answer() == nil)
    try driver.submit(driver.command(2, [10: 1 | 15 << 16]))
    let answers = [try driver.answer(), try driver.answer()]
    #expect(answers.map { $0?.result } == [0x1_0100, 0])
    #expect(driver.isReady)
    #expect(try driver.status(6, [10: 1]) == 0)
  }

  @Test func `so many commands wait for events, and can be aborted`() throws {
    let driver = try driver()
    var identifier: UInt32 = 0
    for _ in 0..<4 {
      let command = driver.command(12)
      identifier = command[0] >> 16
      try driver.submit(command)
    }
    #expect(try driver.status(12) == 0x105)
    try driver.submit(driver.command(8, [10: identifier << 16]))
    #expect(try driver.answer()?.status == 7)
    #expect(try driver.answer()?.result == 0)
    // What is not there is not aborted.
    #expect(try driver.send(8, [10: identifier << 16])?.result == 1)
    #expect(try driver.send(8, [10: 1])?.result == 1)
    #expect(try driver.send(12) == nil)
  }

  @Test func `a temperature beyond a threshold is an event`() throws {
    let driver = try driver()
    #expect(try driver.send(10, [10: 4])?.result == 343)
    try driver.submit(driver.command(12))
    #expect(try driver.status(9, [10: 4, 11: 300]) == 0)
    #expect(try driver.answer() == nil)
    // Critical warnings by events.
    try driver.submit(driver.command(9, [10: 11, 11: 0x1F]))
    let answers = [try driver.answer(), try driver.answer()]
    #expect(answers.map { $0?.result } == [0x2_0101, 0])
    #expect(try driver.status(2, namespace: 0xFFFF_FFFF, [10: 2 | 127 << 16]) == 0)
    let health = try driver.bytes(512)
    #expect(health[0] == 2 && health[1] == 57 && health[2] == 1)
  }

  // MARK: interrupts

  @Test func `the line is asserted while there are answers`() throws {
    let driver = try driver()
    var isAsserted: Bool { driver.controller.function.read(6, size: 2) & 8 != 0 }
    try driver.makeQueues(1, vector: 1)
    #expect(!isAsserted)
    try driver.submit(driver.command(0, namespace: 1), queue: 1)
    driver.work.finish()
    #expect(isAsserted)
    driver.set(0x0C, 2)
    #expect(!isAsserted)
    driver.set(0x10, 2)
    #expect(isAsserted)
    _ = try driver.answer(queue: 1)
    #expect(!isAsserted)
    try driver.submit(driver.command(0, namespace: 1), queue: 1)
    driver.work.finish()
    driver.set(0x14, 0)
    #expect(!isAsserted)
  }

  @Test func `messages go by the queue's vector`() throws {
    let driver = try driver()
    let (function, messages) = (
      driver.controller.function, try #require(driver.controller.function.messages)
    )
    #expect(messages.count == 4)
    try driver.makeQueues(1, vector: 2)
    // Enabled and masked as a whole, so that messages wait.
    let capability = Int(function.read(0x34, size: 1))
    #expect(function.read(capability, size: 1) == 0x11)
    #expect(function.read(capability + 4, size: 4) == 4)
    function.write(0xC000, capability + 2, size: 2)
    #expect(try driver.status(0, queue: 1, namespace: 1) == 0)
    #expect(messages.load(at: 0x800, size: 4) == 4)
    #expect(try driver.status(6, [10: 1]) == 0)
    #expect(messages.load(at: 0x800, size: 4) == 5)
    #expect(function.read(6, size: 2) & 8 == 0)
  }

  @Test func `random accesses to the registers leave the host alone`() throws {
    let driver = try driver(isImmediate: false)
    for _ in 0..<30_000 {
      let size = [1, 2, 4, 8].randomElement() ?? 1
      let offset = UInt64.random(in: 0..<0x4000) & ~UInt64(size - 1)
      let place = Bool.random() ? offset : offset & 0x103F
      if Bool.random() {
        driver.set(place, .random(in: 0 ... .max) & (.max >> UInt64(64 - 8 * size)), size: size)
      } else {
        _ = driver.get(place, size: size)
      }
    }
    driver.work.finish()
    driver.start()
    try driver.makeQueues()
    #expect(try driver.status(0, queue: 1, namespace: 1) == 0)
  }
}

/// Storage of 16 blocks that takes a fifth of a second for each read.
private final class SlowStorage: BlockStorage {
  private let count = Atomic(0)
  var reads: Int { count.load(ordering: .acquiring) }
  let size: UInt64 = 8192
  let isReadOnly = false
  let isLasting = true

  func claim() {}
  func release() {}
  func read(_ parts: [HostBytes], at offset: UInt64) {
    count.add(1, ordering: .acquiringAndReleasing)
    usleep(200_000)
  }
  func write(_ parts: [HostBytes], at offset: UInt64) {}
  func flush() {}
  func zero(_ count: UInt64, at offset: UInt64, canRelease: Bool) {}
  func discard(_ count: UInt64, at offset: UInt64) {}
}
