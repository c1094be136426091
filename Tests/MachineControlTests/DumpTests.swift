import GuestTestSupport
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
      in: folder, "m", program: MemoryWriter.program, processors: 2)
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
          // The first processor writes: r31 holds the first page, r29 its mark.
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

  /// A guest that takes interrupts in little-endian mode gets a little-endian file, with vector
  /// registers as stvx stores them there.
  @Test func theByteOrderIsTheGuests() throws {
    let program = TestProgram.elf([
      0x3860_031C,  //       li       r3,H_SET_MODE
      0x3880_0001,  //       li       r4,1            little-endian
      0x38A0_0004,  //       li       r5,4            the mode of interrupts
      0x38C0_0000,  //       li       r6,0
      0x38E0_0000,  //       li       r7,0
      0x4400_0022,  //       sc       1
      0x7D00_00A6,  //       mfmsr    r8
      0x6508_0280,  //       oris     r8,r8,0x280     VEC, VSX
      0x6108_2000,  //       ori      r8,r8,0x2000    FP
      0x7D00_0164,  //       mtmsrd   r8
      0x38A0_1234,  //       li       r5,0x1234
      0x7C25_0166,  //       mtvsrd   f1,r5
      0x3880_0001,  //       li       r4,1
      0x7C00_200C,  //       lvsl     v0,0,r4
      0x1041_038C,  //       vspltisw v2,1
      0x1000_1644,  //       mtvscr   v2
      0x3BE0_0BAD,  //       li       r31,0xBAD
      0x4800_0000,  // loop: b        loop
    ])
    let machine = try RunningMachine(in: folder, "m", program: program)
    let connection = try machine.connect()
    var core: [UInt8] = []
    let notes = 64 + 112
    let register = { (number: Int) in
      (0..<8).reversed().reduce(UInt64(0)) {
        $0 << 8 | UInt64(core[notes + 20 + 112 + 8 * number + $1])
      }
    }
    // Dumped again until the guest has come to its loop.
    repeat {
      _ = try connection.execute(
        "dump-guest-memory", [("paging", false), ("protocol", "file:core")])
      core = try #require(machine.files["core"])
    } while core[5] != 1 || register(31) != 0xBAD
    _ = try connection.execute("quit")
    _ = machine.wait()
    // ET_CORE, EM_PPC64, the first note's lengths and type.
    #expect(Array(core[16..<20]) == [4, 0, 21, 0])
    #expect(Array(core[notes..<notes + 12]) == [5, 0, 0, 0, 0xF8, 1, 0, 0, 1, 0, 0, 0])
    #expect(register(5) == 0x1234 && register(3) == 0)
    let floating = notes + 20 + 504 + 20
    #expect(Array(core[floating + 8..<floating + 16]) == [0x34, 0x12, 0, 0, 0, 0, 0, 0])
    let vectors = floating + 264 + 20
    #expect(Array(core[vectors..<vectors + 16]) == (1...16).reversed())
    #expect(Array(core[vectors + 512..<vectors + 528]) == [1] + [UInt8](repeating: 0, count: 15))
  }

  @Test func whatIsNotOfferedIsSaid() throws {
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
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
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
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
