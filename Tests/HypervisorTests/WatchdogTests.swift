import HypervisorTestSupport
import Testing

@testable import Hypervisor

@Suite struct WatchdogTests {
  private static let call: UInt64 = 0x45C
  private static let start: UInt64 = 0x100
  private static let stop: UInt64 = 0x200
  private static let leavesOthers: UInt64 = 1 << 16
  /// Ticks of a millisecond.
  private static let tick: UInt64 = 512_000

  private func timers(_ board: TestBoard, startedAt now: UInt64 = 0) -> WatchdogTimers {
    board.processors[0].hypervisorRegisters[.timebase] = now
    return board.partition.watchdogs
  }

  @Test func capabilities() throws {
    let board = try TestBoard()
    let answer = board.call(Self.call, 0x300)
    #expect(answer.status == 0)
    #expect(answer.results[0] == 500 << 48 | 4 << 32)
    #expect(board.call(Self.call, 0x400, 4).results[0] == 2)
    #expect(board.table.functionSets.contains("hcall-watchdog"))
  }

  /// Flags, number, timeout, and the status that they give.
  @Test(
    arguments: [
      (0x001, 1, 1000, -4), (0x501, 1, 1000, -4), (0x100, 1, 1000, -4), (0x104, 1, 1000, -4),
      (0x2_0101, 1, 1000, -4), (1 << 63 | 0x101, 1, 1000, -4),
      (0x101, 0, 1000, -55), (0x101, 5, 1000, -55), (0x101, 1 << 32 | 1, 1000, -55),
      (0x101, .max, 1000, -55), (0x200, 0, 0, -55), (0x200, 5, 0, -55), (0x400, 5, 0, -55),
      (0x101, 1, 499, -56), (0x101, 1, 0, -56), (0x101, 1, 500, 0), (0x103, 4, .max, 0),
      (0x200, 1, 0, -63), (0x200, .max, 0, 0),
    ] as [(UInt64, UInt64, UInt64, Int64)])
  func statuses(flags: UInt64, number: UInt64, timeout: UInt64, status: Int64) throws {
    let board = try TestBoard()
    #expect(board.call(Self.call, flags, number, timeout).status == status)
    #expect((board.partition.watchdogs.deadline != nil) == (status == 0 && flags < 0x200))
  }

  @Test func `a timer expires once, and not before its time`() throws {
    let board = try TestBoard()
    let timers = timers(board, startedAt: 1000)
    board.call(Self.call, Self.start | 2, 3, 500)
    #expect(timers.deadline == 1000 + 500 * Self.tick)
    #expect(timers.takeExpired(at: 999 + 500 * Self.tick) == nil)
    // Started again, it begins again.
    board.processors[0].hypervisorRegisters[.timebase] = 2000
    board.call(Self.call, Self.start | 1, 3, 600)
    #expect(timers.takeExpired(at: 1000 + 500 * Self.tick) == nil)
    #expect(timers.takeExpired(at: 2000 + 600 * Self.tick) == .powerOff)
    #expect(timers.takeExpired(at: .max) == nil)
    #expect(board.call(Self.call, Self.stop, 3).status == -63)
  }

  @Test func `the others stop or continue`() throws {
    let board = try TestBoard()
    let timers = timers(board)
    for flags in [Self.start | 3, Self.leavesOthers | Self.start | 3] {
      board.call(Self.call, flags, 1, 500)
      board.call(Self.call, Self.start | 2, 2, 700)
      #expect(timers.takeExpired(at: .max - 1) == .dumpRestart)
      #expect((timers.deadline != nil) == (flags & Self.leavesOthers != 0))
    }
    board.partition.reset()
    #expect(timers.deadline == nil)
  }
}
