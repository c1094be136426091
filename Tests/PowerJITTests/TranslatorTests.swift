import GuestMemory
import PowerCPU
import PowerISA
import PowerJIT
import PowerJITx86
import Testing

/// A processor that translates everything it can, with a program in real mode.
struct Translated {
  static let code: UInt64 = 0x1_0000
  let memory: GuestMemory
  let cpu: VirtualProcessor
  let translator: Translator

  init(
    _ lines: [(String, [Int64])], memorySize: UInt64 = 1 << 20, threshold: UInt32 = 1,
    hardware: ProcessorModel = .power9
  ) throws {
    memory = try GuestMemory(size: memorySize)
    cpu = VirtualProcessor(index: 0, hardware: hardware, memory: memory, clock: StoppedClock())
    translator = try #require(Translator(cpu, threshold: threshold))
    translator.attach()
    for (index, (spelling, values)) in lines.enumerated() {
      let row = try #require(InstructionRow.all.first { $0.mnemonic == spelling })
      try write(row.value | Self.fields(row, values), at: Self.code + UInt64(index) * 4)
    }
    cpu.nextInstruction = Self.code
  }

  func write(_ word: UInt64, at address: UInt64) throws {
    try memory.write(UInt32(truncatingIfNeeded: word), at: address)
  }

  private static func fields(_ row: InstructionRow, _ values: [Int64]) -> UInt64 {
    var instruction = Instruction(rawValue: row.value)
    for (operand, value) in zip(row.operands, values) {
      instruction = operand.replacing(in: instruction, with: value) ?? instruction
    }
    return instruction.rawValue
  }
}

@Suite("Translated code")
struct TranslatorTests {
  /// addi r3,r3,1; addi r4,r4,2; b to the first.
  private let loop: [(String, [Int64])] = [
    ("addi", [3, 3, 1]), ("addi", [4, 4, 2]), ("b", [-8]),
  ]

  @Test("unrolled code is not translated from each of its entries to its end", arguments: [1, -1])
  func unrolled(_ order: Int) throws {
    let length = 480
    let guest = try Translated(
      Array(repeating: ("addi", [3, 3, 1]), count: length) + [("b", [0])])
    // bctr.
    let jump = Translated.code + 4 * UInt64(length + 1)
    try guest.write(0x4E80_0420, at: jump)
    let entries = Array(stride(from: 0, to: length, by: 8))
    for _ in 0..<3 {
      for entry in order > 0 ? entries : entries.reversed() {
        guest.cpu.write(.ctr, Translated.code + 4 * UInt64(entry))
        guest.cpu.nextInstruction = jump
        guest.cpu[gpr: 3] = 0
        _ = guest.cpu.run(instructions: 600)
        #expect(guest.cpu[gpr: 3] == UInt64(length - entry))
      }
    }
    #expect(guest.translator.statistics.instructions < 12 * length)
  }

  @Test("two places are translated although a third with the same counters was visited before")
  func sharedCounters() throws {
    // A call, and after it a branch to the call; the function returns.
    let guest = try Translated([], threshold: Translator.threshold)
    let words: [UInt64] = [0x4800_0009, 0x4BFF_FFFC, 0x4E80_0020]
    for (index, word) in words.enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(index))
    }
    // bdnz to itself; b to the two.
    let other = Translated.code + 0x2_0010
    try guest.write(0x4200_0000, at: other)
    try guest.write(0x4BFD_FFEC, at: other + 4)
    guest.cpu.nextInstruction = other
    guest.cpu.write(.ctr, UInt64(Translator.threshold) - 10)
    _ = guest.cpu.run(instructions: 50_000)
    #expect(guest.cpu.read(.ctr) == 0)
    #expect(guest.translator.statistics.regions > 1)
    #expect(guest.translator.statistics.entries < 1000)
  }

  @Test("nothing is translated from where a budget ended inside a block")
  func dividedBlock() throws {
    let guest = try Translated(loop)
    for _ in 0..<1000 { _ = guest.cpu.run(instructions: 7) }
    #expect(guest.cpu[gpr: 3] == 2334)
    #expect(guest.translator.statistics.regions == 1)
  }

  @Test("nothing is translated from where an interrupt handler returns to the inside of a block")
  func returnIntoBlock() throws {
    let guest = try Translated(Array(repeating: ("addi", [3, 3, 1]), count: 16) + [("b", [4])])
    // mtsrr0 r5; mtsrr1 r6; rfid.
    for (index, word) in ([0x7CBA_03A6, 0x7CDB_03A6, 0x4C00_0024] as [UInt64]).enumerated() {
      try guest.write(word, at: Translated.code + 4 * UInt64(17 + index))
    }
    guest.cpu[gpr: 6] = guest.cpu.machineState
    for place in 1...15 as ClosedRange<UInt64> {
      guest.cpu[gpr: 5] = Translated.code + 4 * place
      _ = guest.cpu.run(instructions: 4000)
    }
    // The block, and what is behind its branch.
    #expect(guest.translator.statistics.regions <= 2)
  }

  @Test("code in more pages than may be decoded is dropped in part, and never all of it")
  func manyPages() throws {
    // A branch in each page to the next, and from the last to the first.
    let guest = try Translated([])
    let (pages, passes) = (70 as UInt64, 200)
    guest.cpu.decodedPageLimit = 64
    for page in 0..<pages {
      try guest.write(
        page == pages - 1 ? 0x4BFB_B000 : 0x4800_1000, at: Translated.code + 4096 * page)
    }
    _ = guest.cpu.run(instructions: Int64(pages) * Int64(passes))
    #expect(guest.cpu.nextInstruction == Translated.code)
    #expect(guest.translator.statistics.emptyings == 0)
    #expect(guest.translator.statistics.regions < Int(pages) * passes / 2)
  }

  @Test("ends after exactly as many instructions as it may execute")
  func budget() throws {
    let guest = try Translated(loop)
    var executed: UInt64 = 0
    for count in 1...40 as ClosedRange<Int64> {
      #expect(guest.cpu.run(instructions: count) == .budget)
      executed += UInt64(count)
      #expect(guest.cpu.instructionCount == executed)
      #expect(guest.cpu[gpr: 3] == (executed + 2) / 3)
      #expect(guest.cpu[gpr: 4] == (executed + 1) / 3 * 2)
      #expect(guest.cpu.nextInstruction == Translated.code + executed % 3 * 4)
    }
    #expect(guest.translator.statistics.regions > 0)
    #expect(guest.translator.statistics.entries > 0)
  }

  @Test("is made again when its instructions are written from outside")
  func writtenCode() throws {
    let guest = try Translated(loop)
    _ = guest.cpu.run(instructions: 300)
    // addi r3,r3,5
    try guest.write(0x3863_0005, at: Translated.code)
    _ = guest.cpu.run(instructions: 300)
    #expect(guest.cpu[gpr: 3] == 100 + 500)
    #expect(guest.translator.statistics.invalidations > 0)
  }

  @Test("sees its own stores to itself at once")
  func selfModification() throws {
    // addi r5,r5,1; stw r5,0(r6), which is the next instruction: addi r7,r7,n; b to the first.
    let guest = try Translated([
      ("addi", [5, 5, 1]), ("stw", [5, 0, 6]), ("addi", [7, 7, 0]), ("b", [-12]),
    ])
    guest.cpu[gpr: 5] = 0x38E7_0000
    guest.cpu[gpr: 6] = Translated.code + 8
    _ = guest.cpu.run(instructions: 4 * 20)
    #expect(guest.cpu[gpr: 7] == (1...20).reduce(0, +))
  }

  @Test("stops before an instruction that interrupts, with all registers as they are there")
  func preciseInterrupt() throws {
    // addi r3,r3,1; ld r4,0(r5); addi r5,r5,8; b to the first: beyond memory in the end.
    let guest = try Translated([
      ("addi", [3, 3, 1]), ("ld", [4, 0, 5]), ("addi", [5, 5, 8]), ("b", [-12]),
    ])
    guest.cpu[gpr: 5] = (1 << 20) - 80
    _ = guest.cpu.run(instructions: 42)
    // A machine check in real mode, at the eleventh load.
    #expect(guest.cpu.nextInstruction == 0x200)
    #expect(guest.cpu.read(.srr0) == Translated.code + 4)
    #expect(guest.cpu.read(.dar) == 1 << 20)
    #expect(guest.cpu[gpr: 3] == 11)
    #expect(guest.cpu[gpr: 5] == 1 << 20)
  }

  @Test("stores conditionally once for each reservation")
  func reservation() throws {
    // lwarx r4,0,r5; addi r4,r4,1; stwcx. r4,0,r5; mfcr r7; stwcx. r6,0,r5; b to the first.
    let guest = try Translated([
      ("lwarx", [4, 0, 5]), ("addi", [4, 4, 1]), ("stwcx.", [4, 0, 5]), ("mfcr", [7]),
      ("stwcx.", [6, 0, 5]), ("b", [-20]),
    ])
    guest.cpu[gpr: 5] = 0x2_0000
    _ = guest.cpu.run(instructions: 6 * 20)
    #expect(try guest.memory.read(UInt32.self, at: 0x2_0000) == 20)
    #expect(guest.cpu[gpr: 7] >> 28 == 2)
    #expect(guest.cpu.conditionRegister >> 28 == 0)
    // Not aligned.
    guest.cpu[gpr: 5] = 0x2_0002
    _ = guest.cpu.run(instructions: 1)
    #expect(guest.cpu.nextInstruction == 0x600)
    #expect(guest.cpu.read(.dar) == 0x2_0002)
  }

  @Test("lets in an interrupt that waited")
  func interruptible() throws {
    // ori r4,r4,0x8000; mtmsrd r4,1; addi r3,r3,1; li r4,0; mtmsrd r4,1; b to the first.
    let guest = try Translated([
      ("ori", [4, 4, 0x8000]), ("mtmsrd", [4, 1]), ("addi", [3, 3, 1]), ("addi", [4, 0, 0]),
      ("mtmsrd", [4, 1]), ("b", [-20]),
    ])
    _ = guest.cpu.run(instructions: 6 * 20)
    #expect(guest.cpu[gpr: 3] == 20)
    #expect(guest.cpu.machineState & MSR.ee == 0)
    guest.cpu.setExternalInterrupt(true)
    _ = guest.cpu.run(instructions: 2)
    #expect(guest.cpu.nextInstruction == 0x500)
    #expect(guest.cpu.read(.srr0) == Translated.code + 8)
    #expect(guest.cpu.read(.srr1) & MSR.ee != 0)
    #expect(guest.cpu[gpr: 3] == 20)
  }
}
