import HostSupport
import SystemPackage

/// A suite of one guest and one test, as the command line describes it.
public struct SuiteDraft: Sendable {
  /// The path of the kernel, or nil.
  public var kernel: String?
  /// The path of the RAM disk, or nil.
  public var initrd: String?
  /// The path of the disk, or nil.
  public var disk: String?
  /// The kernel's command line, or nil.
  public var commandLine: String?
  /// Processors and levels, in the order of the cells.
  public var matrix: [(processor: String, levels: [String])]
  /// Patterns that must come.
  public var expected: [String] = []
  /// Patterns that must not come.
  public var forbidden: [String] = []
  /// Further arguments of `pseries`.
  public var options: [String] = []
  /// When a run is over.
  public var completion = RunEnd.end
  /// Seconds.
  public var deadline = 120.0

  /// A suite for some processors and levels.
  public init(matrix: [(processor: String, levels: [String])]) { self.matrix = matrix }

  /// The suite file, with comments for the user who continues it.
  public var text: String {
    var lines = [
      "# boot-test run THIS-FILE boots the guest on each processor at each level. 'boot-test keys' lists all keys.",
      "deadline: \(decimal(deadline))",
    ]
    if !options.isEmpty { lines.append("options: \(Self.list(options))") }
    lines += [
      "", "guests:", "  guest:" + (hasGuestFiles ? "" : " {}  # the guest that pseries carries"),
    ]
    for (key, value) in [
      ("kernel", kernel), ("initrd", initrd), ("disk", disk), ("append", commandLine),
    ] {
      if let value { lines.append("    \(key): \(Self.quoted(value))") }
    }
    lines += [
      "", "tests:", "  boot:", "    guest: guest",
      "    # Processor, and for each limit of the level the name by which texts use it: ${level}.",
      "    matrix:",
    ]
    for (processor, levels) in matrix {
      let pairs = levels.map { "\($0): \($0 == "none" ? processor : $0)" }
      lines.append("      \(processor): {\(pairs.joined(separator: ", "))}")
    }
    lines.append(
      "    # Texts, or regular expressions between slashes. Panics, oopses and lock-ups fail a run in any case."
    )
    lines.append("    expect: \(Self.list(expected))")
    if !forbidden.isEmpty { lines.append("    forbid: \(Self.list(forbidden))") }
    lines.append(
      "    done: \(completion.rawValue)  # end: the machine's end; expected: when everything expected has come"
    )
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes the suite file, which must not exist.
  public func write(to file: String) throws(SuiteError) {
    let folder = FilePath(file).removingLastComponent()
    var draft = self
    if !folder.isEmpty {
      // Paths in a suite are relative to its folder.
      draft.kernel = kernel.map(Self.absolute)
      draft.initrd = initrd.map(Self.absolute)
      draft.disk = disk.map(Self.absolute)
    }
    do throws(Errno) { try TextFile.write(draft.text, to: file, isNew: true) } catch {
      throw SuiteError(file, nil, "cannot be written: \(HostError.text(error.rawValue))")
    }
  }

  private static func absolute(_ path: String) -> String {
    guard let current = HostProcess.workingFolder else { return path }
    return FilePath(current).pushing(FilePath(path)).lexicallyNormalized().string
  }

  /// The suite.
  public func suite() throws(SuiteError) -> Suite {
    var suite = try SuiteReader.parse(text, file: "")
    suite.name = "command-line"
    return suite
  }

  private var hasGuestFiles: Bool {
    kernel != nil || initrd != nil || disk != nil || commandLine != nil
  }

  private static func list(_ texts: [String]) -> String {
    "[\(texts.map(quoted).joined(separator: ", "))]"
  }

  /// A double-quoted text of YAML.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
