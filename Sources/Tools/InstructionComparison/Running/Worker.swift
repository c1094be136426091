import Glibc
import GuestMemory
internal import HostSupport
import PowerISA

/// Executes batches of one environment on both sides and judges what comes back.
final class Worker {
  let environment: ComparisonEnvironment
  let exceptions: ComparisonExceptions
  private let program: RunnerProgram
  private let selected: Set<String>
  private let interpreter: InterpreterSide
  private var qemu: QEMUSide
  private let generator: SequenceGenerator
  private let states: StateGenerator
  /// The states as they were before.
  // Safety: allocated and freed with this object.
  private let input: UnsafeMutableRawPointer
  private let code: UnsafeMutableRawPointer
  private var sequences: [(sequence: InstructionSequence, states: Range<Int>)] = []

  private(set) var executions = 0
  private var failures = 0
  private(set) var disagreements = Disagreements()

  /// States of one instruction.
  static let statesPerGroup = 16

  /// Times that QEMU may end or hang before its environment is left out.
  private static let failureLimit = 8

  /// - Parameter selected: mnemonics to execute; empty for all.
  init(
    _ environment: ComparisonEnvironment, _ program: RunnerProgram, selected: Set<String> = []
  ) throws {
    self.selected = selected
    self.environment = environment
    self.program = program
    exceptions = ComparisonExceptions(environment)
    interpreter = try InterpreterSide(environment)
    qemu = try QEMUSide(environment, program)
    generator = SequenceGenerator(environment, exceptions)
    states = StateGenerator(environment, generator)
    input = .allocate(byteCount: StateLayout.bufferSize, alignment: 4096)
    input.initializeMemory(as: UInt8.self, repeating: 0, count: StateLayout.bufferSize)
    code = .allocate(byteCount: StateLayout.codeSize, alignment: 4096)
    code.initializeMemory(as: UInt8.self, repeating: 0, count: StateLayout.codeSize)
  }

  deinit {
    states.deallocate()
    input.deallocate()
    code.deallocate()
  }

  func before(_ index: Int) -> StateView {
    StateView(
      base: input + StateLayout.statesOffset + index * StateLayout.size,
      isBigEndian: environment.order == .big)
  }

  func ours(_ index: Int) -> StateView { interpreter.state(index) }
  func theirs(_ index: Int) -> StateView { qemu.state(index) }

  /// The instructions of the batch, with the numbers of their states.
  var groups: [(sequence: InstructionSequence, states: Range<Int>)] { sequences }

  // MARK: a batch

  /// Compares one instruction each of some rows.
  func compare(_ rows: ArraySlice<InstructionRow>, seed: UInt64, round: Int) throws {
    generate(rows, seed: seed, round: round)
    guard !sequences.isEmpty else { return }
    if let failure = execute() {
      try recover(failure, round: round)
      return
    }
    for (sequence, range) in sequences {
      executions += range.count
      for index in range
      where memcmp(ours(index).base, theirs(index).base, StateLayout.size) != 0 {
        judge(sequence, index, round: round)
      }
    }
  }

  /// Makes instructions and states for rows; every row has random numbers and a place of its own, so
  /// that it can be repeated alone.
  func generate(_ rows: ArraySlice<InstructionRow>, seed: UInt64, round: Int) {
    sequences.removeAll(keepingCapacity: true)
    for (slot, row) in rows.enumerated() where selected.isEmpty || selected.contains(row.mnemonic) {
      var random = SplitMix64(
        state: SplitMix64.mixed(
          seed ^ SplitMix64.mixed(row.value ^ UInt64(row.since.rawValue) << 32 ^ UInt64(round))))
      let traits = ComparisonTraits.all[row.id]
      guard
        let sequence = generator.sequence(
          traits, slot: slot,
          state: StateLayout.address(ofState: slot * Self.statesPerGroup), &random)
      else { continue }
      let count = sequence.isForOneState ? 1 : Self.statesPerGroup
      let range = slot * Self.statesPerGroup..<slot * Self.statesPerGroup + count
      for index in range {
        states.fill(before(index), at: StateLayout.address(ofState: index), for: sequence, &random)
      }
      sequences.append((sequence, range))
    }
  }

  /// Executes the states before on both sides.
  /// - Returns: what happened to QEMU, if it did not survive.
  func execute() -> String? {
    let order = environment.order
    let filler = order == .big ? InstructionSequence.filler.bigEndian : InstructionSequence.filler
    code.assumingMemoryBound(to: UInt32.self)
      .update(repeating: filler, count: StateLayout.codeSize / 4)
    for (sequence, _) in sequences { sequence.write(to: code, order) }
    interpreter.setCode(code)
    let used =
      StateLayout.statesOffset + (sequences.last?.states.upperBound ?? 0) * StateLayout.size
    writeHeader()
    (input + StateLayout.codeOffset).copyMemory(from: code, byteCount: StateLayout.codeSize)
    qemu.buffer.copyMemory(from: input, byteCount: used)
    interpreter.state(0).base.copyMemory(
      from: before(0).base, byteCount: used - StateLayout.statesOffset)
    guard qemu.start() else { return "QEMU is gone" }
    for (sequence, range) in sequences {
      for index in range { interpreter.run(sequence.first, sequence.end, on: index) }
    }
    return qemu.finish()
  }

  /// Executes a state on our side alone.
  func executeOurs(_ sequence: InstructionSequence, _ index: Int) {
    interpreter.run(sequence.first, sequence.end, on: index)
  }

  /// Makes every state before zero.
  func clearStates() {
    memset(input + StateLayout.statesOffset, 0, StateLayout.bufferSize - StateLayout.statesOffset)
  }

  /// Makes every state on our side zero.
  func clearOurs() {
    memset(ours(0).base, 0, StateLayout.bufferSize - StateLayout.statesOffset)
  }

  /// Whether both did the same with a state; or, if not exactly, what exceptions forgive.
  func agrees(_ sequence: InstructionSequence, _ index: Int, exactly: Bool) -> Bool {
    memcmp(ours(index).base, theirs(index).base, StateLayout.size) == 0
      || !exactly && exceptions.resolve(difference(sequence, index))
  }

  private func writeHeader() {
    var words: [UInt32] = [UInt32(sequences.count), 0, 0, 0]
    for (sequence, range) in sequences {
      words += [sequence.entry, sequence.first, sequence.end].map(UInt32.init(truncatingIfNeeded:))
      words += [UInt32(range.lowerBound), UInt32(range.count), 0, 0, 0]
    }
    for (n, word) in words.enumerated() {
      input.storeBytes(
        of: environment.order == .big ? word.bigEndian : word, toByteOffset: 4 * n,
        as: UInt32.self)
    }
  }

  // MARK: judging

  private func judge(_ sequence: InstructionSequence, _ index: Int, round: Int) {
    let difference = difference(sequence, index)
    guard !exceptions.resolve(difference) else { return }
    disagreements.add(difference, sequence.first, round: round)
  }

  private func difference(_ sequence: InstructionSequence, _ index: Int) -> ResultDifference {
    ResultDifference(
      row: sequence.row, i: Self.ofRow(sequence), sequence: sequence.instructions,
      environment: environment, before: before(index), ours: ours(index), theirs: theirs(index))
  }

  private static func ofRow(_ sequence: InstructionSequence) -> Instruction {
    sequence.instructions.first { sequence.row.matches($0) }
      ?? sequence.instructions.first ?? Instruction(rawValue: 0)
  }

  /// Records which instruction QEMU did not survive, and starts it again.
  /// - Throws: ``InstructionComparisonError/peer(_:)`` when that has happened too often.
  private func recover(_ failure: String, round: Int) throws {
    let index = qemu.progress
    if let (sequence, _) = sequences.first(where: { $0.states.contains(index) }) {
      disagreements.add(
        failure: failure, sequence, environment, before(index), ours(index), round: round)
    }
    failures += 1
    guard failures < Self.failureLimit else {
      throw InstructionComparisonError.peer("\(failure) again and again")
    }
    qemu = try QEMUSide(environment, program)
  }
}
