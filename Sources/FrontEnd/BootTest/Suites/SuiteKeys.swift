/// A key of a mapping in a suite file.
public struct SuiteKey: Sendable {
  /// The key.
  public let name: String
  /// What its value is.
  public let value: SuiteValue
  /// What it does, as the end of a sentence.
  public let effect: String
  /// Whether the mapping must have it.
  public let isRequired: Bool

  init(_ name: String, _ value: SuiteValue, _ effect: String, isRequired: Bool = false) {
    (self.name, self.value, self.effect) = (name, value, effect)
    self.isRequired = isRequired
  }
}

/// What a value in a suite file may be.
public indirect enum SuiteValue: Sendable {
  case text
  /// Relative to the folder of the suite file.
  case path
  /// A literal text, or a regular expression between slashes.
  case pattern
  case seconds
  case boolean
  case number(ClosedRange<Int>)
  /// One of some words.
  case word([String])
  case list(SuiteValue)
  /// A mapping with fixed keys.
  case mapping(SuiteMapping)
  /// A mapping whose keys are names that the suite chooses, or those of a kind.
  case named(String, SuiteValue)
  /// The value itself, or a list of such values.
  case oneOrMore(SuiteValue)
  case either(SuiteValue, SuiteValue)
}

/// A mapping of a suite file: the reader accepts these keys and no others.
public struct SuiteMapping: Sendable {
  /// The title of its part of the reference.
  public let title: String
  /// Its keys, in the order of the reference.
  public let keys: [SuiteKey]
}

extension SuiteMapping {
  /// Every mapping with fixed keys.
  public static let all: [SuiteMapping] = [suite, guest, disk, test, saves, step, rejection]

  static let suite = SuiteMapping(
    title: "A suite",
    keys: [
      SuiteKey("suite", .text, "names the suite (default: the file's name)"),
      SuiteKey("deadline", .seconds, "limits each run (default: 120)"),
      SuiteKey("options", .list(.text), "are further arguments of `pseries`"),
      SuiteKey(
        "engines", .list(.word(Cell.engineNames)), "make a cell of each test for each engine"),
      SuiteKey(
        "levels", .named("level", .named("value", .text)),
        "have values by level, which the texts of tests use as `${name}`"),
      SuiteKey("guests", .named("guest", .mapping(guest)), "are what is booted", isRequired: true),
      SuiteKey("tests", .named("test", .mapping(test)), "are what is run", isRequired: true),
    ])

  static let guest = SuiteMapping(
    title: "A guest",
    keys: [
      SuiteKey("kernel", .oneOrMore(.path), "is the kernel; of a list, the first that exists"),
      SuiteKey("initrd", .oneOrMore(.path), "is its RAM disk; of a list, the first that exists"),
      SuiteKey(
        "disk", .either(.oneOrMore(.path), .mapping(disk)),
        "is the disk from which it boots, or that its kernel has; changes are forgotten"),
      SuiteKey("append", .text, "is the kernel's command line"),
      SuiteKey("missing", .text, "is how to get a missing file"),
    ])

  static let disk = SuiteMapping(
    title: "A disk",
    keys: [
      SuiteKey("file", .oneOrMore(.path), "is the image", isRequired: true),
      SuiteKey("bus", .text, "is what `pseries --disk` calls the bus"),
      SuiteKey("format", .text, "is the image's format (default: by the file's name)"),
      SuiteKey("read-only", .boolean, "makes the disk read-only for the guest"),
    ])

  static let test = SuiteMapping(
    title: "A test",
    keys: [
      SuiteKey("guest", .text, "names the guest", isRequired: true),
      SuiteKey(
        "matrix", .named("processor", .named("compat", .text)),
        "has for each `--cpu` and `--compat` the level that the guest must have", isRequired: true),
      SuiteKey("options", .list(.text), "are further arguments of `pseries`"),
      SuiteKey("append", .text, "is appended to the guest's command line"),
      SuiteKey("expect", .list(.pattern), "must come in the console's output"),
      SuiteKey("forbid", .list(.pattern), "must not come in it"),
      SuiteKey("allow", .list(.pattern), "match lines that would be forbidden and are harmless"),
      SuiteKey(
        "features", .named(Feature.allCases.map(\.rawValue).joined(separator: ", "), .text),
        "are what the guest must report of itself"),
      SuiteKey("probes", .path, "is a table of instructions, and what executing them must give"),
      SuiteKey("script", .list(.mapping(step)), "is typed and sent while the guest runs"),
      SuiteKey(
        "refused", .oneOrMore(.mapping(rejection)), "must be rejected in problem state"),
      SuiteKey("exit", .number(0...255), "is the exit status of `pseries` (default: 0)"),
      SuiteKey(
        "done", .word(RunEnd.allCases.map(\.rawValue)),
        "is when the run is over: at the machine's `end` (default), or as soon as everything "
          + "`expected` has come, for a guest that stays at its prompt"),
      SuiteKey("deadline", .seconds, "limits each run (default: the suite's)"),
      SuiteKey(
        "engines", .list(.word(Cell.engineNames)), "make a cell for each engine"),
      SuiteKey("identical-runs", .number(1...100), "must print the same bytes"),
      SuiteKey(
        "identical-engines", .list(.word(Cell.engineNames)),
        "must print the same bytes, in a run each"),
      SuiteKey("saves", .mapping(saves), "saves and restores the guest at random points"),
    ])

  static let saves = SuiteMapping(
    title: "Saves",
    keys: [
      SuiteKey("points", .number(1...10_000), "is the number of points", isRequired: true),
      SuiteKey("on", .list(.text), "are processors on which it is restored, besides its own"),
      SuiteKey("varies", .list(.pattern), "match lines that may differ on another processor"),
      SuiteKey(
        "engines", .list(.word(Cell.engineNames)), "are engines between which it moves at random"),
    ])

  static let step = SuiteMapping(
    title: "A step of a script",
    keys: [
      SuiteKey("wait", .pattern, "must come first"),
      SuiteKey("pause", .seconds, "pass then"),
      SuiteKey("send", .text, "is typed then"),
      SuiteKey("control", .text, "is sent then as a command of `pseries control`"),
    ])

  static let rejection = SuiteMapping(
    title: "A rejected instruction",
    keys: [
      SuiteKey(
        "instruction", .text, "is its mnemonic, and the register of a move: `mtspr TAR`",
        isRequired: true),
      SuiteKey("level", .text, "is the ISA version that introduced it"),
      SuiteKey("in-force", .text, "is the active level"),
      SuiteKey("program", .text, "is the program that executed it"),
    ])
}

extension SuiteValue: CustomStringConvertible {
  /// In words, for the reference.
  public var description: String {
    switch self {
    case .text: "text"
    case .path: "path"
    case .pattern: "text or `/expression/`"
    case .seconds: "seconds"
    case .boolean: "`true` or `false`"
    case .number(let range): "number, \(range.lowerBound) to \(range.upperBound)"
    case .word(let words): words.map { "`\($0)`" }.joined(separator: " or ")
    case .list(let value): "list: \(value)"
    case .mapping(let mapping): "mapping: *\(mapping.title)*"
    case .named(let key, let value): "mapping by \(key): \(value)"
    case .oneOrMore(let value): "\(value), or a list"
    case .either(let value, let other): "\(value); or \(other)"
    }
  }
}

extension SuiteMapping {
  /// The reference of a mapping, as a table of Markdown.
  public var reference: String {
    let rows = keys.map { key in
      "| `\(key.name)` | \(key.value)\(key.isRequired ? "; required" : "") | \(key.effect) |\n"
    }
    return "### \(title)\n\n| key | value | effect |\n| --- | --- | --- |\n" + rows.joined()
  }
}
