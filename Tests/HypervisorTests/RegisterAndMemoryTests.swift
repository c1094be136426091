import Devices
import GuestMemory
import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@Suite struct RegisterAndMemoryTests {
  @Test func `set-mode changes byte order and interrupt location everywhere`() throws {
    let board = try TestBoard(processors: 2)
    #expect(board.call(0x31C, 1, 4, 0, 0).status == 0)
    #expect(board.processors.allSatisfy { $0.interruptByteOrder == .little })
    #expect(board.call(0x31C, 0, 4, 0, 0).status == 0)
    #expect(board.processors.allSatisfy { $0.interruptByteOrder == .big })
    #expect(board.call(0x31C, 3, 3, 0, 0).status == 0)
    #expect(board.processors.allSatisfy { $0.interruptLocation == 3 })
    #expect(board.call(0x31C, 2, 3, 0, 0).status == 0)
    // Flag bit 63 is -256 - 63.
    #expect(board.call(0x31C, 1, 3, 0, 0).status == -319)
    #expect(board.call(0x31C, 2, 4, 0, 0).status == -318)
    #expect(board.call(0x31C, 1, 4, 1, 0).status == -56)
    #expect(board.call(0x31C, 1, 4, 0, 1).status == -57)
    #expect(board.call(0x31C, 0, 0, 0, 0).status == -55)
    #expect(board.call(0x31C, 0, 5, 0, 0).status == -55)
  }

  @Test func `set-mode sets breakpoints the processor has`() throws {
    let board = try TestBoard(model: .power10)
    let registers = { board.processors[0].hypervisorRegisters }
    #expect(board.call(0x31C, 0, 1, 0x1002, 0).status == 0)
    #expect(registers()[.ciabr] == 0x1002)
    #expect(board.call(0x31C, 0, 1, 0x1003, 0).status == -56)
    #expect(board.call(0x31C, 0, 2, 0x2000, 0xFC7B).status == 0)
    #expect(registers()[.dawr0] == 0x2000 && registers()[.dawrx0] == 0xFC7B)
    #expect(board.call(0x31C, 0, 2, 0x2000, 0x7F).status == -57)
    #expect(board.call(0x31C, 0, 5, 0x3000, 0x63).status == 0)
    #expect(registers()[.dawr1] == 0x3000 && registers()[.dawrx1] == 0x63)
    // AIL 2 is gone in 3.1, and processors before 2.07 have none of it.
    #expect(board.call(0x31C, 2, 3, 0, 0).status == -318)
    let old = try TestBoard(model: .power7)
    for resource: UInt64 in [1, 2, 3, 5] {
      #expect(old.call(0x31C, 0, resource, 0, 0).status == -55)
    }
    #expect(old.call(0x31C, 1, 4, 0, 0).status == 0)
  }

  @Test func `the breakpoint of older levels becomes a watchpoint`() throws {
    let board = try TestBoard()
    // Translation on, writes: DW is bit 57, WT bit 59.
    #expect(board.call(0x28, 0x1000 | 4 | 2).status == 0)
    #expect(board.processors[0].hypervisorRegisters[.dawr0] == 0x1000)
    #expect(board.processors[0].hypervisorRegisters[.dawrx0] == 0x40 | 0x10 | 3)
    #expect(board.call(0x134, 0x2000 | 1, 1).status == 0)
    #expect(board.processors[0].hypervisorRegisters[.dawrx0] == 0x20 | 1)
    for bad: UInt64 in [0, 4, 7, 0x11] { #expect(board.call(0x134, 0, bad).status == -4) }
    let old = try TestBoard(model: .power7)
    #expect(old.call(0x28, 0x1007).status == 0)
    #expect(old.processors[0].hypervisorRegisters[.dabr] == 0x1007)
    #expect(old.processors[0].hypervisorRegisters[.dabrx] == 3)
    #expect(old.call(0x24, 77).status == 0)
    #expect(old.processors[0].hypervisorRegisters[.sprg0] == 77)
  }

  @Test func `pages are zeroed and copied`() throws {
    let board = try TestBoard()
    let memory = board.partition.memory
    try memory.fill(0x1000, at: 0x1000, with: 0x11)
    try memory.fill(0x1000, at: 0x2000, with: 0x22)
    #expect(board.call(0x2C, 1 << 14, 0x2000, 0x1000).status == 0)
    #expect(try memory.read(0x1000, at: 0x2000) == memory.read(0x1000, at: 0x1000))
    #expect(board.call(0x2C, 1 << 15 | 1 << 22, 0x2000, 0x123).status == 0)
    #expect(try memory.read(0x1000, at: 0x2000).allSatisfy { $0 == 0 })
    for (target, source): (UInt64, UInt64) in [
      (0x2001, 0x1000), (0x2000, 0x1001), (1 << 20, 0), (0, 1 << 20), (~0xFFF, 0),
    ] {
      #expect(board.call(0x2C, 1 << 14, target, source).status == -4)
    }
    #expect(board.call(0x2C, 1, 0x2000, 0).status == -4)
  }

  @Test(arguments: [0x3C, 0x44] as [UInt64]) func `memory is read big-endian`(call: UInt64) throws {
    let board = try TestBoard()
    try board.partition.memory.write(UInt64(0x0102_0304_0506_0708), at: 0x100)
    #expect(board.call(call, 1, 0x101).results[0] == 2)
    #expect(board.call(call, 2, 0x102).results[0] == 0x0304)
    #expect(board.call(call, 4, 0x104).results[0] == 0x0506_0708)
    #expect(board.call(call, 8, 0x100).results[0] == 0x0102_0304_0506_0708)
    for (size, address): (UInt64, UInt64) in [
      (0, 0x100), (3, 0x100), (16, 0x100), (2, 0x101), (8, 0x104), (1, 1 << 20), (8, ~7),
      (1 << 63, 0),
    ] {
      #expect(board.call(call, size, address).status == -4)
      #expect(board.call(call + 4, size, address, 0).status == -4)
    }
    #expect(board.call(call + 4, 4, 0x200, 0xFFFF_FFFF_1234_5678).status == 0)
    #expect(try board.partition.memory.read(UInt64.self, at: 0x200) == 0x1234_5678 << 32)
  }

  @Test func `elements are copied and inverted, overlapping or not`() throws {
    let board = try TestBoard()
    let memory = board.partition.memory
    try memory.write((0..<64).map { UInt8($0) }, at: 0x100)
    #expect(board.call(0xF001, 0x108, 0x100, 3, 4, 0).status == 0)
    #expect(try memory.read(32, at: 0x108) == (0..<32).map { UInt8($0) })
    #expect(board.call(0xF001, 0x1000, 0x100, 0, 8, 1).status == 0)
    #expect(try memory.read(8, at: 0x1000) == (0..<8).map { ~UInt8($0) })
    for bad: [UInt64] in [
      [0x101, 0x100, 3, 1, 0], [0x100, 0x101, 1, 1, 0], [0, 0x100, 4, 1, 0],
      [0, 0x100, 0, 1, 2], [0, 0x100, 3, 1 << 31, 0], [0, 0x100, 3, .max, 0],
      [1 << 20, 0, 0, 1, 0], [~7, 0, 3, 1, 0],
    ] {
      #expect(board.call(0xF001, bad).status == -4, "\(bad)")
    }
  }

  @Test func `terminals carry sixteen characters, the first one on the left`() throws {
    let board = try TestBoard()
    let unit = UInt64(TestBoard.terminalUnit)
    #expect(board.call(0x58, unit, 5, 0x4865_6C6C_6F00_0000, 0).status == 0)
    #expect(board.call(0x58, 0, 9, 0x2C20_7465_726D_696E, 0x616C << 48).status == 0)
    #expect(board.output.written == "Hello, termina")
    #expect(board.call(0x58, unit, 17, 0, 0).status == -4)
    #expect(board.call(0x58, unit, .max, 0, 0).status == -4)
    #expect(board.call(0x58, unit + 1, 1, 0, 0).status == -4)
    board.terminal.receive(Array("abcdefghijklmnopqr".utf8))
    var answer = board.call(0x54, unit)
    #expect(Array(answer.results[0..<3]) == [16, 0x6162_6364_6566_6768, 0x696A_6B6C_6D6E_6F70])
    answer = board.call(0x54, 0)
    #expect(Array(answer.results[0..<3]) == [2, 0x7172 << 48, 0])
    #expect(board.call(0x54, unit).results[0] == 0)
    board.terminal.isOpen = false
    #expect(board.call(0x54, unit).status == 2)
    #expect(board.call(0x58, unit, 0, 0, 0).status == 2)
  }

  @Test func `process tables reach every processor`() throws {
    let board = try TestBoard(processors: 2)
    // Hashed translation without a table is what there is from the start.
    #expect(board.call(0x37C, 0, 0, 0, 0).status == 0)
    #expect(board.call(0x37C, 0x1D, 0x10000, 0, 4).status == 0)
    let table = ProcessTable(
      base: 0x10000, size: 0x10000, isRadix: true, guestInvalidates: true)
    #expect(board.processors.allSatisfy { $0.processTable == table })
    #expect(board.call(0x37C, 0, 0, 0, 0).status == -4)
    #expect(board.call(0x37C, 4, 0, 0, 0).status == 0)
    #expect(board.processors[1].processTable?.guestInvalidates == false)
    #expect(board.call(0x37C, 0x1C, 0x10001, 0, 4).status == -55)
    #expect(board.call(0x37C, 0x1C, 1 << 60, 0, 4).status == -55)
    #expect(board.call(0x37C, 0x1C, 0x10000, 1, 4).status == -56)
    #expect(board.call(0x37C, 0x1C, 0x10000, 0, 25).status == -57)
    #expect(board.call(0x37C, 0x1A, 0, 0, 0).status == -4)
    #expect(board.call(0x37C, 0x20, 0, 0, 0).status == -4)
    #expect(board.call(0x37C, 0x10, 0, 0, 0).status == 0)
    #expect(board.processors.allSatisfy { $0.processTable == nil })
    #expect(try TestBoard(model: .power8).call(0x37C, 0, 0, 0, 0).status == -2)
  }

  @Test func `home nodes are packed in fifteen or thirty-one bits`() throws {
    let board = try TestBoard(processors: 2)
    #expect(
      board.call(0x2EC, 1, 8).results[0..<2] == [0x8000_8000_8000_8000, 0x8008_FFFF_FFFF_FFFF])
    board.partition.homeNodes[8] = [1, 0x12345, 2]
    let (status, results) = board.call(0x2EC, 1, 8)
    #expect(status == 0)
    #expect(Array(results[0..<6]) == [0x8001_0001_2345_8002] + [UInt64](repeating: .max, count: 5))
    #expect(board.call(0x2EC, 0, 8).status == -4)
    #expect(board.call(0x2EC, 1, 9).status == -55)
  }
}
