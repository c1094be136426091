import Foundation
import HostSupport
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT
@testable import PowerJITx86

/// Instructions of one block, under each stage of translation.
private struct StagedBlock {
  let operations: [PowerJIT.Operation]
  /// Of the block, followed by a branch to its beginning.
  let guest: Translated
  let is64Bit: Bool

  init(_ instructions: [(InstructionRow, Instruction)], is64Bit: Bool = true) throws {
    guest = try Translated([], hardware: .power10)
    if !is64Bit { guest.cpu.machineState &= ~MSR.sf }
    self.is64Bit = is64Bit
    operations = Self.operations(instructions)
    try Self.write(instructions, to: guest)
  }

  static func operations(_ instructions: [(InstructionRow, Instruction)]) -> [PowerJIT.Operation] {
    let features = HostFeatures()
    return instructions.enumerated().map { word, entry in
      PowerJIT.Operation(
        row: entry.0.id, of: HostCode.table, instruction: entry.1, page: Translated.code,
        word: word, handler: 0,
        features: features, msr: MSR.sf | MSR.le, permits: { _, _ in true })
    }
  }

  static func write(_ instructions: [(InstructionRow, Instruction)], to guest: Translated) throws {
    for (word, entry) in instructions.enumerated() {
      try guest.write(entry.1.rawValue, at: Translated.code + 4 * UInt64(word))
    }
    let back = 0x4800_0000 | UInt64(0x400_0000 - 4 * instructions.count) & 0x3FF_FFFC
    try guest.write(back, at: Translated.code + 4 * UInt64(instructions.count))
  }

  var block: Region.Block {
    Region.Block(start: 0, operations: operations, end: operations.count)
  }

  /// The micro-ops after each stage.
  func stages(fast: UInt64 = 0) -> [(Middle.Stage, [MicroOp])] {
    var stages: [(Middle.Stage, [MicroOp])] = []
    var middle = Middle()
    let context = RegionContext(msr: is64Bit ? MSR.sf : 0, summaryOverflow: false)
    middle.make(block, page: Translated.code, context, fast: fast) { stages.append(($0, $1)) }
    return stages
  }
}

/// What the instructions of a block change.
private struct Registers: Equatable {
  var general: [UInt64]
  var conditions: UInt64

  init(_ cpu: VirtualProcessor) {
    general = (0..<32).map { cpu[gpr: $0] }
    conditions = UInt64(cpu.conditionRegister)
  }

  init(_ micro: MicroInterpreter) {
    general = Array(micro.registers.prefix(32))
    conditions = micro.fields.reduce(0) { $0 << 4 | UInt64($1) }
  }

  func put(into cpu: VirtualProcessor) {
    for (number, value) in general.enumerated() { cpu[gpr: number] = value }
    cpu.conditionRegister = UInt32(truncatingIfNeeded: conditions)
  }

  func put(into micro: inout MicroInterpreter) {
    micro.registers.replaceSubrange(0..<32, with: general)
    micro.fields = (0..<8).map { UInt8(truncatingIfNeeded: conditions >> UInt64(28 - 4 * $0)) & 15 }
  }
}

@Suite("Micro-ops")
struct MicroOpTests {
  /// Rows that are lowered, and a few with emitters of their own that name general registers only.
  private static let rows = InstructionRow.all.filter { row in
    guard !row.isPrefixed else { return false }
    let direct: [InstructionID] = [
      .isel, .setb, .addc, .subfe, .addic, .sraw, .srawi, .srad, .maddhd, .mfocrf, .mtcrf, .crand,
    ]
    if case .lowered = HostCode.table.rows[row.id].code.body { return true }
    return direct.contains(row.instructionID)
  }

  /// Rows that set constants or copy.
  private static let plain = rows.filter { [.addi, .addis, .or].contains($0.instructionID) }

  private func random(
    _ count: Int, _ random: inout SplitMix64
  ) -> [(InstructionRow, Instruction)] {
    let few: Int64 = random.once(in: 2) ? 3 : 7
    var list: [(InstructionRow, Instruction)] = []
    while list.count < count {
      let isPlain = random.once(in: 3)
      guard let row = (isPlain ? Self.plain : Self.rows).randomElement(using: &random) else {
        break
      }
      var i = row.randomInstruction(using: &random)
      for operand in row.operands where random.once(in: 4) == false {
        switch operand.kind {
        case .gpr, .gprOrZero: i = operand.replacing(in: i, with: operand.value(in: i) & few) ?? i
        default: continue
        }
      }
      if isPlain {
        // (RA|0) is nothing; RB is RS.
        let source = row.operands[1].value(in: i)
        let (field, value) =
          row.instructionID == .or ? (row.operands[2], source) : (row.operands[1], 0)
        i = field.replacing(in: i, with: value) ?? i
      }
      // XER[SO] must stay as it is.
      guard StagedBlock.operations([(row, i)]).first?.endsBlock == false else { continue }
      list.append((row, i))
    }
    return list
  }

  @Test(
    "do what the instructions do, after lowering, after each pass, and as host code",
    arguments: 1...250 as ClosedRange<UInt64>)
  func stages(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let instructions = self.random(24, &random)
    // Some in 32-bit mode.
    let is64Bit = seed % 3 != 0
    let staged = try StagedBlock(instructions, is64Bit: is64Bit)
    let text = instructions.map { "\($0.0.mnemonic) \(String($0.1.rawValue, radix: 16))" }
    let (reference, step) = (
      try Translated([], hardware: .power10), try Translated([], hardware: .power10)
    )
    for other in [reference, step] {
      try StagedBlock.write(instructions, to: other)
      other.cpu.translator = nil
      if !is64Bit { other.cpu.machineState &= ~MSR.sf }
    }
    var start = Registers(reference.cpu)
    for number in 0..<32 {
      let value = random.next()
      start.general[number] =
        number & 3 == 0 ? UInt64(bitPattern: Int64(truncatingIfNeeded: value) >> 40) : value
    }
    for side in [reference, staged.guest] { start.put(into: side.cpu) }
    _ = reference.cpu.run(instructions: Int64(instructions.count))
    let expected = Registers(reference.cpu)
    for (stage, ops) in staged.stages(fast: random.next() & MicroOp.allGuest) {
      var micro = MicroInterpreter()
      start.put(into: &micro)
      step.cpu.write(.xer, 0)
      micro.run(ops) { micro, position in
        Registers(micro).put(into: step.cpu)
        step.cpu.nextInstruction = Translated.code + 4 * UInt64(position)
        _ = step.cpu.run(instructions: 1)
        Registers(step.cpu).put(into: &micro)
        return true
      }
      try #require(Registers(micro) == expected, "\(stage): \(text)\n\(ops)")
    }
    // The second round and those after it are host code.
    _ = staged.guest.cpu.run(instructions: Int64(instructions.count))
    #expect(Registers(staged.guest.cpu) == expected, "host code: \(text)")
    for count in 1...20 as ClosedRange<Int64> {
      for cpu in [reference.cpu, staged.guest.cpu] { _ = cpu.run(instructions: count) }
      try #require(
        Registers(staged.guest.cpu) == Registers(reference.cpu), "host code: \(text)")
      #expect(staged.guest.cpu.nextInstruction == reference.cpu.nextInstruction)
    }
    #expect(staged.guest.translator.statistics.regions > 0)
  }

  // MARK: golden texts

  private static let sequences: [(name: String, lines: [(String, [Int64])])] = [
    ("constant of 32 bits", [("addis", [3, 0, 0x1234]), ("ori", [3, 3, 0x5678])]),
    (
      "constant of 64 bits",
      [
        ("addis", [3, 0, 0x1234]), ("ori", [3, 3, 0x5678]), ("rldicr", [3, 3, 32, 31]),
        ("oris", [3, 3, 0x9ABC]), ("ori", [3, 3, 0xDEF0]),
      ]
    ),
    (
      "bits compared, and a branch",
      [("rlwinm", [9, 10, 0, 28, 29]), ("cmpi", [7, 0, 9, 4]), ("bc", [12, 30, 16])]
    ),
    ("recorded", [("rlwinm.", [9, 10, 0, 28, 29]), ("bc", [12, 2, 16])]),
    ("set twice", [("addi", [3, 4, 1]), ("addi", [5, 3, 2]), ("addi", [3, 4, 7])]),
    ("never read", [("addi", [3, 4, 1]), ("addi", [3, 5, 2])]),
    ("set twice about a load", [("addi", [3, 4, 1]), ("lwz", [5, 8, 6]), ("addi", [3, 5, 2])]),
    (
      "element of an array",
      [("rldic", [9, 9, 3, 29]), ("add", [9, 31, 9]), ("ld", [3, 16, 9])]
    ),
    ("the same twice", [("add", [3, 4, 5]), ("add", [6, 5, 4]), ("add", [6, 4, 5])]),
    ("copies", [("or", [3, 4, 4]), ("addi", [5, 3, 8]), ("or", [3, 6, 6])]),
    ("products of words", [("mulhw", [3, 4, 5]), ("mullw", [6, 4, 5])]),
    (
      "shift by a known distance",
      [("addi", [9, 0, 5]), ("slw", [3, 4, 9]), ("srd", [5, 4, 9]), ("addi", [9, 0, 0])]
    ),
    ("nothing", [("ori", [0, 0, 0]), ("nor", [3, 4, 4]), ("xor", [5, 5, 5])]),
  ]

  @Test("are those of the kept text") func golden() throws {
    var text = ""
    for (name, lines) in Self.sequences {
      let instructions = try lines.map { spelling, values in
        let row = try #require(
          InstructionRow.all.first { $0.mnemonic == spelling }
            ?? InstructionRow.all.first {
              $0.mnemonic + "." == spelling
            })
        var i = zip(row.operands, values).reduce(Instruction(rawValue: row.value)) {
          $1.0.replacing(in: $0, with: $1.1) ?? $0
        }
        if spelling.hasSuffix("."), !row.mnemonic.hasSuffix(".") {
          i = Instruction(rawValue: i.rawValue | 1)
        }
        return (row, i)
      }
      text += "\(name): " + lines.map { "\($0) \($1)" }.joined(separator: "; ") + "\n"
      let staged = try StagedBlock(instructions)
      let stages = staged.stages(fast: MicroOp.allGuest)
      for (stage, ops) in stages where stage == .lowering || stage == .deadCode {
        text += "  after \(stage)\n"
        for op in ops where op.code != .none { text += "    \(op)\n" }
      }
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Samples/MicroOps/sequences.txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(text.utf8).write(to: file)
    }
    let kept = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(
      kept == text, "sequences.txt is stale: UPDATE_GOLDEN=1 swift test --filter MicroOpTests")
  }
}
