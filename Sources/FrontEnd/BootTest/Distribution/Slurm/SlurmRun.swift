import HostSupport

/// Runs the cells of a suite as tasks of Slurm's job arrays.
///
/// A task runs one cell, by `boot-test run --cell`, and leaves a results folder. A task whose node
/// fails is run again, by Slurm or, where Slurm does not requeue it, in a new array.
public struct SlurmRun {
  /// How the tasks are run.
  public struct Options: Sendable {
    /// Further arguments of `sbatch`.
    public var arguments: [String]
    /// How often a cell is run again because its node failed.
    public var retries: Int
    /// The most tasks at a time; nil for as many as Slurm runs.
    public var jobs: Int?
    /// The seconds after which the run ends when no cell runs; nil for no limit.
    public var idleLimit: Double?

    /// How tasks are run.
    public init(
      arguments: [String] = [], retries: Int = 3, jobs: Int? = nil, idleLimit: Double? = nil
    ) {
      (self.arguments, self.retries) = (arguments, retries)
      (self.jobs, self.idleLimit) = (jobs, idleLimit)
    }
  }

  let options: Options
  let output: ResultsFolder
  let progress: Progress
  let slurm: SlurmCommands
  let folder: SlurmFolder

  /// A run that collects its results in `output`, which every node must have at the same path.
  /// - Throws: when Slurm's commands are not there, or the folder cannot be written.
  public init(
    _ options: Options, output: ResultsFolder, progress: Progress
  ) throws(SlurmError) {
    (self.options, self.output, self.progress) = (options, output, progress)
    slurm = try SlurmCommands()
    folder = try SlurmFolder(in: output)
  }

  /// A suite file of this run, for a guest that has none.
  public var suiteFile: String { "\(folder.path)/command-line.yaml" }

  /// Runs cells.
  /// - Parameters:
  ///   - cells: the cells, in the order of the results.
  ///   - suite: the suite's name.
  ///   - command: the words that run the suite on a node, to which a cell is added.
  ///   - earlier: the results of an earlier run, by whose times the rest of this one is estimated.
  /// - Returns: the results, in the order of the cells. After an interruption by the user, cells that had
  ///   not finished are skipped; after an error of Slurm they have failed.
  /// - Throws: when nothing could be submitted.
  public func run(
    _ cells: [PlannedCell], suite: String, command: [String], earlier: SuiteResults? = nil
  ) throws(SlurmError) -> SuiteResults {
    progress.expect(earlier)
    progress.total = cells.count
    let (started, began) = (Clock.now, Clock.dateAndTime)
    var tasks = SlurmTasks(self, cells.map(\.name))
    do {
      try folder.write(cells.map { command + ["--jobs", "1", "--cell", $0.name] })
      Interruption.install(repetitionEnds: false)
      try tasks.submitAll(suite)
    } catch {
      tasks.cancel()
      folder.remove()
      throw error
    }
    while !tasks.isFinished, !Interruption.isWanted {
      do throws(SlurmError) {
        try tasks.turn()
      } catch {
        tasks.cancel()
        tasks.fail("\(error)")
      }
      tasks.show()
      tasks.pause()
    }
    if !tasks.isFinished { tasks.cancel() }
    progress.clear()
    let results = cells.indices.map { index in
      var result =
        tasks.results[index]
        ?? CellResult(name: cells[index].name, verdict: .skipped(CellResult.interruption))
      result.place = cells[index].cell.place
      return result
    }
    if tasks.leavesFiles {
      progress.note("files of the tasks: \(folder.path)")
    } else {
      folder.remove()
    }
    var whole = SuiteResults(
      suite: suite, results: results, seconds: Clock.seconds(since: started), began: began)
    whole.isInterrupted = Interruption.isWanted && !tasks.isFinished
    return whole
  }
}
