import GuestMemory
import PowerArithmetic
import PowerISA
import Testing

@testable import PowerCPU

/// Our processor as the other side of ``QEMUUserMode``.
struct OurProcessor {
  let order: Endianness
  private let processor: VirtualProcessor
  private let interrupts = Interrupts()

  /// What the last instruction raised.
  private final class Interrupts {
    var latest: (vector: InterruptVector, cause: UInt64)?
  }

  init(_ order: Endianness, _ model: ProcessorModel = .power10) throws {
    self.order = order
    processor = try .forTest(model, memory: 4 << 20)
    let interrupts = interrupts
    processor.interruptTrace = { vector, _, cause in interrupts.latest = (vector, cause) }
  }

  /// The state after the instruction, executed in 64-bit problem state.
  func run(_ before: InstructionState) throws -> InstructionState {
    let (state, memory) = (processor.state, processor.memory)
    interrupts.latest = nil
    let msr = MSR.sf | MSR.fp | MSR.vec | MSR.vsx | MSR.me | MSR.fe0 | MSR.fe1
    processor.machineState = msr | (order == .little ? MSR.le : 0)
    // Set this way problem state does without translation.
    state.pointee.msr |= MSR.pr
    state.pointee.cr = UInt32(truncatingIfNeeded: before.cr)
    state.pointee.xer = before.xer
    state.pointee.lr = before.lr
    state.pointee.ctr = before.ctr
    state.pointee.fpscr = before.fpscr
    state.pointee.vscr = UInt32(truncatingIfNeeded: before.vscr)
    for register in 0..<32 { state.pointee.gpr[register] = before.gprs[register] }
    for register in 0..<64 { state.pointee.vsr[register] = before.vsrs[register] }
    try memory.write(before.window, at: InstructionState.windowAddress)

    let address = InstructionState.instructionAddress
    let words = before.instruction.isPrefixed ? [before.instruction.prefix] : []
    for (index, word) in (words + [before.instruction.word]).enumerated() {
      try memory.write(word, at: address + UInt64(index) * 4, order)
    }
    processor.nextInstruction = address
    _ = processor.run(instructions: 1)

    var after = before
    after.signal = signal
    after.cr = UInt64(state.pointee.cr)
    after.xer = state.pointee.xer
    after.lr = state.pointee.lr
    after.ctr = state.pointee.ctr
    after.fpscr = state.pointee.fpscr
    after.vscr = UInt64(state.pointee.vscr)
    for register in 0..<32 { after.gprs[register] = state.pointee.gpr[register] }
    for register in 0..<64 { after.vsrs[register] = state.pointee.vsr[register] }
    after.window = try memory.read(
      InstructionState.windowSize, at: InstructionState.windowAddress)
    return after
  }

  /// What the last instruction raised, for a failure's report.
  var interruptText: String {
    guard let (vector, cause) = interrupts.latest else { return "" }
    return "; ours raised \(vector), SRR1 \(hex(cause))"
  }

  /// The signal that Linux makes of the interrupt.
  private var signal: UInt64 {
    guard let (vector, cause) = interrupts.latest else { return 0 }
    switch vector {
    case .program where cause & InterruptCause.trap != 0: return 5
    case .program where cause & InterruptCause.floatingPointEnabled != 0: return 8
    case .alignment: return 7
    case .dataStorage, .dataSegment: return 11
    default: return 4
    }
  }
}

/// Runs every case on both and records an issue for each of the first disagreements.
///
/// - Parameter forgive: makes parts equal that may differ, such as undefined results; it gets
///   our answer and QEMU's.
func expectAgreement(
  _ cases: [InstructionState], _ order: Endianness, _ model: ProcessorModel = .power10,
  forgive: (inout InstructionState, inout InstructionState) -> Void = { _, _ in },
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let ours = try OurProcessor(order, model)
  let theirs = try QEMUUserMode(order, processor: model.name).run(cases)
  let table = InstructionTable.table(for: model.isa)
  var disagreements: [Int?: Int] = [:]
  for (before, answer) in zip(cases, theirs) {
    var mine = try ours.run(before)
    var theirs = answer
    forgive(&mine, &theirs)
    let differences = mine.differences(from: theirs)
    guard !differences.isEmpty else { continue }
    // A few of each row tell as much as thousands.
    let row = table.row(of: before.instruction)
    disagreements[row, default: 0] += 1
    guard disagreements[row, default: 0] <= 2 else { continue }
    let text = row.map { InstructionRow.all[$0].text(of: before.instruction, at: 0) }
    Issue.record(
      """
      \(order == .little ? "little" : "big")-endian \(text ?? "no instruction"): \(before.summary)
        ours / QEMU's: \(differences.joined(separator: ", "))\(ours.interruptText)
      """, sourceLocation: sourceLocation)
  }
  for (row, count) in disagreements where count > 2 {
    let name = row.map { InstructionRow.all[$0].mnemonic } ?? "no instruction"
    Issue.record("\(name): \(count) disagreements", sourceLocation: sourceLocation)
  }
}

/// Reproducible random numbers, with those at the edges of number ranges often among them.
struct OperandGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A legal instruction of the row: random fields, reserved bits zero.
  mutating func instruction(of row: InstructionRow) -> Instruction {
    let raw = row.value & row.mask | next() & ~row.mask & ~row.reserved
    return Instruction(rawValue: row.isPrefixed ? raw : raw & 0xFFFF_FFFF)
  }

  /// An operand of a fixed-point instruction.
  mutating func fixedPoint() -> UInt64 {
    let edges: [UInt64] = [
      0, 1, 2, ~0, ~0 - 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000,
      0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
      0xFFFF_FFFF_8000_0000, 0xFFFF_FFFF_7FFF_FFFF, 31, 32, 33, 63, 64, 65, 127, 128,
    ]
    switch next() % 8 {
    case 0...2: return edges[Int(next() % UInt64(edges.count))]
    case 3: return next() & 0xFFFF_FFFF
    case 4: return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: next())))
    case 5: return next() & 0xFF
    default: return next()
    }
  }
}
