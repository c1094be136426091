internal import HostSupport
internal import PowerISA

/// Loops, decisions and calls around instructions.
extension RandomProgram {
  mutating func append(_ instruction: InstructionID, _ values: Int64...) {
    words.append(Assembly.word(instruction, values))
  }

  mutating func register() -> Int64 { once(in: 2) ? Int64(8 + below(8)) : Int64(below(32)) }

  /// Bytes from the next word to one that is there already.
  func offset(to word: Int) -> Int64 { Int64(word - words.count) * 4 }

  /// Some instructions that have to do with each other.
  mutating func appendFragment(depth: Int) {
    switch below(20) {
    case 0 where depth < 3: appendCountedLoop(depth)
    case 1 where depth < 3: appendComparedLoop(depth)
    case 2...4 where depth < 3: appendDecision(depth)
    case 5: appendCall()
    case 6...7: appendAccesses()
    case 8: appendReservation()
    case 9 where once(in: 2): appendModification()
    case 10 where once(in: 2): appendSystemCode()
    case 11: appendConditionLogic(field: below(8))
    case 12: appendComparedUse()
    default: for _ in 0...below(6) { appendInstruction() }
    }
  }

  private mutating func appendCountedLoop(_ depth: Int) {
    let register = register()
    append(.addi, register, 0, Int64(1 + below(20)))
    append(.mtspr, 9, register)
    let start = words.count
    for _ in 0...below(2) { appendFragment(depth: depth + 1) }
    // bdnz, sometimes with a condition.
    append(.bc, once(in: 4) ? 8 : 16, Int64(below(32)), offset(to: start))
  }

  private mutating func appendComparedLoop(_ depth: Int) {
    let register = register()
    let field = below(8)
    append(.addi, register, 0, Int64(1 + below(20)))
    let start = words.count
    for _ in 0...below(2) { appendFragment(depth: depth + 1) }
    append(.addi, register, register, -1)
    append(.cmpi, Int64(field), Int64(below(2)), register, 0)
    if once(in: 3) { appendInstruction() }
    append(.bc, 12, Int64(4 * field + 1), offset(to: start))
  }

  /// if, sometimes else.
  private mutating func appendDecision(_ depth: Int) {
    let field = appendComparison()
    if once(in: 4) { appendConditionLogic(field: field) }
    if once(in: 4) { appendInstruction() }
    let branch = words.count
    let (way, bit) = (Int64(once(in: 2) ? 12 : 4), Int64(4 * field + below(4)))
    append(.bc, way, bit, 0)
    appendFragment(depth: depth + 1)
    if once(in: 3) {
      let end = words.count
      append(.b, 0)
      words[branch] = Assembly.word(.bc, way, bit, Int64(words.count - branch) * 4)
      appendFragment(depth: depth + 1)
      words[end] = Assembly.word(.b, Int64(words.count - end) * 4)
    } else {
      words[branch] = Assembly.word(.bc, way, bit, Int64(words.count - branch) * 4)
    }
  }

  /// - Returns: the field it sets.
  private mutating func appendComparison() -> Int {
    let field = below(8)
    let (bf, wide) = (Int64(field), Int64(below(2)))
    switch below(7) {
    case 0: append(.cmpi, bf, wide, register(), Int64(below(40)) - 20)
    case 1: append(.cmp, bf, wide, register(), register())
    case 2: append(.cmpli, bf, wide, register(), Int64(below(40)))
    case 3: append(.cmpl, bf, wide, register(), register())
    case 4: append(.fcmpu, bf, Int64(below(32)), Int64(below(32)))
    case 5:
      // add. or subf.
      append(once(in: 2) ? .add : .subf, register(), register(), register())
      words[words.count - 1] |= 1
      return 0
    default:
      append(.andi_, register(), register(), Int64(below(0x10000)))
      return 0
    }
    return field
  }

  private mutating func appendConditionLogic(field: Int) {
    let names: [InstructionID] = [
      .crand, .cror, .crxor, .crnand, .crnor, .creqv, .crandc, .crorc,
    ]
    for _ in 0...below(3) {
      append(
        random.one(of: names), Int64(4 * field + below(4)), Int64(below(32)), Int64(below(32)))
    }
    if once(in: 3) { append(.mcrf, Int64(field), Int64(below(8))) }
  }

  /// A comparison, a use of its field that may replace what was compared, and often another comparison to
  /// the same field.
  private mutating func appendComparedUse() {
    let (field, first, second) = (Int64(below(8)), register(), register())
    func compare(_ program: inout Self) {
      program.append(
        program.once(in: 2) ? .cmp : .cmpl, field, Int64(program.below(2)), first, second)
    }
    compare(&self)
    if once(in: 3) { appendInstruction() }
    let target = once(in: 2) ? first : second
    switch below(4) {
    case 0: append(.mfocrf, target, 0x80 >> field)
    case 1: append(.mfcr, target)
    default: append(.isel, target, register(), register(), 4 * field + Int64(below(4)))
    }
    if once(in: 3) { appendInstruction() }
    if !once(in: 3) { compare(&self) }
  }

  // MARK: calls

  private mutating func appendCall() {
    let function = below(functionCount)
    guard once(in: 3) else {
      calls.append((words.count, words.count, function))
      append(.b, 0)
      return
    }
    // Through a register: what bcl leaves in LR, and the way from there.
    let register = Int64(8 + below(8))
    append(.bc, 20, 31, 4)
    words[words.count - 1] |= 1
    append(.mfspr, register, 8)
    calls.append((words.count, words.count - 1, function))
    append(.addi, register, register, 0)
    let isCount = once(in: 2)
    append(.mtspr, isCount ? 9 : 8, register)
    append(isCount ? .bcctr : .bclr, 20, 0)
    words[words.count - 1] |= 1
  }

  /// Functions, and the ways to them. Some call others, and have LR elsewhere meanwhile.
  mutating func appendFunctions() {
    var starts: [Int] = []
    for function in 0..<functionCount {
      starts.append(words.count)
      for _ in 0...below(5) { appendInstruction() }
      if function > 0, once(in: 2) {
        let register = Int64(24 + below(4))
        append(.mfspr, register, 8)
        append(.b, offset(to: starts[below(function)]))
        words[words.count - 1] |= 1
        append(.mtspr, 8, register)
      }
      append(.bclr, once(in: 4) ? 12 : 20, Int64(below(32)))
    }
    for call in calls {
      let distance = Int64(starts[call.function] - call.origin) * 4
      if call.word == call.origin {
        words[call.word] = Assembly.word(.b, distance) | 1
      } else {
        let register = Int64(words[call.word] >> 21 & 31)
        words[call.word] = Assembly.word(.addi, register, register, distance)
      }
    }
  }
}
