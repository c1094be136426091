import GuestMemory
import CallInterface
import Testing

private struct Status: CallStatus {
  var code: Int
  static let success = Status(code: 0)
  static let badArgument = Status(code: -4)
  static let busy = Status(code: 1)
}

private final class Board: ServiceContext {
  let guestMemory: GuestMemory
  var log: [String] = []
  init() throws { guestMemory = try GuestMemory(size: 0x10000) }
}

private enum Handlers {
  static func sum(_ board: Board, a: UInt64, b: UInt32) throws(Status) -> UInt64 { a &+ UInt64(b) }
  static func none(_ board: Board) throws(Status) { board.log.append("none") }
  static func swap(_ board: Board, a: UInt64, b: Int32) throws(Status) -> (Int32, UInt64) { (b, a) }
  static func refuse(_ board: Board, a: UInt64) throws(Status) -> UInt64 { throw .busy }
  static func partly(_ board: Board, a: UInt64) throws(Status) -> Completion<Status, UInt64> {
    Completion(.busy, a)
  }
  static func text(_ board: Board, text: GuestString, buffer: GuestBuffer) throws(Status) {
    board.log.append("\(text.text) \(buffer.address) \(buffer.count)")
  }
  static func optional(_ board: Board, a: UInt64, b: UInt64?) throws(Status) -> UInt64 { b ?? a }
  static func all(_ board: Board, a: UInt64, rest: CallCells) throws(Status) -> CallCells { rest }
}

@Suite struct ServiceTests {
  private func call(_ service: Service<Board, Status>, _ cells: [UInt64], _ board: Board) throws
    -> (Status, [UInt64])
  {
    var arguments = try #require(CallCells(cells))
    var results = CallCells()
    let status = service.call(board, &arguments, &results)
    return (status, results.array)
  }

  @Test func `counts come from the handler's type`() {
    #expect(Service(Handlers.sum).arguments == CellCounts(2, 2))
    #expect(Service(Handlers.sum).results == .one)
    #expect(Service(Handlers.none).arguments == CellCounts(0, 0))
    #expect(Service(Handlers.none).results == CellCounts(0, 0))
    #expect(Service(Handlers.swap).results == CellCounts(2, 2))
    #expect(Service(Handlers.text).arguments == CellCounts(3, 3))
    #expect(Service(Handlers.optional).arguments == CellCounts(1, 2))
    #expect(Service(Handlers.all).arguments == CellCounts(1, CallCells.capacity))
    #expect(Service(Handlers.all).results == .any)
  }

  @Test func `values and statuses pass`() throws {
    let board = try Board()
    #expect(try call(Service(Handlers.sum), [1, 2, 99], board) == (.success, [3]))
    #expect(try call(Service(Handlers.none), [], board) == (.success, []))
    #expect(try call(Service(Handlers.refuse), [1], board) == (.busy, []))
    #expect(try call(Service(Handlers.partly), [7], board) == (.busy, [7]))
    #expect(try call(Service(Handlers.optional), [7], board) == (.success, [7]))
    #expect(try call(Service(Handlers.optional), [7, 8], board) == (.success, [8]))
    #expect(try call(Service(Handlers.all), [7, 8, 9], board) == (.success, [8, 9]))
    #expect(board.log == ["none"])
  }

  @Test func `signed words are sign-extended in both directions`() throws {
    let board = try Board()
    for cell: UInt64 in [0xFFFF_FFFF, .max] {
      #expect(try call(Service(Handlers.swap), [5, cell], board) == (.success, [.max, 5]))
    }
    #expect(try call(Service(Handlers.swap), [5, 0x1_0000_0000], board) == (.badArgument, []))
  }

  @Test func `arguments that do not decode are refused`() throws {
    let board = try Board()
    #expect(try call(Service(Handlers.sum), [1], board) == (.badArgument, []))
    #expect(try call(Service(Handlers.sum), [1, 1 << 32], board) == (.badArgument, []))
    try board.guestMemory.write(Array("abc".utf8), at: 0x100)
    #expect(try call(Service(Handlers.text), [0x100, 0x200, 4], board) == (.success, []))
    #expect(board.log == ["abc 512 4"])
    // A string that never ends, and buffers that leave memory or wrap around.
    try board.guestMemory.fill(0x1000, at: 0xF000, with: 0x41)
    let bad: [[UInt64]] = [
      [0xF000, 0, 0], [0x10000, 0, 0], [.max, 0, 0], [0x100, 0xFFFF, 2], [0x100, .max, 2],
      [0x100, 2, .max], [0x100, 0, 0x10001],
    ]
    for cells in bad {
      #expect(try call(Service(Handlers.text), cells, board) == (.badArgument, []), "\(cells)")
    }
  }

  @Test func `more values than a call can carry are not cells`() {
    #expect(CallCells([UInt64](repeating: 0, count: 17)) == nil)
    #expect(CallCells([UInt64](repeating: 0, count: 16))?.count == 16)
  }

  @Test func `a trace reads like the call`() throws {
    let trace = CallTrace(
      name: "H_ENTER", arguments: try #require(CallCells([0, 0x1F8])), status: -4,
      results: CallCells())
    #expect(trace.description == "H_ENTER(0x0, 0x1f8) = -4")
  }
}
