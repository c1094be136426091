import Devices
import GuestMemory
import HypervisorTestSupport
import Testing

@testable import Hypervisor

private enum Call {
  static let eoi: UInt64 = 0x64
  static let cppr: UInt64 = 0x68
  static let ipi: UInt64 = 0x6C
  static let ipoll: UInt64 = 0x70
  static let xirr: UInt64 = 0x74
  static let xirrX: UInt64 = 0x2FC
}

@Suite struct InterruptControllerTests {
  /// A board whose source 0x1010 goes to processor `server` at priority 5, with CPPR wide open.
  private func board(server: UInt32 = 0, processors: Int = 2, isLevel: Bool = false) throws
    -> TestBoard
  {
    let board = try TestBoard(processors: processors)
    for index in 0..<processors { board.call(Call.cppr, 0xFF, from: index) }
    board.partition.setInterruptSource(0x1010, isLevel: isLevel)
    route(board, 0x1010, server, 5)
    return board
  }

  private func route(_ board: TestBoard, _ number: UInt32, _ server: UInt32, _ priority: UInt8) {
    board.partition.lock.withLock {
      board.partition.setInterruptRoute(
        number, InterruptRoute(server: server, priority: priority, savedPriority: priority))
    }
  }

  @Test func `an edge is presented, accepted and ended once`() throws {
    let board = try board()
    board.partition.pulseInterrupt(0x1010)
    #expect(board.processors[0].externalInterrupt)
    #expect(!board.processors[1].externalInterrupt)
    #expect(board.call(Call.ipoll, 0).results[0] == 0xFF00_1010)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
    #expect(!board.processors[0].externalInterrupt)
    #expect(board.call(Call.xirr).results[0] == 0x0500_0000)
    #expect(board.call(Call.eoi, 0xFF00_1010).status == 0)
    #expect(!board.processors[0].externalInterrupt)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_0000)
  }

  @Test func `an edge during handling is presented again after the end`() throws {
    let board = try board()
    board.partition.pulseInterrupt(0x1010)
    board.call(Call.xirr)
    board.partition.pulseInterrupt(0x1010)
    board.partition.pulseInterrupt(0x1010)
    #expect(!board.processors[0].externalInterrupt)
    board.call(Call.eoi, 0xFF00_1010)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
    board.call(Call.eoi, 0xFF00_1010)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_0000)
  }

  @Test func `a level is presented as long as it is asserted`() throws {
    let board = try board(isLevel: true)
    board.partition.setInterruptLine(0x1010, true)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
    board.call(Call.eoi, 0xFF00_1010)
    #expect(board.processors[0].externalInterrupt)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
    board.partition.setInterruptLine(0x1010, false)
    board.call(Call.eoi, 0xFF00_1010)
    #expect(!board.processors[0].externalInterrupt)
  }

  @Test func `a source that is off waits until it is on`() throws {
    let board = try board()
    route(board, 0x1010, 0, 0xFF)
    board.partition.pulseInterrupt(0x1010)
    #expect(!board.processors[0].externalInterrupt)
    route(board, 0x1010, 8, 5)
    #expect(board.processors[1].externalInterrupt)
    #expect(board.call(Call.xirr, from: 1).results[0] == 0xFF00_1010)
  }

  @Test func `less favoured interrupts wait for the priority to fall`() throws {
    let board = try board()
    board.call(Call.cppr, 5)
    board.partition.pulseInterrupt(0x1010)
    #expect(!board.processors[0].externalInterrupt)
    board.call(Call.cppr, 6)
    #expect(board.processors[0].externalInterrupt)
    // Raising the priority takes a presented interrupt back.
    board.call(Call.cppr, 5)
    #expect(!board.processors[0].externalInterrupt)
    #expect(board.call(Call.xirr).results[0] == 0x0500_0000)
    board.call(Call.cppr, 0xFF)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
  }

  @Test func `a more favoured interrupt replaces the presented one`() throws {
    let board = try board()
    route(board, 0x1011, 0, 4)
    board.partition.pulseInterrupt(0x1010)
    board.partition.pulseInterrupt(0x1011)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1011)
    #expect(!board.processors[0].externalInterrupt)
    board.call(Call.eoi, 0xFF00_1011)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
  }

  @Test func `inter-processor interrupts are source 2 and stay while requested`() throws {
    let board = try board()
    #expect(board.call(Call.ipi, 8, 4).status == 0)
    #expect(board.processors[1].externalInterrupt)
    #expect(board.call(Call.ipoll, 8).results[1] == 4)
    #expect(board.call(Call.xirr, from: 1).results[0] == 0xFF00_0002)
    // Not taken back: the end presents it again.
    board.call(Call.eoi, 0xFF00_0002, from: 1)
    #expect(board.call(Call.xirr, from: 1).results[0] == 0xFF00_0002)
    board.call(Call.ipi, 8, 0xFF, from: 1)
    board.call(Call.eoi, 0xFF00_0002, from: 1)
    #expect(!board.processors[1].externalInterrupt)
    #expect(board.call(Call.ipi, 7, 4).status == -4)
    #expect(board.call(Call.ipi, 1 << 32, 4).status == -4)
    #expect(board.call(Call.ipoll, 7).status == -4)
  }

  @Test func `inter-processor interrupts compete with sources by priority`() throws {
    let board = try board()
    board.partition.pulseInterrupt(0x1010)
    board.call(Call.ipi, 0, 6)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
    board.call(Call.eoi, 0xFF00_1010)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_0002)
    board.call(Call.ipi, 0, 0xFF)
    board.call(Call.eoi, 0xFF00_0002)
    board.call(Call.ipi, 0, 6)
    board.partition.pulseInterrupt(0x1010)
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1010)
  }

  @Test func `the time of presentation can be asked for`() throws {
    let board = try board()
    board.processors[0].hypervisorRegisters[.timebase] = 1234
    board.partition.pulseInterrupt(0x1010)
    board.processors[0].hypervisorRegisters[.timebase] = 5678
    let (status, results) = board.call(Call.xirrX, 0xFF)
    #expect(status == 0 && results[0] == 0xFF00_1010 && results[1] == 1234)
  }

  @Test func `numbers without a source are ignored, or refused`() throws {
    let board = try board()
    board.partition.pulseInterrupt(5)
    board.partition.setInterruptLine(.max, true)
    #expect(board.call(Call.eoi, 0xFF12_3456).status == 0)
    #expect(!board.partition.hasInterruptSource(0x2000))
    #expect(!board.processors[0].externalInterrupt)
  }

  @Test func `a terminal's input interrupts unless that is switched off`() throws {
    let board = try board()
    route(board, TestBoard.terminalSource, 0, 5)
    board.terminal.receive([65])
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1100)
    board.call(Call.eoi, 0xFF00_1100)
    _ = board.terminal.read(limit: 16)
    #expect(board.call(0x104, UInt64(TestBoard.terminalUnit), 0).status == 0)
    board.terminal.receive([66])
    #expect(board.call(Call.xirr).results[0] == 0xFF00_0000)
    _ = board.terminal.read(limit: 16)
    #expect(board.call(0x104, UInt64(TestBoard.terminalUnit), 1).status == 0)
    board.terminal.receive([67])
    #expect(board.call(Call.xirr).results[0] == 0xFF00_1100)
    #expect(board.call(0x104, UInt64(TestBoard.terminalUnit), 2).status == -4)
    #expect(board.call(0x104, 0x1234, 1).status == -4)
  }
}
