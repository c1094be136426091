internal import HostSupport
internal import PowerISA
internal import PowerJITx86

/// Random instructions, straight and in loops, branches and calls, and random registers.
struct RandomProgram {
  var random: SplitMix64
  let processor: ProcessorModel
  /// Instructions wanted.
  let count: Int
  let first: UInt64
  private(set) var scene: TestEnvironment
  var words: [UInt32] = []

  var gpr: [UInt64] = []
  var vsr: [UInt64] = []
  let cr: UInt32
  let xer: UInt64
  let fpscr: UInt64
  private(set) var lr: UInt64 = 0
  private(set) var ctr: UInt64 = 0

  /// Words that lead to a function, to be completed when it is there: the word, what its
  /// displacement counts from, and the function.
  var calls: [(word: Int, origin: Int, function: Int)] = []
  let functionCount: Int
  /// Rows that make up half of the single instructions.
  private let emphasis: [InstructionRow]?

  /// - Parameters:
  ///   - rows: rows that make up half of the single instructions, if not empty.
  ///   - is64Bit: whether it begins in 64-bit mode; nil to draw that too.
  init(
    seed: UInt64, processor: ProcessorModel, length: Int, rows: [InstructionRow] = [],
    is64Bit: Bool? = nil
  ) {
    var random = SplitMix64(state: seed &* 0x9E37_79B9)
    self.processor = processor
    count = 4 + random.below(length)
    // Sometimes across the end of the page.
    first = MemoryMap.code + (random.once(in: 4) ? 0x1000 - UInt64(random.below(count)) * 4 : 0x100)
    scene = TestEnvironment(&random, processor: processor, first: first, is64Bit: is64Bit)
    cr = UInt32(truncatingIfNeeded: random.next())
    let xer = random.once(in: 4) ? random.next() & 0xE00C_007F : random.next() & 0x600C_0000
    self.xer = processor.isa < .v3_0 ? xer & ~0x000C_0000 : xer
    // Mostly XX and nothing enabled, with which the translator computes by itself.
    fpscr =
      random.once(in: 4)
      ? FPSCR.summarized(random.next() & FPSCR.implemented) : FPSCR.xx | FPSCR.fx
    functionCount = 1 + random.below(3)
    let drawn = [nil, nil, Self.floats, Self.vectors, Self.connected][random.below(5)]
    let wanted = rows.filter { $0.exists(at: processor.isa) }
    emphasis = wanted.isEmpty ? drawn : wanted
    self.random = random
    writeWords()
    for _ in 0..<32 { gpr.append(value()) }
    for _ in 0..<128 { vsr.append(once(in: 8) ? value() : random.floatingPoint()) }
    lr = once(in: 8) ? value() : withHighWord(codeAddress())
    ctr = withHighWord(once(in: 2) ? UInt64(below(20)) : codeAddress())
  }

  mutating func below(_ limit: Int) -> Int { random.below(limit) }
  mutating func once(in n: Int) -> Bool { random.once(in: n) }

  private mutating func writeWords() {
    // Some pointers again in each iteration, because the others have become numbers.
    for _ in 0..<below(5) {
      let (register, place) = (Int64(8 + below(16)), dataAddress())
      append(.addis, register, 0, Int64(place >> 16))
      append(.ori, register, register, Int64(place & 0xFFFF))
    }
    while words.count < count { appendFragment(depth: 0) }
    // Around again.
    let back = Int64(words.count) * -4
    words.append(Assembly.word(.b, back))
    if !calls.isEmpty { appendFunctions() }
  }

  // MARK: values of registers

  mutating func codeAddress() -> UInt64 { first &+ UInt64(below(words.count)) &* 4 }

  /// Of the bytes at a real address, the address itself or another of them.
  private mutating func effective(_ real: UInt64) -> UInt64 {
    guard once(in: 3) else { return withHighWord(real) }
    return withHighWord(
      scene.translation == .real ? real | MemoryMap.kernel : real + MemoryMap.alias)
  }

  /// What is the same address, or count, in 32-bit mode.
  private mutating func withHighWord(_ value: UInt64) -> UInt64 {
    guard !scene.is64Bit, once(in: 3) else { return value }
    return value & 0xFFFF_FFFF | random.next() << 32
  }

  private mutating func value() -> UInt64 {
    switch below(12) {
    case 0: return random.next()
    case 1: return UInt64(bitPattern: Int64(below(64)) - 32)
    case 2: return UInt64(below(256)) << UInt64(below(64))
    case 3: return UInt64(UInt32(truncatingIfNeeded: random.next()))
    case 4: return [0, 1, ~0, 1 << 63, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF][below(7)]
    case 5 where once(in: 8): return effective(codeAddress())
    default: return effective(dataAddress())
    }
  }

  private mutating func dataAddress() -> UInt64 {
    let middle = MemoryMap.data + MemoryMap.dataSize / 4
    // Near the end of a page.
    if once(in: 6) { return middle + UInt64(below(32)) << 12 + 0x1000 - UInt64(below(16)) }
    return middle + UInt64(below(Int(MemoryMap.dataSize / 2)))
  }

  // MARK: single instructions

  private static let translated = InstructionRow.all.filter { TranslatedRows.contains($0.id) }
  private static let storage = translated.filter { $0.chapter == .fixedPointLoadStore }
  private static let floats = InstructionRow.all.filter {
    [.floatingPoint, .vsxScalar, .vsxVector, .floatingPointLoadStore].contains($0.chapter)
  }
  private static let vectors = InstructionRow.all.filter {
    [
      .vectorArithmetic, .vectorFloatingPoint, .vectorLoadStore, .vectorLogical, .vectorPermute,
      .vectorSpecial, .vsxPermute, .vsxLoadStore,
    ].contains($0.chapter)
  }
  /// Those whose host code may depend on the vector instructions before them.
  private static let connected = vectors.filter { TranslatedRows.contains($0.id) }
  private static let overflowing = translated.filter { $0.writes.contains(.overflow) }
  private static let branches = translated.filter { $0.traits.contains(.branch) }

  mutating func appendInstruction() {
    let rows =
      switch below(20) {
      case _ where emphasis != nil && once(in: 2): emphasis ?? []
      case 0...2: Self.floats
      case 3...4: Self.vectors
      case 5...11: Self.translated
      case 12...15: Self.storage
      case 16: Self.branches
      case 17: Self.overflowing
      default: InstructionRow.all
      }
    let row = random.one(of: rows)
    guard row.exists(at: processor.isa) else { return appendInstruction() }
    var i = row.randomInstruction(using: &random).rawValue
    switch row.instructionID {
    case .b, .bc:
      // Within the program, and mostly forward.
      let place = words.count
      let target =
        once(in: 3) ? below(place + 1) : min(place + 1 + below(8), max(count, place + 1))
      let offset = UInt64(bitPattern: Int64(target - place) * 4)
      let field: UInt64 = row.instructionID == .b ? 0x03FF_FFFC : 0xFFFC
      i = i & ~(field | 2) | offset & field
      if row.instructionID == .b, !once(in: 3) { return }
    case .bclr, .bcctr, .mtmsr, .mtmsrd, .rfid, .sc: if !once(in: 4) { return }
    default: break
    }
    // Small displacements keep accesses within the data.
    if row.operands.contains(where: { $0.kind == .displacement }), !row.isPrefixed, once(in: 2) {
      i &= ~0xFF00
    }
    // Few registers, so that instructions have to do with each other.
    if once(in: 2) {
      for operand in row.operands {
        var register = operand.value(in: Instruction(rawValue: i))
        switch operand.kind {
        case .gpr, .gprOrZero: register = register & 7 | 8
        case .fpr, .vr: register &= 3
        case .vsr: register &= 35
        default: continue
        }
        i = operand.replacing(in: Instruction(rawValue: i), with: register)?.rawValue ?? i
      }
    }
    if row.isPrefixed { words.append(UInt32(truncatingIfNeeded: i >> 32)) }
    words.append(UInt32(truncatingIfNeeded: i))
  }
}
