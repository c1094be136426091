internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineOptions

/// What executes instructions, and what it reports.
struct EngineOptions: ParsableArguments {
  @Option(
    help: """
      The engine: interpreter, jit (translates hot code to host code) or auto, which is jit if \
      available. Audits and instruction traces run in the interpreter.
      """)
  var engine = MachineEngine.auto

  @Flag(
    name: .customLong("jit-stats"),
    help: """
      Print the translator's statistics at the end, and the instructions with the most helper \
      calls. Prints nothing without a translator.
      """)
  var jitStatistics = false

  @Option(
    help: ArgumentHelp(
      """
      Keep translated code in this folder, and use what earlier runs of the same program have kept \
      there. Give it only to guests that trust each other.
      """, valueName: "folder"))
  var codeCache: String?

  @Flag(name: .customLong("jit-map"), help: "Write /tmp/perf-PID.map, for Linux perf.")
  var jitMap = false

  @Option(
    name: .customLong("jit-dump"),
    help: ArgumentHelp(
      "Print guest code with its host code for these effective addresses, in hexadecimal.",
      valueName: "first[-last]"))
  var jitDump: String?

  /// The addresses of ``jitDump``.
  private var dumped: ClosedRange<UInt64>? {
    guard let jitDump else { return nil }
    let ends = jitDump.split(separator: "-", omittingEmptySubsequences: false).map { text in
      UInt64(hexadecimal: text) ?? UInt64(hexDigits: text)
    }
    guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
      first <= last
    else { return nil }
    return first...last
  }

  func validate() throws {
    if let jitDump, dumped == nil {
      throw ValidationError("--jit-dump: '\(jitDump)' is not an address, or first-last")
    }
  }

  /// Opens the map, if one is wanted.
  func map() throws(CommandError) -> Int32? {
    guard jitMap else { return nil }
    let path = "/tmp/perf-\(getpid()).map"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw CommandError("\(path): cannot be written (errno \(errno))") }
    return file
  }

  /// Opens the folder for translated code, if one is named.
  func openCodeCache() throws(CommandError) -> CodeCache? {
    guard let codeCache else { return nil }
    guard engine != .interpreter else {
      throw .usage("--code-cache: the interpreter translates nothing")
    }
    do { return try CodeCache(folder: codeCache) } catch {
      throw CommandError("--code-cache: \(error)")
    }
  }

  /// Adds what they say to a machine.
  /// - Parameter map: the descriptor of the map, if one is wanted.
  func apply(to configuration: inout MachineConfiguration, _ map: Int32?) {
    configuration.engine = engine
    configuration.engineObservation.listings = dumped
    configuration.engineObservation.listing = { Report.write($0 + "\n") }
    guard let map else { return }
    configuration.engineObservation.map = { line in
      let bytes = Array(line.utf8)
      // A line less in a map of names is no reason to stop a guest.
      _ = write(map, bytes, bytes.count)
    }
  }
}
