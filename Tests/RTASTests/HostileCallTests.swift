import GuestMemory
import CallInterface
import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@testable import RTAS

/// Values that are wrong in interesting ways, or nearly right.
private struct HostileValues {
  var random = SystemRandomNumberGenerator()

  mutating func next(limit: UInt64) -> UInt64 {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: 0
    case 1: .max &- UInt64.random(in: 0..<32, using: &random)
    case 2: 1 << UInt64.random(in: 0..<64, using: &random)
    case 3: UInt64.random(in: .min ... .max, using: &random)
    case 4: limit &- UInt64.random(in: 0..<256, using: &random)
    case 5: UInt64.random(in: 0..<limit, using: &random) & ~0xFFF
    case 6: UInt64.random(in: 0..<limit, using: &random) & ~0x7F
    case 7: UInt64.random(in: 0..<32, using: &random)
    case 8: UInt64(UInt32.max &- UInt32.random(in: 0..<32, using: &random))
    default: UInt64.random(in: 0..<limit, using: &random)
    }
  }
}

@Suite struct HostileCallTests {
  /// Numbers that must not change guest memory outside what they were given.
  @Test func `a hundred thousand random hypercalls leave the host alone`() throws {
    let rtas = RTASTable(HypervisorFeatures(processor: .power10))
    let board = try TestBoard(processors: 3, model: .power10, additional: [rtas.hypercall])
    // A resized table costs no memory, but rehashing 2^46 bytes would take its time.
    board.partition.largestHashPageTable = 24
    let served = board.table.calls.filter { $0.handler != nil }.map(\.number)
    var values = HostileValues()
    let size = board.partition.memory.size
    for _ in 0..<100_000 {
      let caller = Int.random(in: 0..<3, using: &values.random)
      let number = served.randomElement(using: &values.random) ?? 0
      board.call(number, (0..<9).map { _ in values.next(limit: size) }, from: caller)
      // A sleeping processor is called again: a processor that waits makes no calls.
      board.partition.start(board.partition.processors[caller], at: 0, argument: 0)
    }
    _ = board.partition.takeRequests()
    #expect(board.call(0x300).status == 0)
  }

  @Test func `a hundred thousand random RTAS calls leave the host alone`() throws {
    let rtas = try RTASBoard(processors: 3)
    let tokens = rtas.table.properties.map(\.token)
    var values = HostileValues()
    for _ in 0..<100_000 {
      let caller = Int.random(in: 0..<3, using: &values.random)
      let isPlausible = Int.random(in: 0..<4, using: &values.random) > 0
      let token = tokens.randomElement(using: &values.random) ?? 0
      let counts = try #require(rtas.table[token]).handler
      let inputs = isPlausible ? UInt64(counts.arguments.least) : values.next(limit: 20)
      let outputs = isPlausible ? UInt64(counts.results.least + 1) : values.next(limit: 20)
      let buffer =
        isPlausible
        ? UInt64.random(in: 0..<0x3FFC0, using: &values.random) & ~3
        : values.next(limit: rtas.memory.size)
      let header =
        [UInt64(token), inputs, outputs] + (0..<16).map { _ in values.next(limit: 1 << 20) }
      for (index, cell) in header.enumerated() {
        try? rtas.memory.write(
          UInt32(truncatingIfNeeded: cell), at: buffer &+ UInt64(index) * 4)
      }
      _ = rtas.board.call(0xF000, [buffer], from: caller)
      rtas.board.partition.start(rtas.board.partition.processors[caller], at: 0, argument: 0)
      _ = rtas.board.partition.takeRequests()
    }
    #expect(rtas.board.call(0x300).status == 0)
  }

  @Test func `calls write only where they are told`() throws {
    // Guards around the memory that each call may write, checked after each call.
    let rtas = try RTASBoard()
    let guarded: [(name: String, inputs: [UInt32], outputs: Int)] = [
      ("nvram-fetch", [0, 0x9000, 64], 2), ("ibm,get-system-parameter", [20, 0x9000, 64], 1),
      ("check-exception", [0x500, 0x1000, .max, 0, 0x9000, 64], 1),
      ("event-scan", [.max, 0, 0x9000, 64], 1), ("rtas-last-error", [0x9000, 64], 1),
    ]
    for (name, inputs, outputs) in guarded {
      rtas.board.partition.requestPowerOff()
      try rtas.memory.fill(0x1000, at: 0x8800, with: 0xEE)
      _ = try rtas.call(name, inputs, outputs: outputs)
      #expect(try rtas.memory.read(0x800, at: 0x8800).allSatisfy { $0 == 0xEE }, "\(name)")
      #expect(try rtas.memory.read(0x700, at: 0x9040).allSatisfy { $0 == 0xEE }, "\(name)")
    }
  }
}
