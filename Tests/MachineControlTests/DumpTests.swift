import JSON
import Machine
import Testing

@testable import MachineControl

/// `dump-guest-memory` and `inject-nmi`.
@Suite(.serialized) struct DumpTests {
  private let folder = TestFolder()

  /// Integers of a file.
  private struct Reader {
    let bytes: [UInt8]
    func integer(_ offset: Int, _ count: Int) -> UInt64 {
      bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  @Test func theFileIsACoreOfThePartition() throws {
    let machine = try RunningMachine(
      in: folder, "m", program: MemoryWriter.program(sweeps: 30000), processors: 2)
    let connection = try machine.connect()
    #expect(
      try connection.execute("query-dump-guest-memory-capability") == ["formats": ["elf"]])
    _ = try connection.execute(
      "dump-guest-memory", [("paging", false), ("protocol", "file:core")])
    _ = try connection.execute("quit")
    #expect(machine.wait().outcome == .left)
    let core = Reader(bytes: try #require(machine.files["core"]))
    // ELF64, big-endian, ET_CORE, EM_PPC64; two program headers of 56 bytes after the header.
    #expect(Array(core.bytes[..<7]) == [0x7F, 0x45, 0x4C, 0x46, 2, 2, 1])
    #expect(core.integer(16, 4) == 0x0004_0015 && core.integer(32, 8) == 64)
    #expect(core.integer(52, 2) == 64 && core.integer(54, 4) == 0x0038_0002)
    let header = { (number: Int) in
      (0..<7).map { core.integer(64 + 56 * number + 8 * $0, 8) }
    }
    let (notes, memory) = (header(0), header(1))
    #expect(notes[0] >> 32 == 4 && memory[0] >> 32 == 1)
    // The PT_LOAD is guest real memory from 0, all of it, right after the notes.
    #expect(memory[2] == 0 && memory[3] == 0 && memory[4] == 512 << 20 && memory[5] == 512 << 20)
    #expect(notes[1] == 64 + 112 && memory[1] == notes[1] + notes[4])
    #expect(core.bytes.count == Int(memory[1] + memory[4]))
    // What the writer stores is where it stores it: the same number, or the one before, in each page.
    let page = { (number: Int) in core.integer(Int(memory[1]) + 0x200_0000 + 4096 * number, 8) }
    #expect(page(0) > 0 && (page(0) - 1...page(0)).contains(page(2047)))

    var found: [[UInt64]] = []
    var offset = Int(notes[1])
    while offset < Int(notes[1] + notes[4]) {
      let (name, size, type) = (
        Int(core.integer(offset, 4)), Int(core.integer(offset + 4, 4)), core.integer(offset + 8, 4)
      )
      let contents = offset + 12 + (name + 3) / 4 * 4
      found.append([type, UInt64(size)])
      if type == 1 {
        let register = { core.integer(contents + 112 + 8 * $0, 8) }
        if found.count == 1 {
          // The first processor writes: r31 holds the first page, r29 the sweeps.
          #expect(register(31) == 0x200_0000 && register(29) == 30000)
          #expect((0x40_0000..<0x40_0100).contains(register(32)))
        }
        #expect(core.integer(contents + 32, 4) == UInt64(found.count + 3) / 4)
      }
      offset = contents + (size + 3) / 4 * 4
    }
    // elf_prstatus, floating-point, VMX and VSX registers of each processor.
    let each: [[UInt64]] = [[1, 504], [2, 264], [0x100, 544], [0x102, 256]]
    #expect(found == each + each && offset == Int(memory[1]))
  }

  @Test func whatIsNotOfferedIsSaid() throws {
    let machine = try RunningMachine(
      in: folder, "m", program: MemoryWriter.program(sweeps: 30000))
    let connection = try machine.connect()
    let file: (String, JSONValue) = ("protocol", "file:core")
    let refused: [([(String, JSONValue)], String)] = [
      ([file], "'paging' is missing"), ([("paging", true), file], "only false"),
      ([("paging", "no"), file], "expected: boolean"),
      ([("paging", false)], "'protocol' is missing"),
      ([("paging", false), ("protocol", "fd:3")], "named '3' not found"),
      ([("paging", false), ("protocol", "file:")], "neither file:NAME nor fd:NAME"),
      ([("paging", false), file, ("format", "kdump-zlib")], "only elf"),
      ([("paging", false), file, ("detach", true)], "only false"),
      ([("paging", false), file, ("begin", 4096), ("length", 4096)], "as a whole"),
    ]
    for (arguments, reason) in refused {
      #expect {
        try connection.execute("dump-guest-memory", arguments.map { (name: $0.0, value: $0.1) })
      } throws: {
        "\($0)".contains(reason)
      }
    }
    _ = try connection.execute("quit")
    #expect(machine.wait().outcome == .left)
    #expect(machine.files["core"] == nil)
  }

  /// Nothing is at the vector: the guest stops for good instead of counting on.
  @Test func anInterruptIsInjected() throws {
    let machine = try RunningMachine(
      in: folder, "m", program: MemoryWriter.program(sweeps: 30000))
    let connection = try machine.connect()
    _ = try connection.execute("stop")
    _ = try connection.execute("inject-nmi")
    _ = try connection.execute("cont")
    _ = try connection.execute("stop")
    _ = try connection.execute("dump-guest-memory", [("paging", false), ("protocol", "file:core")])
    _ = try connection.execute("quit")
    _ = machine.wait()
    // SRR0 is not in a core; the next instruction is in the interrupt vectors.
    let core = Reader(bytes: try #require(machine.files["core"]))
    #expect(core.integer(176 + 20 + 112 + 8 * 32, 8) < 0x40_0000)
  }
}
