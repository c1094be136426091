internal import PowerISA
internal import PowerJIT

/// The splitmix64 generator: fast, and the same everywhere.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int(next() >> 33 % UInt64(limit)) }
  mutating func once(in n: Int) -> Bool { below(n) == 0 }
}

/// Where things are in the memory of a comparison.
enum Place {
  static let code: UInt64 = 0x1_0000
  static let codeSize: UInt64 = 0x2000
  static let data: UInt64 = 0x8_0000
  static let dataSize: UInt64 = 0x4_0000
  static let memory: UInt64 = 0x10_0000
}

/// Random instructions in sequence, which branch to each other, and random registers.
struct RandomProgram {
  var words: [UInt32] = []
  var first: UInt64
  var gpr: [UInt64] = []
  var vsr: [UInt64] = []
  var cr: UInt32
  var xer: UInt64
  var lr: UInt64
  var ctr: UInt64
  var msr: UInt64
  var fpscr: UInt64
  /// Rows that make up half of the program.
  private var emphasis: [InstructionRow]?

  private static let translated = InstructionRow.all.filter { TranslatedRows.contains($0.id) }
  private static let storage = translated.filter { $0.chapter == "FixedPointLoadStore" }
  private static let floats = translated.filter {
    ["FloatingPoint", "VSXScalar"].contains($0.chapter)
  }
  private static let vectors = translated.filter {
    $0.chapter.hasPrefix("V") && $0.chapter != "VSXScalar"
  }
  private static let branches = translated.filter {
    ["b", "bc", "bclr", "bcctr"].contains($0.mnemonic)
  }

  init(_ random: inout SplitMix64, processor: ProcessorModel, littleEndian: Bool, count: Int) {
    // Sometimes across the end of the page.
    first =
      Place.code + (random.once(in: 4) ? 0x1000 - UInt64(random.below(count)) * 4 : 0x100)
    cr = UInt32(truncatingIfNeeded: random.next())
    xer = random.once(in: 4) ? random.next() & 0xE00C_007F : random.next() & 0x600C_0000
    if processor.isa < .v3_0 { xer &= ~0x000C_0000 }
    // Mostly XX and nothing enabled, with which the translator computes by itself.
    fpscr = FPSCR.xx | FPSCR.fx
    if random.once(in: 4) { fpscr = FPSCR.summarized(random.next() & FPSCR.implemented) }
    lr = 0
    ctr = 0
    msr = MSR.sf | MSR.me | MSR.ri | MSR.fp | MSR.vec | MSR.vsx | (littleEndian ? MSR.le : 0)
    if random.once(in: 4) { msr &= ~(MSR.fp | MSR.vsx | MSR.vec) }
    if random.once(in: 4) { msr |= MSR.fe0 | MSR.fe1 }
    emphasis = [nil, nil, Self.floats, Self.vectors][random.below(4)]
    for _ in 0..<count { append(&random, processor, count) }
    // Around again.
    let back = UInt32(truncatingIfNeeded: 0 &- Int64(words.count) &* 4)
    words.append(0x4800_0000 | back & 0x03FF_FFFC)
    for _ in 0..<32 { gpr.append(value(&random)) }
    for _ in 0..<128 {
      vsr.append(random.once(in: 8) ? value(&random) : random.floatingPoint())
    }
    lr = random.once(in: 8) ? value(&random) : codeAddress(&random)
    ctr = random.once(in: 2) ? UInt64(random.below(20)) : codeAddress(&random)
  }

  private func codeAddress(_ random: inout SplitMix64) -> UInt64 {
    first &+ UInt64(random.below(words.count)) &* 4
  }

  private func value(_ random: inout SplitMix64) -> UInt64 {
    switch random.below(12) {
    case 0: random.next()
    case 1: UInt64(bitPattern: Int64(random.below(64)) - 32)
    case 2: UInt64(random.below(256)) << UInt64(random.below(64))
    case 3: UInt64(UInt32(truncatingIfNeeded: random.next()))
    case 4: [0, 1, ~0, 1 << 63, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF][random.below(7)]
    case 5 where random.once(in: 8): codeAddress(&random)
    // Near the end of a page.
    case 6: Place.data + Place.dataSize / 2 + 0x1000 - UInt64(random.below(16))
    default: Place.data + Place.dataSize / 4 + UInt64(random.below(Int(Place.dataSize / 2)))
    }
  }

  private mutating func append(
    _ random: inout SplitMix64, _ processor: ProcessorModel, _ count: Int
  ) {
    let rows =
      switch random.below(16) {
      case _ where emphasis != nil && random.once(in: 2): emphasis ?? []
      case 0...1: Self.floats
      case 2...8: Self.translated
      case 9...12: Self.storage
      case 13: Self.branches
      default: InstructionRow.all
      }
    let row = rows[random.below(rows.count)]
    guard row.exists(at: processor.isa) else { return append(&random, processor, count) }
    var i = row.randomInstruction(using: &random).rawValue
    switch row.mnemonic {
    case "b", "bc":
      // Within the program, and mostly forward.
      let place = words.count
      let target =
        random.once(in: 3) ? random.below(place + 1) : min(place + 1 + random.below(8), count)
      let offset = UInt64(bitPattern: Int64(target - place) * 4)
      let field: UInt64 = row.mnemonic == "b" ? 0x03FF_FFFC : 0xFFFC
      i = i & ~(field | 2) | offset & field
      if row.mnemonic == "b", !random.once(in: 3) { return }
    case "bclr", "bcctr", "mtmsr", "mtmsrd", "rfid", "sc": if !random.once(in: 4) { return }
    default: break
    }
    // Small displacements keep accesses within the data.
    if row.operands.contains(where: { $0.kind == .displacement }), !row.isPrefixed,
      random.once(in: 2)
    {
      i &= ~0xFF00
    }
    // Few registers, so that instructions have to do with each other.
    if random.once(in: 2) {
      for operand in row.operands where operand.kind == .gpr || operand.kind == .gprOrZero {
        let register = operand.value(in: Instruction(rawValue: i)) & 7 | 8
        i = operand.replacing(in: Instruction(rawValue: i), with: register)?.rawValue ?? i
      }
    }
    if row.isPrefixed { words.append(UInt32(truncatingIfNeeded: i >> 32)) }
    words.append(UInt32(truncatingIfNeeded: i))
  }
}
