import Glibc
public import PowerISA

/// Records vectors: executions on which QEMU and our interpreter agree, with nothing in them that
/// does not matter.
public final class VectorRecorder {
  private let program: RunnerProgram
  private let seed: UInt64
  private var workers: [ComparisonEnvironment: Worker] = [:]
  /// The rows that each environment executes.
  private let plans = ComparisonEnvironment.all.map { environment in
    (
      environment: environment,
      rows: Set(ComparisonPlan(environment).parts.filter(\.part.isExecuted).map(\.row.id))
    )
  }

  /// Rounds in which a row may come up with an ordinary and a special execution on which both agree
  /// in everything, and then with any that differ only as exceptions say.
  private static let rounds = (exact: 40, forgiven: 60)

  /// A recorder that asks `program`, QEMU's side, about states made from `seed`.
  public init(_ program: RunnerProgram, seed: UInt64) {
    self.program = program
    self.seed = seed
  }

  /// The vectors of a row: an ordinary and a special one where there are, one where the row is
  /// refused. The newest processor that has the row executes it.
  public func vectors(_ row: InstructionRow) throws -> [TestVector] {
    guard let newest = plans.last(where: { $0.rows.contains(row.id) })?.environment.processor
    else { return [] }
    let choices = plans.filter { $0.environment.processor == newest && $0.rows.contains(row.id) }
      .map(\.environment)
    let environment = choices[row.id % choices.count]
    let worker = try workers[environment] ?? Worker(environment, program)
    workers[environment] = worker
    var vectors: [TestVector] = []
    var signatures: Set<[UInt64]> = []
    for round in 0..<Self.rounds.forgiven where vectors.count < 2 {
      let isLast = round + 1 == Self.rounds.forgiven
      worker.generate([row], seed: seed, round: round)
      guard let (sequence, states) = worker.groups.first, worker.execute() == nil else { continue }
      let agreeing = states.filter { index in
        worker.agrees(sequence, index, exactly: round < Self.rounds.exact)
      }
      for index in agreeing where vectors.count < 2 {
        let signature = Self.signature(worker.before(index), worker.ours(index))
        guard !signatures.contains(signature) || isLast else { continue }
        guard let vector = record(sequence, index, worker, round: round) else { continue }
        guard !vectors.contains(vector) else { continue }
        signatures.insert(signature)
        vectors.append(vector)
        // Only one state of a batch is still as it was.
        break
      }
    }
    return vectors
  }

  /// What makes an execution special: signals, exceptions, overflow, saturation, where it went.
  private static func signature(_ before: StateView, _ after: StateView) -> [UInt64] {
    [
      after.signal, after.nia == 0 ? 0 : 1, after.fpscr & ~before.fpscr & FPSCR.exceptions,
      after.xer & (XER.ov | XER.ca), after.vscr & 1,
    ]
  }

  /// Executes a state again without what does not matter.
  private func record(
    _ sequence: InstructionSequence, _ index: Int, _ worker: Worker, round: Int
  ) -> TestVector? {
    StateMinimizer(worker, sequence, index).run()
    guard worker.execute() == nil,
      worker.agrees(sequence, index, exactly: round < Self.rounds.exact)
    else { return nil }
    let address = StateLayout.address(ofState: index)
    let before = worker.before(index)
    return TestVector(
      mnemonic: sequence.row.mnemonic, processor: worker.environment.processor.name,
      order: worker.environment.order, words: sequence.words,
      before: TestVector.parts(of: before, at: address, since: nil),
      after: TestVector.parts(of: worker.ours(index), at: address, since: before))
  }
}

extension ComparisonPlan.Part {
  /// Whether it is executed, if only to be refused.
  public var isExecuted: Bool {
    if case .leftOut = self { return false }
    return true
  }
}

/// Makes zero what an execution neither reads nor changes.
struct StateMinimizer {
  private let worker: Worker
  private let sequence: InstructionSequence
  private let index: Int
  private let before: StateView
  private let ours: StateView

  init(_ worker: Worker, _ sequence: InstructionSequence, _ index: Int) {
    self.worker = worker
    self.sequence = sequence
    self.index = index
    before = worker.before(index)
    ours = worker.ours(index)
  }

  /// Bits of a doubleword of the state that are taken or left as one.
  private struct Place {
    var offset: Int
    var mask: UInt64 = ~0
  }

  private static let places: [Place] = {
    var places: [Place] = []
    for n in 0..<32 { places.append(Place(offset: StateLayout.gpr + 8 * n)) }
    for n in 0..<128 { places.append(Place(offset: StateLayout.vsr + 8 * n)) }
    for n in 0..<StateLayout.storageSize / 8 {
      places.append(Place(offset: StateLayout.storage + 8 * n))
    }
    for offset in [StateLayout.lr, StateLayout.ctr, StateLayout.tar, StateLayout.vrsave] {
      places.append(Place(offset: offset))
    }
    for offset in [StateLayout.cr, StateLayout.xer, StateLayout.fpscr, StateLayout.vscr + 8] {
      for digit in 0..<16 as Range<UInt64> {
        places.append(Place(offset: offset, mask: 15 << (4 * digit)))
      }
    }
    return places
  }()

  /// Leaves the other states of the batch zero, so that nothing else matters.
  func run() {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: StateLayout.size, alignment: 16)
    let expected = UnsafeMutableRawPointer.allocate(byteCount: StateLayout.size, alignment: 16)
    defer {
      copy.deallocate()
      expected.deallocate()
    }
    copy.copyMemory(from: before.base, byteCount: StateLayout.size)
    worker.clearStates()
    before.base.copyMemory(from: copy, byteCount: StateLayout.size)
    worker.clearOurs()
    execute()
    let result = StateView(base: expected, isBigEndian: before.isBigEndian)
    for place in Self.places where before[place.offset] & place.mask != 0 {
      result.copy(from: ours)
      let old = before[place.offset]
      // What is not changed would be zero as well.
      if (old ^ result[place.offset]) & place.mask == 0 { result[place.offset] &= ~place.mask }
      before[place.offset] = old & ~place.mask
      execute()
      if memcmp(ours.base, expected, StateLayout.size) != 0 {
        before[place.offset] = old
        execute()
      }
    }
  }

  private func execute() {
    ours.copy(from: before)
    worker.executeOurs(sequence, index)
  }
}
