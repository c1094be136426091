internal import Glibc
internal import GuestMemory
internal import PowerCPU
public import PowerJIT
public import PowerISA

/// Runs random programs under the interpreter and the translator, and compares everything.
public struct EngineComparison {
  public let processor: ProcessorModel
  public let littleEndian: Bool
  /// Instructions of a program.
  public var length = 40
  /// Instructions that both have executed.
  public private(set) var executed: UInt64 = 0
  private let interpreter: EngineSide
  private let translator: EngineSide

  /// - Parameter codeCapacity: bytes of host code that the translator may keep.
  public init(
    _ processor: ProcessorModel, littleEndian: Bool, codeCapacity: Int = Translator.codeCapacity
  ) throws {
    self.processor = processor
    self.littleEndian = littleEndian
    interpreter = try EngineSide(processor, littleEndian: littleEndian, codeCapacity: nil)
    translator = try EngineSide(processor, littleEndian: littleEndian, codeCapacity: codeCapacity)
  }

  /// What the translator has done; nil when the host does not let it be.
  public var statistics: TranslatorStatistics? { translator.translator?.statistics }

  /// Tries the program of a number.
  /// - Returns: what differs, as text; nil when nothing does.
  public mutating func compare(seed: UInt64) throws -> String? {
    var random = SplitMix64(state: seed &* 0x9E37_79B9)
    let program = RandomProgram(
      &random, processor: processor, littleEndian: littleEndian, count: 4 + random.below(length))
    let data = (0..<Int(Place.dataSize / 8)).flatMap { _ in
      withUnsafeBytes(of: random.next()) { Array($0) }
    }
    try interpreter.load(program, data: data)
    try translator.load(program, data: data)
    let began = interpreter.cpu.instructionCount
    var history: [(count: Int64, from: UInt64)] = []
    for _ in 0..<12 {
      let before = interpreter.cpu.nextInstruction
      let count = Int64(1 + random.below(random.once(in: 3) ? 8 : 200))
      interpreter.run(count)
      translator.run(count)
      history.append((count, before))
      var differences = differences()
      if !differences.isEmpty {
        if let fewer = try narrow(program, data, history.map(\.count)) {
          (history[history.count - 1].count, differences) = fewer
        }
        return describe(program, seed, history, differences)
      }
    }
    executed &+= interpreter.cpu.instructionCount &- began
    interpreter.cpu.prepareToStart()
    return nil
  }

  /// Looks for the first instruction of the last run after which something differs.
  /// - Returns: how many instructions the run then has; nil when nothing differs any more.
  private func narrow(
    _ program: RandomProgram, _ data: [UInt8], _ counts: [Int64]
  ) throws -> (Int64, [String])? {
    for last in 1...counts[counts.count - 1] {
      try interpreter.load(program, data: data)
      try translator.load(program, data: data)
      for count in counts.dropLast() + [last] {
        interpreter.run(count)
        translator.run(count)
      }
      let differences = differences()
      if !differences.isEmpty { return (last, differences) }
    }
    return nil
  }

  private func differences() -> [String] {
    let hex = { (value: UInt64) in "0x" + String(value, radix: 16) }
    var list: [String] = []
    for (a, b) in zip(interpreter.registers, translator.registers) where a.value != b.value {
      list.append("\(a.name): interpreter \(hex(a.value)), translator \(hex(b.value))")
    }
    if memcmp(interpreter.memory.base, translator.memory.base, Int(Place.memory)) != 0 {
      let a = interpreter.memory.base.assumingMemoryBound(to: UInt8.self)
      let b = translator.memory.base.assumingMemoryBound(to: UInt8.self)
      for place in 0..<Int(Place.memory) where a[place] != b[place] {
        list.append(
          "memory at \(hex(UInt64(place))): interpreter \(a[place]), translator \(b[place])")
        if list.count > 20 { break }
      }
    }
    return list
  }

  private func describe(
    _ program: RandomProgram, _ seed: UInt64, _ history: [(count: Int64, from: UInt64)],
    _ differences: [String]
  ) -> String {
    let table = InstructionTable.table(for: processor.instructions)
    var lines = ["seed \(seed), \(processor.name), \(littleEndian ? "little" : "big")-endian"]
    var index = 0
    while index < program.words.count {
      let address = program.first + UInt64(index) * 4
      var instruction = Instruction(word: program.words[index])
      if program.words[index] >> 26 == 1, processor.isa >= .v3_1, index + 1 < program.words.count {
        instruction = Instruction(prefix: program.words[index], suffix: program.words[index + 1])
      }
      lines.append("  \(String(address, radix: 16)): \(table.text(of: instruction, at: address))")
      index += instruction.byteCount / 4
    }
    let runs = history.map { "\($0.count) from 0x\(String($0.from, radix: 16))" }
    return (lines + ["runs: " + runs.joined(separator: ", ")] + differences)
      .joined(separator: "\n")
  }
}
