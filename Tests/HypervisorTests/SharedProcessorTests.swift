import GuestMemory
import HypervisorTestSupport
import Testing

@testable import Hypervisor

private enum Call {
  static let registerArea: UInt64 = 0xDC
  static let cede: UInt64 = 0xE0
  static let confer: UInt64 = 0xE4
  static let prod: UInt64 = 0xE8
  static let getPPP: UInt64 = 0xEC
  static let setPPP: UInt64 = 0xF0
  static let purr: UInt64 = 0xF4
  static let join: UInt64 = 0x298
  static let cppr: UInt64 = 0x68
  static let ipi: UInt64 = 0x6C
  static let systemReset: UInt64 = 0x380
}

private enum Area {
  static let processor: UInt64 = 1 << 45
  static let traceLog: UInt64 = 2 << 45
  static let shadow: UInt64 = 3 << 45
  static let deregister: UInt64 = 4 << 45
}

@Suite struct SharedProcessorTests {
  /// A board of two running processors, with a virtual processor area of 640 bytes at 0x1000.
  private func board() throws -> TestBoard {
    let board = try TestBoard(processors: 2)
    board.partition.start(board.partition.processors[1], at: 0, argument: 0)
    try board.partition.memory.write(UInt16(640), at: 0x1004)
    try board.partition.memory.write(UInt32(0x1000), at: 0x2004)
    return board
  }

  private func counter(_ board: TestBoard) throws -> UInt32 {
    try board.partition.memory.read(at: 0x1100)
  }

  @Test func `ceding waits for an interrupt, and opens the door to it`() throws {
    let board = try board()
    let processor = board.processors[0]
    #expect(board.call(Call.cede).status == 0)
    #expect(processor.isSuspended && processor.externalInterruptsEnabled)
    #expect(processor.reservationsLost == 1)
    #expect(board.partition.state(of: board.partition.processors[0]) == .ceded)
    board.call(Call.cppr, 0xFF, from: 1)
    board.call(Call.ipi, 8, 4, from: 1)
    #expect(processor.isSuspended)
    board.partition.interruptArrived(on: board.partition.processors[0])
    #expect(!processor.isSuspended)
  }

  @Test func `an inter-processor interrupt wakes`() throws {
    let board = try board()
    board.call(Call.cppr, 0xFF)
    board.call(Call.cede)
    board.call(Call.ipi, 0, 4, from: 1)
    #expect(!board.processors[0].isSuspended && board.processors[0].externalInterrupt)
  }

  @Test func `a prod or a pending interrupt keeps ceding from waiting`() throws {
    let board = try board()
    board.call(Call.prod, 0, from: 1)
    board.call(Call.cede)
    #expect(!board.processors[0].isSuspended)
    board.processors[0].hasPendingInterrupt = true
    board.call(Call.cede)
    #expect(!board.processors[0].isSuspended)
    board.processors[0].hasPendingInterrupt = false
    board.call(Call.cede)
    #expect(board.processors[0].isSuspended)
    board.call(Call.prod, 0, from: 1)
    #expect(!board.processors[0].isSuspended)
    #expect(board.call(Call.prod, 5).status == -4)
  }

  @Test func `conferring to oneself waits for a prod`() throws {
    let board = try board()
    board.call(Call.confer, 0, 0)
    #expect(board.processors[0].isSuspended)
    board.partition.interruptArrived(on: board.partition.processors[0])
    #expect(board.processors[0].isSuspended)
    board.call(Call.prod, 0, from: 1)
    #expect(!board.processors[0].isSuspended)
  }

  @Test func `conferring to a processor that runs has no effect`() throws {
    let board = try board()
    try board.partition.memory.write(UInt16(640), at: 0x3004)
    #expect(board.call(Call.registerArea, Area.processor, 8, 0x3000).status == 0)
    #expect(board.call(Call.confer, 8, 0).status == 0)
    #expect(board.processors[0].yields == 0)
    board.call(Call.cede, from: 1)
    #expect(board.call(Call.confer, 8, 1).status == 0)
    #expect(board.processors[0].yields == 1)
    #expect(board.call(Call.confer, .max, 0).status == 0)
    #expect(board.processors[0].yields == 2)
    #expect(board.call(Call.confer, 3, 0).status == -4)
  }

  @Test func `the last processor does not join`() throws {
    let board = try board()
    board.processors[0].externalInterruptsEnabled = true
    #expect(board.call(Call.join).status == -5)
    board.processors[0].externalInterruptsEnabled = false
    #expect(board.call(Call.join).status == 0)
    #expect(board.processors[0].isSuspended)
    #expect(board.call(Call.join, from: 1).status == 18)
    #expect(!board.processors[1].isSuspended)
    board.partition.interruptArrived(on: board.partition.processors[0])
    #expect(board.processors[0].isSuspended)
    board.call(Call.prod, 0, from: 1)
    #expect(!board.processors[0].isSuspended)
  }

  @Test func `a system reset wakes whoever waits`() throws {
    let board = try board()
    board.call(Call.join)
    #expect(board.call(Call.systemReset, UInt64(bitPattern: -2), from: 1).status == 0)
    #expect(!board.processors[0].isSuspended)
    #expect(board.processors.map(\.systemResets) == [1, 0])
    board.call(Call.systemReset, .max)
    #expect(board.processors.map(\.systemResets) == [2, 1])
    board.call(Call.systemReset, 8)
    #expect(board.processors.map(\.systemResets) == [2, 2])
    #expect(board.call(Call.systemReset, 1).status == -4)
    #expect(board.call(Call.systemReset, UInt64(bitPattern: -3)).status == -4)
  }

  @Test func `the dispatch counter is even while running and odd while not`() throws {
    let board = try board()
    try board.partition.memory.write(UInt32(77), at: 0x1100)
    #expect(board.call(Call.registerArea, Area.processor, 0, 0x1000).status == 0)
    #expect(try counter(board) == 0)
    #expect(try board.partition.memory.read(UInt8.self, at: 0x1009) == 2)
    board.call(Call.cede)
    #expect(try counter(board) == 1)
    board.partition.interruptArrived(on: board.partition.processors[0])
    #expect(try counter(board) == 2)
    board.call(Call.confer, 0, 0)
    #expect(try counter(board) == 3)
    // The guest may write what it likes.
    try board.partition.memory.write(UInt32.max, at: 0x1100)
    board.call(Call.prod, 0, from: 1)
    #expect(try counter(board) == 0)
    #expect(board.call(Call.registerArea, Area.deregister | Area.processor, 0, 0).status == 0)
    board.call(Call.cede)
    #expect(try counter(board) == 0)
  }

  @Test func `areas are checked and depend on each other`() throws {
    let board = try board()
    func register(_ flags: UInt64, _ address: UInt64, server: UInt64 = 0) -> Int64 {
      board.call(Call.registerArea, flags, server, address).status
    }
    #expect(register(Area.traceLog, 0x2000) == -16)
    #expect(register(Area.shadow, 0x2000) == -16)
    #expect(register(Area.processor, 0x1000, server: 3) == -4)
    for address: UInt64 in [0, 0x1001, 0x1040, 1 << 20, .max - 127] {
      #expect(register(Area.processor, address) == -4, "\(address)")
    }
    // Too small; and across a page.
    try board.partition.memory.write(UInt16(639), at: 0x3004)
    try board.partition.memory.write(UInt16(640), at: 0x4E04)
    #expect(register(Area.processor, 0x3000) == -4)
    #expect(register(Area.processor, 0x4E00) == -4)
    #expect(register(Area.processor, 0x1000) == 0)
    #expect(register(Area.traceLog, 0x2000) == 0)
    #expect(register(Area.shadow, 0x2000) == 0)
    #expect(register(Area.deregister | Area.processor, 0) == -16)
    #expect(register(Area.deregister | Area.shadow, 0) == 0)
    #expect(register(Area.deregister | Area.processor, 0) == -16)
    #expect(register(Area.deregister | Area.traceLog, 0) == 0)
    #expect(register(Area.deregister | Area.processor, 0) == 0)
    #expect(register(Area.deregister, 0) == -4)
    #expect(register(0, 0x1000) == -4)
  }

  @Test func `the dispatch trace log says when and why`() throws {
    let board = try board()
    let memory = board.partition.memory
    board.call(Call.registerArea, Area.processor, 0, 0x1000)
    // Room for two entries.
    try memory.write(UInt32(96), at: 0x2004)
    board.call(Call.registerArea, Area.traceLog, 0, 0x2000)
    try memory.write(UInt8(1), at: 0x10B8)
    board.processors[0].hypervisorRegisters[.timebase] = 0x1122
    for expected: UInt64 in 1...3 {
      board.call(Call.cede)
      board.call(Call.prod, 0, from: 1)
      #expect(try memory.read(UInt64.self, at: 0x1218) == expected)
    }
    #expect(try memory.read(UInt8.self, at: 0x2000) == 2)
    #expect(try memory.read(UInt64.self, at: 0x2010) == 0x1122)
    #expect(try memory.read(UInt64.self, at: 0x2040) == 0x1122)
    #expect(try memory.read(UInt8.self, at: 0x2060) == 0)
  }

  @Test func `capacity is what the partition has`() throws {
    let board = try board()
    let (status, results) = board.call(Call.getPPP)
    #expect(status == 0 && results[0] == 200 && results[1] == 0 && results[2] == 0)
    #expect(results[3] == 0x0001_0000_0002_0002 && results[4] == 0x0002_0000_C800_00C8)
    #expect(board.call(Call.setPPP, 200, 0).status == 0)
    #expect(board.call(Call.setPPP, 100, 0).status == 4)
    #expect(board.call(Call.setPPP, 200, 256).status == -4)
    board.processors[0].hypervisorRegisters[.purr] = 99
    #expect(board.call(Call.purr).results[0] == 99)
  }

  /// What Linux's lparcfg asks for, of a partition of eight threads on two cores.
  @Test func `capacity is counted in cores`() throws {
    let board = try TestBoard(processors: 8)
    board.partition.identity = PartitionIdentity(maximumProcessors: 16, threadsPerCore: 4)
    let ppp = board.call(Call.getPPP)
    #expect(ppp.status == 0 && ppp.results[0] == 200)
    #expect(ppp.results[3] == 0x0001_0000_0002_0002 && ppp.results[4] == 0x0002_0000_C800_00C8)
    #expect(board.call(Call.setPPP, 200, 0).status == 0)
    // Of 1,000 ticks on two cores, 600 were used by four threads of one of them.
    for processor in board.processors {
      processor.hypervisorRegisters[.timebase] = 1000
      processor.hypervisorRegisters[.purr] = 600
    }
    for processor in board.partition.processors[1..<4] {
      board.partition.start(processor, at: 0, argument: 0)
    }
    let idle = board.call(0xF8)
    #expect(idle.status == 0 && Array(idle.results[..<3]) == [1400, 2, 2000])
    #expect(Array(idle.results[3..<9]) == [600, 600, 0, 2000, 600, 600])
  }

  @Test func `memory is dedicated, and energy not reported`() throws {
    let board = try TestBoard()
    let size = board.partition.memory.size
    let mpp = board.call(0x2D4)
    #expect(mpp.status == 0)
    #expect(Array(mpp.results[..<7]) == [size, .max, 0xFFFF, 0, .max, 0, size])
    #expect(board.call(0x2D0, size, 0).status == 0)
    #expect(board.call(0x2D0, size - 1, 0).status == 4 && board.call(0x2D0, size, 1).status == 4)
    let energy = board.call(0x2B8)
    #expect(energy.status == 0 && energy.results[..<6].allSatisfy { $0 == 0 })
    #expect(board.table.functionSets.contains("hcall-get-emparm"))
    #expect(board.table.functionSets.contains("hcall-pic"))
    // The set has calls that are not served.
    #expect(!board.table.functionSets.contains("hcall-cmo"))
  }
}
