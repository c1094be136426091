import Glibc
import HostSupport

/// The tasks of a run and what has become known of each.
struct SlurmTasks {
  /// An array that was submitted. Its tasks are numbered from 0.
  private struct Job {
    var number: Int
    /// The cell of task 0.
    var base: Int
    var firstAttempt: Int
  }

  private struct Task {
    /// The array that it is in, as an index of `jobs`.
    var job = 0
    var state: SlurmTask?
    /// The last node on which it was.
    var node = ""
    var startedAt: Double?
    /// Slurm's restarts that were noticed.
    var restarts = 0
    /// How often its node failed.
    var losses = 0
    /// When it was first found to have ended without results.
    var endedAt: Double?
  }

  private let run: SlurmRun
  private let names: [String]
  private var suite = ""
  private var jobs: [Job] = []
  private var tasks: [Task]
  /// Lost cells that are not submitted again yet.
  private var lost: Set<Int> = []
  private(set) var results: [Int: CellResult] = [:]
  /// Whether the tasks' files say more than the reports.
  private(set) var leavesFiles = false
  private var failingSince: Double?
  private var lastActive = Clock.now
  private var shownReason = ""
  private let started = Clock.now

  /// The most tasks of an array by Slurm's defaults (MaxArraySize).
  private static let mostTasks = 1000
  /// The seconds after which a shared folder shows what another machine has written.
  private static let folderDelay = 15.0
  /// The seconds for which the controller may be away: it is restarted, or replaced by its backup.
  private static let mostFailing = 300.0
  /// Seconds for cancelled tasks to end.
  private static let cancellation = 60.0

  init(_ run: SlurmRun, _ names: [String]) {
    (self.run, self.names) = (run, names)
    tasks = Array(repeating: Task(), count: names.count)
  }

  var isFinished: Bool { results.count == names.count }

  private var unfinished: [Int] { names.indices.filter { results[$0] == nil } }

  // MARK: submission

  mutating func submitAll(_ suite: String) throws(SlurmError) {
    self.suite = suite
    try submit(Array(names.indices), firstAttempt: 1)
  }

  private mutating func submit(_ cells: [Int], firstAttempt: Int) throws(SlurmError) {
    for (part, cells) in Dictionary(grouping: cells, by: { $0 / Self.mostTasks }).sorted(by: {
      $0.key < $1.key
    }) {
      let base = part * Self.mostTasks
      let limit = run.options.jobs.map { "%\($0)" } ?? ""
      let number = try run.slurm.submit(
        [
          "--parsable", "--array=\(Self.list(cells.map { $0 - base }))\(limit)", "--requeue",
          "--open-mode=append", "--job-name=boot-test \(suite)",
          "--output=\(run.folder.outputPattern)",
        ] + run.options.arguments + [
          run.folder.script, run.folder.path, String(firstAttempt), String(base),
        ])
      jobs.append(Job(number: number, base: base, firstAttempt: firstAttempt))
      for cell in cells {
        tasks[cell].job = jobs.count - 1
        (tasks[cell].state, tasks[cell].restarts, tasks[cell].endedAt) = (nil, 0, nil)
      }
      lost.subtract(cells)
      run.progress.note(
        "Slurm: job \(number), \(cells.count) \(cells.count == 1 ? "cell" : "cells")")
    }
  }

  /// Numbers in order, as `0-3,7`.
  static func list(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// The task in Slurm's words: `12_3`.
  private func identifier(_ cell: Int) -> String {
    let job = jobs[tasks[cell].job]
    return "\(job.number)_\(cell - job.base)"
  }

  // MARK: progress

  /// Asks Slurm for the states, takes the results of what has ended, and submits lost cells again.
  /// What Slurm refuses is tried again in the next turn.
  /// - Throws: when it has refused for `mostFailing` seconds, or no cell runs.
  mutating func turn() throws(SlurmError) {
    do throws(SlurmError) { try update() } catch { return try allow(error) }
    do throws(SlurmError) {
      if !lost.isEmpty {
        let last = lost.map { attempts($0).upperBound }.max() ?? 1
        try submit(lost.sorted(), firstAttempt: last + 1)
      }
      failingSince = nil
    } catch {
      try allow(error)
    }
    try checkIdleness()
  }

  /// Passes over an error of Slurm, for some minutes.
  private mutating func allow(_ error: SlurmError) throws(SlurmError) {
    if failingSince == nil { run.progress.note("Slurm: \(error)") }
    let since = failingSince ?? Clock.now
    failingSince = since
    guard Clock.now - since < Self.mostFailing else { throw error }
  }

  private mutating func update() throws(SlurmError) {
    let numbers = Set(unfinished.map { jobs[tasks[$0].job].number }).sorted()
    let listed = try run.slurm.tasks(of: numbers)
    let cells = unfinished.filter { !lost.contains($0) }
    for cell in cells { tasks[cell].state = nil }
    note(listed, for: Set(cells))
    let unlisted = Set(cells.filter { tasks[$0].state == nil })
    if !unlisted.isEmpty, let accounted = run.slurm.accounted(numbers) {
      note(accounted, for: unlisted)
    }
    for cell in cells where judge(cell) { lost.insert(cell) }
  }

  /// Keeps the states of cells, of the arrays in which they are now.
  private mutating func note(_ states: [SlurmTask], for cells: Set<Int>) {
    for state in states {
      for (place, job) in jobs.enumerated() where job.number == state.job {
        let cell = job.base + state.index
        if cells.contains(cell), tasks[cell].job == place { tasks[cell].state = state }
      }
    }
  }

  private func attempts(_ cell: Int) -> ClosedRange<Int> {
    // The accounts have no number of restarts.
    let restarts = max(tasks[cell].state?.restarts ?? 0, tasks[cell].restarts)
    return 1...max(jobs[tasks[cell].job].firstAttempt + restarts, 1)
  }

  /// Takes a cell's results, or finds out why there are none.
  /// - Returns: whether it must be submitted again.
  private mutating func judge(_ cell: Int) -> Bool {
    let state = tasks[cell].state
    if let state, state.restarts > tasks[cell].restarts {
      tasks[cell].restarts = state.restarts
      if lose(cell, "was lost with \(lastNode(cell))", "Slurm runs it again") {
        do throws(SlurmError) { try run.slurm.cancel([identifier(cell)]) } catch {
          run.progress.note("Slurm: task \(identifier(cell)) is not cancelled: \(error)")
        }
        return false
      }
    }
    switch state?.phase {
    case .waiting:
      (tasks[cell].startedAt, tasks[cell].endedAt) = (nil, nil)
      return false
    case .running:
      if let node = state?.node, !node.isEmpty { tasks[cell].node = node }
      (tasks[cell].startedAt, tasks[cell].endedAt) = (tasks[cell].startedAt ?? Clock.now, nil)
      return false
    case .lost, .ended, .stopped, nil: break
    }
    if let part = run.folder.part(cell: cell, attempts: attempts(cell)),
      let found = part.finished.first(where: { $0.name == names[cell] })
    {
      do throws(MergeError) {
        finish(cell, try part.take(found, into: run.output))
      } catch {
        // After a signal files are not read any more.
        if !Interruption.isWanted { finish(cell, failed: "the results cannot be kept: \(error)") }
      }
      return false
    }
    if state?.phase == .lost {
      return !lose(cell, "was lost with \(lastNode(cell))", "it is submitted again")
    }
    // The shared folder may be late.
    let endedAt = tasks[cell].endedAt ?? Clock.now
    tasks[cell].endedAt = endedAt
    guard Clock.now - endedAt > Self.folderDelay else { return false }
    let what = "left no results (\(state?.state ?? "not listed") in Slurm)"
    if state?.phase == .stopped {
      finish(cell, failed: "task \(identifier(cell)) \(what)")
      return false
    }
    return !lose(cell, what, "it is submitted again")
  }

  private func lastNode(_ cell: Int) -> String {
    tasks[cell].node.isEmpty ? "its node" : "the node \(tasks[cell].node)"
  }

  /// Counts an attempt that was lost.
  /// - Returns: whether it was the last that is allowed.
  private mutating func lose(_ cell: Int, _ what: String, _ next: String) -> Bool {
    tasks[cell].losses += 1
    (tasks[cell].startedAt, tasks[cell].endedAt) = (nil, nil)
    let task = "task \(identifier(cell)) \(what)"
    guard tasks[cell].losses <= run.options.retries else {
      let losses = tasks[cell].losses
      finish(cell, failed: "\(task), after \(losses) \(losses == 1 ? "attempt" : "attempts")")
      return true
    }
    run.progress.note("LOST  \(names[cell])  \(task); \(next)")
    return false
  }

  private mutating func finish(_ cell: Int, _ result: CellResult) {
    results[cell] = result
    lastActive = Clock.now
    run.progress.report(result)
  }

  private mutating func finish(_ cell: Int, failed reason: String) {
    leavesFiles = true
    let job = jobs[tasks[cell].job]
    finish(
      cell,
      CellResult(
        name: names[cell], verdict: .failed, findings: ["not run: \(reason)"],
        remarks: run.folder.lastLines(job: job.number, index: cell - job.base)))
  }

  /// Ends every cell that has not finished as failed.
  mutating func fail(_ reason: String) {
    for cell in unfinished { finish(cell, failed: reason) }
  }

  private mutating func checkIdleness() throws(SlurmError) {
    let waiting = unfinished.compactMap { tasks[$0].state }.filter { $0.phase == .waiting }
    guard !waiting.isEmpty, waiting.count == unfinished.count else {
      (lastActive, shownReason) = (Clock.now, "")
      return
    }
    // `None`: the tasks have not been scheduled yet.
    let reason = waiting.lazy.map(\.reason).first { !$0.isEmpty && $0 != "None" } ?? ""
    if !reason.isEmpty, reason != shownReason, Clock.now - lastActive > 5 {
      let cells = waiting.count == 1 ? "1 cell waits" : "\(waiting.count) cells wait"
      run.progress.note("Slurm: no cell runs, \(cells) (\(reason))")
      shownReason = reason
    }
    if let limit = run.options.idleLimit, Clock.now - lastActive > limit {
      throw .idle(seconds: limit, reason: reason.isEmpty ? "no reason yet" : reason)
    }
  }

  func show() {
    let running = unfinished.compactMap { cell in
      tasks[cell].startedAt.map { (names[cell], Clock.now - $0, tasks[cell].node) }
    }
    run.progress.show(
      running, waiting: unfinished.filter { tasks[$0].startedAt == nil }.map { names[$0] },
      jobs: max(running.count, 1))
  }

  /// Waits until Slurm is asked again: rarely in a long run, for the sake of its controller.
  func pause() {
    guard !isFinished else { return }
    let end = Clock.now + (Clock.now - started < 60 ? 1 : 5)
    while Clock.now < end, !Interruption.isWanted { usleep(50_000) }
  }

  // MARK: cancellation

  /// Cancels what has not ended, and waits until it has.
  mutating func cancel() {
    let numbers = jobs.map(\.number)
    guard !numbers.isEmpty else { return }
    do throws(SlurmError) {
      try run.slurm.cancel(numbers.map(String.init))
      let deadline = Clock.now + Self.cancellation
      while Clock.now < deadline {
        let listed = try run.slurm.tasks(of: numbers)
        if !listed.contains(where: { $0.phase == .waiting || $0.phase == .running }) { return }
        usleep(200_000)
      }
      run.progress.note(
        "Slurm: tasks of \(numbers) have not ended \(Int(Self.cancellation)) s after scancel")
    } catch {
      run.progress.note("Slurm: job \(numbers) is not cancelled: \(error)")
    }
  }
}
