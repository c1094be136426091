internal import Glibc
internal import GuestMemory
internal import HostSupport
internal import PowerCPU
public import PowerISA
public import PowerJIT

/// The back ends of the translator that can be compared.
public enum ComparedBackEnd: String, CaseIterable, Sendable {
  /// That for this host.
  case host
  /// The reference, which interprets micro-ops.
  case microOps = "micro-ops"
}

/// Runs random programs under the interpreter and the translator, and compares everything.
///
/// A number makes a program: which processor, its translation, state and byte orders, its
/// instructions and registers, and what happens to it between runs of a few instructions.
public struct EngineComparison {
  /// Instructions of a program, about, at most.
  public var length = 40
  /// Rows that make up half of the single instructions of a program, where they exist; if empty it varies.
  public var rows: [InstructionRow] = []
  /// Whether programs begin in 64-bit mode; nil for some of either kind.
  public var is64Bit: Bool?
  /// What makes and executes the translator's code.
  public var backEnd = ComparedBackEnd.host
  /// Features of the host that the translator does without.
  public var masked: Set<String> = []
  /// Where the translator keeps code; every program is then executed again by another translator, which uses that.
  public var keptCode: KeptCode?
  /// Instructions that both have executed.
  public private(set) var executed: UInt64 = 0
  /// The models that programs run on.
  public let processors: [ProcessorModel]
  private static let nothing = Assembly.word(.ori, 0, 0, 0)
  private let codeCapacity: Int
  /// Changes the translator's processors when they are made, so that tests can plant a difference.
  var prepareTranslator: (VirtualProcessor) -> Void = { _ in }
  private var sides: [Pair?]
  /// Those that use kept code.
  private var laterSides: [Pair?]
  private var registers = (
    [UInt64](repeating: 0, count: EngineSide.registerNames.count),
    [UInt64](repeating: 0, count: EngineSide.registerNames.count)
  )

  /// - Parameters:
  ///   - processors: not empty.
  ///   - codeCapacity: bytes of host code that the translator may keep.
  public init(
    processors: [ProcessorModel] = ProcessorModel.all, codeCapacity: Int = Translator.codeCapacity
  ) {
    self.processors = processors
    self.codeCapacity = codeCapacity
    sides = processors.map { _ in nil }
    laterSides = sides
  }

  /// What the translators have done.
  public var statistics: [TranslatorStatistics] {
    (sides + laterSides).compactMap { $0?.translator.translator?.statistics }
  }

  /// Tries the program of a number.
  /// - Returns: what differs, as text; nil when nothing does.
  public mutating func compare(seed: UInt64) throws -> String? {
    let index = Int(seed % UInt64(processors.count))
    return try compare(
      RandomProgram(
        seed: seed, processor: processors[index], length: length, rows: rows, is64Bit: is64Bit),
      seed: seed)
  }

  /// Tries a program for one of ``processors``; what happens to it follows from the number.
  mutating func compare(_ program: RandomProgram, seed: UInt64) throws -> String? {
    guard let index = processors.firstIndex(of: program.processor) else { return nil }
    let pair = try sides[index] ?? newPair(program.processor)
    sides[index] = pair
    var trial = try run(program, seed, pair)
    executed &+= trial.executed
    if trial.differences.isEmpty, keptCode != nil {
      let later = try laterSides[index] ?? newPair(program.processor)
      laterSides[index] = later
      trial = try run(program, seed, later)
      executed &+= trial.executed
      guard trial.differences.isEmpty else {
        return "With code of an earlier run:\n" + describe(program, seed, trial)
      }
    }
    guard !trial.differences.isEmpty else { return nil }
    guard try differsAlone(program, seed) else {
      // It may depend on counters and code of earlier programs.
      return describe(program, seed, trial)
        + "\nThe program alone makes no difference; begin some hundred earlier."
    }
    return try report(smallest(program, seed), seed)
  }

  private func newPair(_ processor: ProcessorModel) throws -> Pair {
    let pair = try Pair(processor, codeCapacity, masked: masked, backEnd)
    pair.translator.translator?.keptCode = keptCode
    prepareTranslator(pair.translator.cpu)
    return pair
  }

  /// The result of a program.
  private struct Trial {
    var executed: UInt64 = 0
    var history: [String] = []
    var lastCount: Int64 = 0
    var differences: [String] = []
  }

  /// - Parameter last: instructions of the last run, if not as many as drawn.
  private mutating func run(
    _ program: RandomProgram, _ seed: UInt64, _ pair: Pair, last: (run: Int, count: Int64)? = nil
  ) throws -> Trial {
    let (interpreter, translator) = (pair.interpreter, pair.translator)
    try interpreter.load(program)
    try translator.load(program)
    var random = SplitMix64(state: ~seed)
    var trial = Trial()
    let began = interpreter.cpu.instructionCount
    for number in 0..<12 where trial.differences.isEmpty && number <= last?.run ?? 12 {
      let event = InjectedEvent(&random, program)
      var count = Int64(1 + random.below([8, 100, 200, 600][random.below(4)]))
      // In problem state, nothing keeps it from coming again and again.
      if case .external = event { count = min(count, 40) }
      if let last, number == last.run { count = last.count }
      trial.lastCount = count
      trial.history.append(
        "\(event), \(count) from \(interpreter.cpu.nextInstruction.hexadecimal())")
      try interpreter.take(event, in: program)
      try translator.take(event, in: program)
      interpreter.run(count)
      translator.run(count)
      trial.differences = differences(interpreter, translator)
    }
    trial.executed = interpreter.cpu.instructionCount &- began
    if trial.differences.isEmpty, try interpreter.savedState() != translator.savedState() {
      trial.differences = try SavedDifference.list(
        interpreter.savedState(), translator.savedState())
    }
    return trial
  }

  private mutating func differences(
    _ interpreter: EngineSide, _ translator: EngineSide
  ) -> [String] {
    var list: [String] = []
    interpreter.copyRegisters(to: &registers.0)
    translator.copyRegisters(to: &registers.1)
    if registers.0 != registers.1 {
      for (index, name) in EngineSide.registerNames.enumerated()
      where registers.0[index] != registers.1[index] {
        list.append(
          "\(name): interpreter \(registers.0[index].hexadecimal()), translator \(registers.1[index].hexadecimal())"
        )
      }
    }
    list += Self.differences(
      "memory", interpreter.memory.base, translator.memory.base, Int(MemoryMap.memory))
    list += Self.differences(
      "page table", interpreter.hashTable.entries, translator.hashTable.entries,
      Int(interpreter.hashTable.entryCount * 16))
    return list
  }

  /// The first bytes that differ.
  private static func differences(
    _ name: String, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int
  ) -> [String] {
    guard memcmp(a, b, count) != 0 else { return [] }
    let places = (0..<count).lazy.filter {
      a.load(fromByteOffset: $0, as: UInt8.self) != b.load(fromByteOffset: $0, as: UInt8.self)
    }
    return places.prefix(16).map { place in
      "\(name) at \(place.hexadecimal()): interpreter "
        + "\(a.load(fromByteOffset: place, as: UInt8.self)), translator "
        + "\(b.load(fromByteOffset: place, as: UInt8.self))"
    }
  }

  /// A program that still differs, with as many instructions left out as possible.
  private mutating func smallest(_ program: RandomProgram, _ seed: UInt64) throws -> RandomProgram {
    var smallest = program
    for index in program.words.indices where program.words[index] != Self.nothing {
      var smaller = smallest
      smaller.words[index] = Self.nothing
      if try differsAlone(smaller, seed) { smallest = smaller }
    }
    return smallest
  }

  /// Whether a program differs on processors that have executed nothing before.
  private mutating func differsAlone(
    _ program: RandomProgram, _ seed: UInt64, last: (run: Int, count: Int64)? = nil
  ) throws -> Bool {
    let pair = try newPair(program.processor)
    return try !run(program, seed, pair, last: last).differences.isEmpty
  }

  /// What the translator makes of a program that differs, the program itself, and the difference.
  private mutating func report(_ program: RandomProgram, _ seed: UInt64) throws -> String {
    let whole = try run(program, seed, newPair(program.processor))
    // As short a last run as possible.
    var last = (run: whole.history.count - 1, count: 1 as Int64)
    while last.count < whole.lastCount, try !differsAlone(program, seed, last: last) {
      last.count += 1
    }
    let pair = try newPair(program.processor)
    var listings: [String] = []
    pair.translator.translator?.listingOf = (0...UInt64.max, { listings.append($0.text) })
    var executed: [String] = []
    pair.interpreter.cpu.instructionTrace = { address, _ in
      executed.append(address.hexDigits())
    }
    let trial = try run(program, seed, pair, last: last)
    let trace = "instructions executed last: " + executed.suffix(60).joined(separator: " ")
    let changes = pair.translator.changedWords(of: program).map { change in
      "\(change.address.hexDigits()) has become \(change.word.hexadecimal())"
    }
    return (listings + [describe(program, seed, trial), trace] + changes).joined(separator: "\n")
  }

  /// The program, what happened, and what differs at the end of it.
  private func describe(_ program: RandomProgram, _ seed: UInt64, _ trial: Trial) -> String {
    let table = InstructionTable.table(for: program.processor.instructions)
    var lines = [
      "seed \(seed), length \(length): \(program.processor.name), \(program.scene.description)"
    ]
    var index = 0
    while index < program.words.count {
      let address = program.first + UInt64(index) * 4
      var instruction = Instruction(word: program.words[index])
      if program.words[index] >> 26 == 1, program.processor.isa >= .v3_1,
        index + 1 < program.words.count
      {
        instruction = Instruction(prefix: program.words[index], suffix: program.words[index + 1])
      }
      if program.words[index] != Self.nothing {
        lines.append("  \(address.hexDigits()): \(table.text(of: instruction, at: address))")
      }
      index += instruction.byteCount / 4
    }
    lines += ["runs:"] + trial.history.map { "  " + $0 }
    lines += ["differences:"] + trial.differences.map { "  " + $0 }
    return lines.joined(separator: "\n")
  }
}

/// The two processors, each with its own memory.
private struct Pair {
  let interpreter: EngineSide
  let translator: EngineSide

  init(
    _ processor: ProcessorModel, _ codeCapacity: Int, masked: Set<String>,
    _ backEnd: ComparedBackEnd
  ) throws {
    interpreter = try EngineSide(processor, codeCapacity: nil)
    translator = try EngineSide(
      processor, codeCapacity: codeCapacity, masked: masked, backEnd: backEnd)
  }
}
