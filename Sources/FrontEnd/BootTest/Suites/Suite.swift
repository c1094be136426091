/// What a suite file describes: the cells to run, and where it came from.
public struct Suite: Sendable {
  public var name: String
  /// The suite file.
  public var file: String
  /// Every test at every processor and level it names, in file order.
  public var cells: [Cell]
}

/// One boot: a guest on a processor at a compatibility level, and what must come of it.
public struct Cell: Sendable {
  public var test: String
  public var processor: String
  /// The `--compat` argument.
  public var compatibility: String
  /// The level the guest must come out of the negotiation at.
  public var level: String
  /// What executes its instructions; nil for what `pseries` chooses.
  public var engine: String?
  public var guest: Guest
  /// Further arguments of `pseries`.
  public var options: [String] = []
  public var expected: [Pattern] = []
  public var forbidden: [Pattern] = []
  /// Lines that a forbidden pattern would match and that are known to be harmless.
  public var allowed: [Pattern] = []
  public var features: [ExpectedFeature] = []
  public var probes: ProbeTable?
  public var script: [Step] = []
  /// Instructions that problem state must be refused.
  public var refused: [ExpectedRefusal] = []
  public var exitStatus: Int32 = 0
  /// Seconds.
  public var deadline: Double
  /// How many runs must print the same bytes.
  public var identicalRuns = 1
  /// The engines that must print the same bytes, a run each; empty for only its own.
  public var identicalEngines: [String] = []
  /// At how many random points the guest is saved, and restored in another process.
  public var saves = 0
  /// Processors it may be restored on besides its own.
  public var destinations: [String] = []
  /// The engines between which it is moved at random; empty for only its own.
  public var passageEngines: [String] = []
  /// Lines that tell the processor, and may differ on another.
  public var varying: [Pattern] = []

  /// `TEST/PROCESSOR/COMPAT`, and the engine where the suite names some; unique in a suite.
  public var name: String {
    ([test, processor, compatibility] + [engine].compactMap(\.self)).joined(separator: "/")
  }

  /// How many runs there are whose bytes are compared.
  var runs: Int { max(identicalRuns, identicalEngines.count) }

  /// Every engine it needs.
  var engines: Set<String> {
    Set([engine].compactMap(\.self) + identicalEngines + passageEngines)
  }
}

extension Cell {
  /// The engines there are, by the names that `pseries --engine` takes.
  public static let engineNames = ["interpreter", "jit"]

  /// Cells under each of some engines, in place of those that the suite names; what compares
  /// engines stays as it is.
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

/// What is booted. Without a kernel it is the guest that `pseries` carries.
public struct Guest: Sendable, Equatable {
  public var name: String
  public var kernel: String?
  public var initrd: String?
  public var commandLine: String?
  /// What the user can do when a file is not there.
  public var remedy: String?

  public var files: [String] { [kernel, initrd].compactMap(\.self) }
}

/// One step of a console script: wait for a text, pause, then send a text to the guest and a command
/// to the control socket. Each may be missing.
public struct Step: Sendable {
  public var wait: Pattern?
  /// Seconds, for a guest that drops what is typed while it is not looking.
  public var pause = 0.0
  public var send: String?
  /// A command as `pseries control` takes it: its name and arguments, with blanks between.
  public var control: String?
}
