import GuestMemory
import HypervisorTestSupport
import Testing

@testable import Hypervisor
@testable import RTAS

/// ibm,nmi-register, what it leads to, and ibm,nmi-interlock.
@Suite struct NotificationTests {
  private static let base: UInt64 = 0x8000

  private func board(size: UInt64? = nil) throws -> RTASBoard {
    let rtas = try RTASBoard()
    let partition = rtas.board.partition
    partition.rtasArea = RTASArea(
      base: Self.base, size: size ?? RTASArea.size(processors: partition.processors.count))
    return rtas
  }

  @Test func `handlers are in the first 32 MiB, and in memory`() throws {
    let rtas = try board()
    #expect(try rtas.call("ibm,nmi-register", [0x4000, 0x5000]) == [0])
    #expect(
      rtas.board.partition.notification
        == InterruptNotification(systemReset: 0x4000, machineCheck: 0x5000))
    for bad: [UInt32] in [
      [0x4002, 0x5000], [0x4000, 0x5001], [32 << 20, 0x5000], [0x4000, .max - 3],
      [0x20_0000, 0x5000],
    ] { #expect(try rtas.call("ibm,nmi-register", bad) == [-3], "\(bad)") }
  }

  @Test func `without storage for every processor nothing is registered`() throws {
    let small = try board(size: RTASArea.size(processors: 2) - 1)
    #expect(try small.call("ibm,nmi-register", [0x4000, 0x5000]) == [-1])
    let none = try RTASBoard()
    #expect(try none.call("ibm,nmi-register", [0x4000, 0x5000]) == [-1])
    #expect(
      none.board.partition.notify(.systemReset, of: none.board.partition.processors[0]) == nil)
  }

  @Test func `r3 of a system reset is in the processor's save area`() throws {
    let rtas = try board()
    let partition = rtas.board.partition
    let processor = partition.processors[1]
    #expect(partition.notify(.systemReset, of: processor) == nil)
    #expect(try rtas.call("ibm,nmi-register", [0x4000, 0x5000]) == [0])
    processor.control[gpr: 3] = 0x1234
    #expect(partition.notify(.systemReset, of: processor) == 0x4000)
    let area = processor.control[gpr: 3]
    // Past the stub and the error log, and not the last 16 bytes, as Linux has it.
    #expect(area >= Self.base + 4096)
    #expect(area < Self.base + RTASArea.size(processors: 2) - 16)
    #expect(try rtas.memory.read(UInt64.self, at: area) == 0x1234)
    #expect(try rtas.memory.read(UInt64.self, at: area + 8) == 0)
    // Needs no interlock.
    #expect(partition.notify(.systemReset, of: processor) == 0x4000)
  }

  @Test func `a machine check has a log until the interlock`() throws {
    let rtas = try board()
    let partition = rtas.board.partition
    let (caller, other) = (partition.processors[0], partition.processors[1])
    #expect(try rtas.call("ibm,nmi-register", [0x4000, 0x5000]) == [0])
    caller.control[gpr: 3] = 0x1234
    #expect(partition.notify(.machineCheck, of: caller) == 0x5000)
    let area = caller.control[gpr: 3]
    #expect(try rtas.memory.read(UInt64.self, at: area) == 0x1234)
    // Version 6, ERROR_SYNC, not recovered, no extended part, CPU, memory, invalid address.
    #expect(try rtas.memory.read(UInt32.self, at: area + 8) == 0x0670_1408)
    #expect(partition.notify(.machineCheck, of: other) == 0x5000)
    #expect(try rtas.call("ibm,nmi-interlock", []) == [0])
    #expect(partition.notify(.machineCheck, of: caller) == 0x5000)
    #expect(partition.takeRequests().isEmpty)
    // Another one before the log is given back is fatal.
    #expect(partition.notify(.machineCheck, of: caller) == nil)
    #expect(
      partition.takeRequests()
        == [.osTerminated(message: "a machine check during the report of another")])
  }

  @Test func `a restart forgets the handlers`() throws {
    let rtas = try board()
    #expect(try rtas.call("ibm,nmi-register", [0x4000, 0x5000]) == [0])
    rtas.board.partition.reset()
    #expect(rtas.board.partition.notification == nil && rtas.board.partition.rtasArea == nil)
  }
}
