import Foundation
import PowerISA
import Synchronization

/// A comparison of random instructions with QEMU, on all processors of this host.
public struct QEMUComparison: Sendable {
  /// Instructions to execute, each state it is executed on counted; what is executed is a whole
  /// number of rounds, in each of which every row is executed on ``statesPerRow`` states in every
  /// environment.
  public var count = 1
  /// What random numbers are made from.
  public var seed: UInt64 = 1
  /// The first round, for repeating one.
  public var firstRound = 0
  /// Mnemonics; empty for all.
  public var rows: Set<String> = []
  /// The environments, in the order they are compared.
  public var environments = ComparisonEnvironment.all
  /// Processes that run at once.
  public var jobs = ProcessInfo.processInfo.activeProcessorCount

  /// Executions of each row in a round.
  public static let statesPerRow = Worker.statesPerGroup

  /// A comparison of every row in every environment, one round each.
  public init() {}

  /// The result.
  public struct Outcome: Sendable {
    /// Instructions executed on both sides.
    public var executions = 0
    /// Seconds.
    public var seconds = 0.0
    /// Executions by environment.
    public var byEnvironment: [String: Int] = [:]
    /// Rows executed in at least one environment.
    public var rows: Set<Int> = []
    /// What was not equal.
    public var disagreements = Disagreements()
    /// Why environments were not compared, or not to the end, by name.
    public var leftOut: [String: String] = [:]
    /// Times each exception was of use.
    public var exceptionUses = [Int](repeating: 0, count: ComparisonExceptions.list.count)
  }

  /// The rows executed in an environment.
  func executedRows(_ environment: ComparisonEnvironment) -> [InstructionRow] {
    ComparisonPlan(environment).parts.compactMap { row, part in
      if case .leftOut = part { return nil }
      return row
    }
  }

  private func isSelected(_ row: InstructionRow) -> Bool {
    rows.isEmpty || rows.contains(row.mnemonic)
  }

  /// - Throws: ``InstructionComparisonError`` when a name is of no row.
  func check() throws {
    let known = Set(InstructionRow.all.map(\.mnemonic))
    if let wrong = rows.first(where: { !known.contains($0) }) {
      throw InstructionComparisonError.unknown("no row is called '\(wrong)'")
    }
  }

  /// Environments that QEMU does not run are left out, with the reason.
  /// - Throws: ``InstructionComparisonError`` when a name is of no row, or the host has no memory left.
  public func run(_ program: RunnerProgram) throws -> Outcome {
    try check()
    let work = environments.map { ($0, executedRows($0)) }
    let perRound = work.reduce(0) { $0 + $1.1.count(where: isSelected) } * Self.statesPerRow
    guard perRound > 0 else {
      throw InstructionComparisonError.unknown("none of these rows is executed on these processors")
    }
    let rounds = max((count + perRound - 1) / perRound, 1)
    // A task is some rounds of one environment; neighbours share a worker.
    let chunk = max(rounds / 8, 1)
    let tasks = work.flatMap { environment, rows in
      stride(from: 0, to: rounds, by: chunk).map { start in
        Task(
          environment: environment, rows: rows,
          rounds: firstRound + start..<firstRound + min(start + chunk, rounds))
      }
    }
    let queue = Mutex((next: 0, outcome: Outcome(), error: (any Error)?.none))
    let started = Date()
    DispatchQueue.concurrentPerform(iterations: max(jobs, 1)) { _ in
      var worker: Worker?
      do {
        while let task = queue.withLock({ Self.take(&$0.next, tasks, hasFailed: $0.error != nil) })
        {
          if worker?.environment != task.environment {
            if let worker { queue.withLock { $0.outcome.add(worker) } }
            worker = nil
            guard queue.withLock({ $0.outcome.leftOut[task.environment.name] == nil }) else {
              continue
            }
          }
          do {
            let current = try worker ?? Worker(task.environment, program, selected: rows)
            worker = current
            try execute(task, current)
          } catch InstructionComparisonError.peer(let reason) {
            if let worker { queue.withLock { $0.outcome.add(worker) } }
            worker = nil
            queue.withLock { $0.outcome.leftOut[task.environment.name] = reason }
          }
        }
      } catch {
        queue.withLock { $0.error = error }
      }
      if let worker { queue.withLock { $0.outcome.add(worker) } }
    }
    return try queue.withLock { queue in
      if let error = queue.error { throw error }
      queue.outcome.seconds = Date().timeIntervalSince(started)
      for (_, rows) in work { queue.outcome.rows.formUnion(rows.filter(isSelected).map(\.id)) }
      return queue.outcome
    }
  }

  private struct Task {
    var environment: ComparisonEnvironment
    var rows: [InstructionRow]
    var rounds: Range<Int>
  }

  private static func take(_ next: inout Int, _ tasks: [Task], hasFailed: Bool) -> Task? {
    guard next < tasks.count, !hasFailed else { return nil }
    defer { next += 1 }
    return tasks[next]
  }

  private func execute(_ task: Task, _ worker: Worker) throws {
    for round in task.rounds {
      for start in stride(from: 0, to: task.rows.count, by: StateLayout.groupLimit) {
        let batch = task.rows[start..<min(start + StateLayout.groupLimit, task.rows.count)]
        try worker.compare(batch, seed: seed, round: round)
      }
    }
  }
}

extension QEMUComparison.Outcome {
  fileprivate mutating func add(_ worker: Worker) {
    executions += worker.executions
    byEnvironment[worker.environment.name, default: 0] += worker.executions
    disagreements.add(worker.disagreements)
    for (n, uses) in worker.exceptions.uses.enumerated() { exceptionUses[n] += uses }
  }
}
