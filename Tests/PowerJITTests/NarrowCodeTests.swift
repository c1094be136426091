import GuestMemory
import PowerCPU
import PowerISA
import PowerJIT
import Testing

/// Code of 32-bit mode: addresses have 32 bits, and results are recorded by their low words.
@Suite("Code of 32-bit mode")
struct NarrowCodeTests {
  private typealias Line = (String, [Int64])

  /// The same program under both engines, in problem state, with radix translation of some pages of 64 KiB.
  private struct Sides {
    let translated: Translated
    let interpreted: Translated
    var both: [Translated] { [translated, interpreted] }

    init(
      _ lines: [Line], pages: [(effective: UInt64, real: UInt64)] = [(0x1_0000, 0x1_0000)],
      state: UInt64 = MSR.pr
    ) throws {
      (translated, interpreted) = (
        try Translated(lines, memorySize: 8 << 20), try Translated(lines, memorySize: 8 << 20)
      )
      interpreted.cpu.translator = nil
      for guest in both {
        try Self.map(pages, guest.memory)
        guest.cpu.setProcessTable(ProcessTable(base: 0x40_0000, size: 0x1000, isRadix: true))
        guest.cpu.machineState = MSR.dr | MSR.ir | MSR.me | MSR.fp | state
        for number in 0..<32 { guest.cpu[gpr: number] = UInt64(number) << 40 | 0x300 }
      }
    }

    /// Tables for pages below 8 GiB: of 1 GiB, of 2 MiB, and of 64 KiB.
    private static func map(
      _ pages: [(effective: UInt64, real: UInt64)], _ memory: GuestMemory
    ) throws {
      let (valid, leaf) = (1 << 63 as UInt64, 0xC000_0000_0000_0187 as UInt64)
      let (root, high) = (0x41_0000, 0x42_0000) as (UInt64, UInt64)
      try memory.write(0x4000_0000_0000_00AD | root, at: 0x40_0000)
      try memory.write(valid | high | 9, at: root)
      var next = 0x43_0000 as UInt64
      var tables: [UInt64: UInt64] = [:]
      func table(_ number: UInt64, at entry: UInt64, _ bits: UInt64) throws -> UInt64 {
        if let known = tables[entry] { return known }
        defer { next += 0x1000 }
        tables[entry] = next
        try memory.write(valid | next | bits, at: entry)
        return next
      }
      for (effective, real) in pages {
        let low = try table(effective >> 30, at: high + effective >> 30 * 8, 9)
        let last = try table(
          effective >> 21, at: low + (effective >> 21 & 511) * 8, 5)
        try memory.write(leaf | real, at: last + (effective >> 16 & 31) * 8)
      }
    }

    /// Sets something on both sides.
    func set(_ change: (VirtualProcessor) -> Void) { both.forEach { change($0.cpu) } }

    /// Executes instructions on both sides, and compares.
    func run(_ count: Int64, _ location: SourceLocation = #_sourceLocation) {
      set { _ = $0.run(instructions: count) }
      let (cpu, expected) = (translated.cpu, interpreted.cpu)
      for number in 0..<32 {
        #expect(
          cpu[gpr: number] == expected[gpr: number], "r\(number)", sourceLocation: location)
      }
      for register in [.lr, .ctr, .xer, .cfar, .dar, .srr0, .srr1] as [SPR] {
        #expect(
          cpu.read(register) == expected.read(register), "\(register.name)",
          sourceLocation: location)
      }
      #expect(cpu.nextInstruction == expected.nextInstruction, sourceLocation: location)
      #expect(cpu.conditionRegister == expected.conditionRegister, sourceLocation: location)
      #expect(cpu.machineState == expected.machineState, sourceLocation: location)
    }
  }

  @Test("has host code for what programs execute often, with numbers of more than 32 bits")
  func registers() throws {
    let recorded = 1 as UInt64
    let lines: [(line: Line, isRecorded: Bool)] = [
      (("add", [3, 4, 5]), true), (("addc", [6, 4, 3]), true), (("adde", [7, 5, 6]), true),
      (("subfc", [8, 7, 6]), true), (("subfe", [9, 8, 3]), true), (("addic.", [10, 9, -1]), false),
      (("subfic", [11, 10, 5]), false), (("addze", [12, 11]), true), (("addme", [13, 12]), true),
      (("subfze", [14, 13]), true), (("subfme", [15, 14]), true), (("srawi", [16, 3, 5]), true),
      (("sraw", [17, 8, 5]), true), (("neg", [18, 9]), true), (("mullw", [19, 9, 8]), true),
      (("rlwinm", [20, 9, 5, 3, 20]), true), (("divwu", [21, 9, 4]), true),
      (("and", [22, 9, 8]), true), (("cntlzw", [23, 9]), true), (("mfcr", [24]), false),
      (("xor", [25, 25, 24]), true), (("isel", [26, 3, 4, 2]), false),
      (("addi", [4, 4, 0x7123]), false), (("addis", [5, 5, 0x1234]), false),
      (("stwu", [4, 8, 1]), false), (("lwz", [27, 0, 1]), false), (("stw", [5, 4, 1]), false),
      (("lha", [28, 6, 1]), false), (("addi", [30, 30, 4]), false),
      (("stwux", [28, 2, 30]), false), (("lwzux", [29, 2, 31]), false),
      (("addi", [1, 1, -8]), false), (("rlwinm", [2, 2, 0, 19, 28]), false),
    ]
    for state in [MSR.pr, 0, MSR.pr | MSR.le] {
      let sides = try Sides(
        lines.map(\.line) + [("bc", [16, 0, Int64(-4 * lines.count)]), ("b", [0])],
        pages: [(0x1_0000, 0x1_0000), (0, 0x2_0000)], state: state)
      for guest in sides.both {
        for (index, entry) in lines.enumerated() where entry.isRecorded {
          let address = Translated.code + 4 * UInt64(index)
          let word = try guest.memory.read(UInt32.self, at: address)
          try guest.write(UInt64(word) | recorded, at: address)
        }
        if state & MSR.le != 0 {
          for index in 0...UInt64(lines.count + 1) {
            let word = try guest.memory.read(UInt32.self, at: Translated.code + 4 * index)
            try guest.memory.write(word.byteSwapped, at: Translated.code + 4 * index)
          }
        }
      }
      sides.set {
        $0.nextInstruction = Translated.code
        // Only the low word is counted.
        $0.write(.ctr, 0xABC_0000_0100)
      }
      for count in [1000, 1, 3, 33, 500, 17, 8000] as [Int64] { sides.run(count) }
      #expect(sides.translated.cpu.read(.ctr) & 0xFFFF_FFFF == 0)
      let statistics = sides.translated.translator.statistics
      #expect(statistics.regions > 0)
      #expect(statistics.interpreted < 400, "\(statistics)")
      let calls = sides.translated.translator.helperCallsTaken.filter { $0.count > 10 }
      #expect(calls.isEmpty, "\(calls)")
    }
  }

  /// The pages around 4 GiB, of which the one beyond follows in real storage too, and the first page.
  private static let around: [(effective: UInt64, real: UInt64)] = [
    (0x1_0000, 0x1_0000), (0xFFFF_0000, 0x10_0000), (0x1_0000_0000, 0x11_0000), (0, 0x20_0000),
  ]

  @Test("has accesses at the beginning of storage after those at 4 GiB", arguments: [true, false])
  func accesses(isGrouped: Bool) throws {
    let second: Line = isGrouped ? ("lwz", [5, 2, 3]) : ("lwzx", [5, 3, 9])
    let sides = try Sides(
      [
        ("lbz", [4, 0, 3]), second, ("xor", [6, 6, 4]), ("rldicl", [6, 6, 9, 0]),
        ("xor", [6, 6, 5]), ("sth", [6, 12, 3]), ("stdx", [6, 3, 9]), ("addi", [3, 3, 1]),
        ("bc", [16, 0, -32]), ("b", [0]),
      ], pages: Self.around)
    for guest in sides.both {
      for address in stride(from: 0 as UInt64, to: 0x2_0000, by: 8) {
        try guest.memory.write(address &* 0x1234_5678_9ABC_DEF1, at: 0x10_0000 + address)
        try guest.memory.write(address &* 0x9E37_79B9_7F4A_7C15, at: 0x20_0000 + address)
      }
    }
    // First in 64-bit mode, where accesses continue in the page beyond 4 GiB.
    for mode in [MSR.sf, 0, MSR.sf, 0] {
      sides.set {
        $0.machineState = $0.machineState & ~MSR.sf | mode
        $0.nextInstruction = Translated.code
        $0[gpr: 3] = 0xFFFF_D000
        $0[gpr: 9] = 0x20
        $0.write(.ctr, 0x6000)
      }
      for count in [9 * 0x2FF0, 50, 101, 9 * 0x3000] as [Int64] { sides.run(count) }
      for page in [0x10_0000, 0x11_0000, 0x20_0000] as [UInt64] {
        for address in stride(from: page, to: page + 0x1_0000, by: 8) {
          let stored = try sides.both.map { try $0.memory.read(UInt64.self, at: address) }
          #expect(stored[0] == stored[1], "\(address)")
        }
      }
    }
    #expect(sides.translated.translator.statistics.interpreted < 20_000)
  }

  @Test("continues at the first address after the last, and calls and returns there")
  func branches() throws {
    let sides = try Sides([], pages: Self.around)
    let (last, first) = (0x10_0000, 0x20_0000) as (UInt64, UInt64)
    let words: [(UInt64, UInt64)] = [
      // addi r3,r3,1; bl to 0x100 beyond; addi r5,r5,1; and on at 0.
      (last + 0xFFF0, 0x3863_0001), (last + 0xFFF4, 0x4800_010D), (last + 0xFFF8, 0x38A5_0001),
      (last + 0xFFFC, 0x38C6_0001),
      // addi r7,r7,1; b back.
      (first, 0x38E7_0001), (first + 4, 0x4BFF_FFEC),
      // mflr r8; or r8,r8,r9, which has a high word; mtlr r8; addi r4,r4,1; blr.
      (first + 0x100, 0x7D08_02A6), (first + 0x104, 0x7D08_4B78), (first + 0x108, 0x7D08_03A6),
      (first + 0x10C, 0x3884_0001), (first + 0x110, 0x4E80_0020),
    ]
    for guest in sides.both { for (address, word) in words { try guest.write(word, at: address) } }
    sides.set {
      $0.nextInstruction = 0xFFFF_FFF0
      $0[gpr: 9] = 0x7_0000_0000
    }
    for count in 1...40 as ClosedRange<Int64> { sides.run(count) }
    sides.run(30_000)
    let statistics = sides.translated.translator.statistics
    #expect(statistics.interpreted < 1000, "\(statistics)")
    #expect(statistics.entries < 1000, "\(statistics)")
  }
}
