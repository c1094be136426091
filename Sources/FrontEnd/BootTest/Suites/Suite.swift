/// The contents of a suite file: the cells to run.
public struct Suite: Sendable {
  /// The suite's name: the file's, without extension.
  public var name: String
  /// The suite file.
  public var file: String
  /// Every test at every processor and level, in file order.
  public var cells: [Cell]
}

/// One boot: a guest on a processor at a compatibility level, and the expected result.
public struct Cell: Sendable {
  /// The test that the cell is one case of.
  public var test: String
  /// The `--cpu` argument.
  public var processor: String
  /// The `--compat` argument.
  public var compatibility: String
  /// The level that the negotiation must choose.
  public var level: String
  /// The engine; nil for the default of `pseries`.
  public var engine: String?
  /// What is booted.
  public var guest: Guest
  /// Further arguments of `pseries`.
  public var options: [String] = []
  /// What must be in the console's output, in this order.
  public var expected: [Pattern] = []
  /// What must not be in the console's output.
  public var forbidden: [Pattern] = []
  /// Lines that a forbidden pattern would match and that are known to be harmless.
  public var allowed: [Pattern] = []
  /// What the guest must report of itself.
  public var features: [ExpectedFeature] = []
  /// The table by which probes of instructions are checked; nil for a guest that probes none.
  public var probes: ProbeTable?
  /// What is typed and sent while the guest runs, in this order.
  public var script: [Step] = []
  /// Instructions that must be rejected in problem state.
  public var rejected: [ExpectedRejection] = []
  /// When the run is over.
  public var completion = RunEnd.end
  /// The exit status that `pseries` must have, when it ends by itself.
  public var exitStatus: Int32 = 0
  /// Seconds.
  public var deadline: Double
  /// The number of runs that must print the same bytes.
  public var identicalRuns = 1
  /// The engines that must print the same bytes, in a run each; empty for only its own.
  public var identicalEngines: [String] = []
  /// The number of random points at which the guest is saved, and restored in another process.
  public var saves = 0
  /// Processors on which it may be restored, besides its own.
  public var destinations: [String] = []
  /// The engines between which it moves at random; empty for only its own.
  public var passageEngines: [String] = []
  /// Lines that depend on the processor, and may differ on another.
  public var varying: [Pattern] = []
  /// Where the matrix of its test has it; nil for a suite without a file.
  public var place: SuitePlace?

  /// `TEST/PROCESSOR/COMPAT`, and the engine where the suite names some; unique in a suite.
  public var name: String {
    ([test, processor, compatibility] + [engine].compactMap(\.self)).joined(separator: "/")
  }

  /// The number of runs whose bytes are compared.
  var runs: Int { max(identicalRuns, identicalEngines.count) }

  /// Every engine it needs.
  var engines: Set<String> {
    Set([engine].compactMap(\.self) + identicalEngines + passageEngines)
  }
}

extension Cell {
  /// The available engines, with the names of `pseries --engine`.
  public static let engineNames = ["interpreter", "jit"]

  /// Cells under each of some engines, in place of those that the suite names; cells that compare
  /// engines do not change.
  public static func under(_ engines: [String], _ cells: [Cell]) -> [Cell] {
    guard !engines.isEmpty else { return cells }
    var seen: Set<String> = []
    return cells.flatMap { cell in
      guard cell.identicalEngines.isEmpty, cell.passageEngines.isEmpty else { return [cell] }
      return engines.map { engine in
        var copy = cell
        copy.engine = engine
        return copy
      }
    }.filter { seen.insert($0.name).inserted }
  }
}

/// A line of a suite file.
public struct SuitePlace: Equatable, Sendable {
  /// The suite file, as its reader was given it.
  public var file: String
  /// The line, from 1.
  public var line: Int

  /// A line of a file.
  public init(file: String, line: Int) { (self.file, self.line) = (file, line) }
}

/// When a run is over.
public enum RunEnd: String, CaseIterable, Sendable {
  /// When the machine ends.
  case end
  /// When every expected line and feature has come, and the script is done.
  case expected
}

/// The program to boot. Without a kernel it is what the disk boots, and without a disk the built-in
/// guest of `pseries`.
public struct Guest: Sendable, Equatable {
  /// The name that the suite file uses.
  public var name: String
  /// The path of the kernel, or nil.
  public var kernel: String?
  /// The path of the initial RAM disk, or nil.
  public var initrd: String?
  /// The disk, or nil. Its changes are forgotten.
  public var disk: Disk?
  /// The kernel's command line, or nil for none.
  public var commandLine: String?
  /// The user's remedy for a missing file.
  public var remedy: String?

  /// The files that must be there.
  public var files: [String] { [kernel, initrd, disk?.file].compactMap(\.self) }

  /// A disk as `pseries` takes it.
  public struct Disk: Sendable, Equatable {
    /// The path of the image.
    public var file: String
    /// How the guest reaches it, or nil for the usual way.
    public var bus: String?
    /// The image's format, or nil to go by the file's name.
    public var format: String?
    /// Whether the guest sees that it cannot be written.
    public var isReadOnly = false

    /// The argument of `--disk`.
    var argument: String {
      let words = [("bus", bus), ("format", format)].compactMap { key, value in
        value.map { "\(key)=\($0)" }
      }
      return
        ([file.replacing(",", with: ",,")] + words + (isReadOnly ? ["read-only"] : [])
        + ["snapshot"]).joined(separator: ",")
    }
  }
}

/// One step of a console script: wait for a text, pause, then send a text to the guest and a
/// command to the control socket. Each part is optional.
public struct Step: Sendable {
  /// What must come in the console's output first; nil for no wait.
  public var wait: Pattern?
  /// Seconds, for a guest that drops input which it does not expect yet.
  public var pause = 0.0
  /// What is typed then; nil for nothing.
  public var send: String?
  /// A command for `pseries control`: its name and arguments, with blanks between.
  public var control: String?
}
