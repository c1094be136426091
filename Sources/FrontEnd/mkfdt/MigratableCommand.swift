internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import HostSupport
internal import JSON
internal import MigrationCompatibility
internal import MachineDescription
internal import PowerISA
internal import ProcessorCatalog
internal import SavedState

struct MigratableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migratable",
    abstract: "Check whether a running guest can move from one machine to another.",
    discussion: """
      Each side is a processor, alone or with a level (that of the guest, or the limit of the \
      destination), or a file: a tree, or for the source a saved state.
      A guest may move when it runs at a level that the destination has too, or without a level to \
      a processor of the same kind, and when the destination has every capability that the guest's \
      tree advertised.
      Exit status: 0 yes, 1 no or not readable, 2 wrong usage.

      Examples:
        mkfdt migratable --from power9:compat=power8 --to power8
        mkfdt migratable --from guest.dtb --to host.dtb
        mkfdt migratable guest.state power10
      """)

  @Option(
    help: ArgumentHelp("The machine on which the guest runs.", valueName: "cpu[:compat=level]|file")
  )
  var from: String?

  @Option(help: ArgumentHelp("The destination.", valueName: "cpu[:compat=level]|file"))
  var to: String?

  @Argument(help: "Source and destination, without the options.") var ends: [String] = []

  @OptionGroup var answer: AnswerOptions

  func run() throws {
    let named = [from, to].compactMap { $0 } + ends
    guard named.count == 2, ends.isEmpty || ends.count == 2 else {
      throw CommandError.usage(
        "migratable: what --from and --to name, or two arguments in their place")
    }
    let (source, destination) = (try end(named[0]), try end(named[1]))
    if case .state = destination {
      throw CommandError.usage("--to: \(named[1]) is a saved guest, and no machine")
    }
    let verdict: MigrationAnswer
    do throws(MachineDescriptionError) {
      verdict = try MigrationAnswer(from: source, to: destination)
    } catch {
      throw CommandError("\(named[0]): \(error)")
    }
    let text = answer.isJSON ? verdict.json.text() : verdict.text
    try Files.writeToStandardOutput(Array(text.utf8))
    if !verdict.isAllowed { throw ExitCode(1) }
  }

  private func end(_ text: String) throws(CommandError) -> MigrationEnd {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let model = ProcessorModel.named(parts[0].lowercased()) else { return try file(text) }
    guard parts.count > 1 else { return .processor(MigrationProcessor(model: model)) }
    guard parts[1].hasPrefix("compat="),
      let level = LevelName(argument: String(parts[1].dropFirst(7)))
    else {
      throw .usage(
        "'\(text)' is not \(parts[0]):compat=LEVEL with one of the levels "
          + LevelName.allValueStrings.joined(separator: ", "))
    }
    if let level = level.level, !model.supports(level) {
      throw .usage("'\(text)': \(model.name) does not have the level \(level)")
    }
    return .processor(MigrationProcessor(model: model, level: level.level))
  }

  private func file(_ path: String) throws(CommandError) -> MigrationEnd {
    guard path.contains("/") || path.contains(".") || path == "-" || Files.exists(path) else {
      if let chip = RecognizedProcessor.named(path) {
        throw .usage("'\(path)' is a \(chip.family) processor, of which this package has no model")
      }
      throw .usage(
        "'\(path)' is neither a file nor a processor; there are "
          + ProcessorModel.all.map(\.name).joined(separator: ", "))
    }
    if InputFolder.exists(path) { return try tree(Files.readTree(path), path) }
    let (file, start) = try opened(path)
    if start == StateWriter.magic { return .state(try head(file, path)) }
    let bytes: [UInt8]
    do throws(InputError) {
      bytes = start + (try file.contents(limit: InputLimit.tree - start.count))
    } catch {
      throw CommandError(error)
    }
    return try tree(Files.tree(bytes, of: path).tree, path)
  }

  private func tree(_ tree: DeviceTree, _ path: String) throws(CommandError) -> MigrationEnd {
    do {
      return .tree(tree, try MigrationProcessor(tree))
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  /// A file and its first bytes, which say whether it is a saved state.
  private func opened(_ path: String) throws(CommandError) -> (InputFile, [UInt8]) {
    do throws(InputError) {
      let file = try InputFile(opening: path)
      return (file, try file.read(StateWriter.magic.count))
    } catch {
      throw CommandError(error)
    }
  }

  /// The beginning of a saved state, whose magic has been read.
  private func head(_ file: InputFile, _ path: String) throws(CommandError) -> StateHead {
    var start = StateWriter.magic
    do throws(StateError) {
      let source: StateReader.Source = { count throws(StateError) in
        defer { start = Array(start.dropFirst(count)) }
        guard count > start.count else { return Array(start.prefix(count)) }
        do throws(InputError) { return start + (try file.read(count - start.count)) } catch {
          throw StateError(.input(error.explanation), at: 0)
        }
      }
      var reader = try StateReader(ofMachine: source, known: StateSection.head)
      return try StateHead(from: &reader)
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }
}

extension MigrationAnswer {
  fileprivate var json: JSONValue {
    [
      "migratable": .bool(isAllowed), "reason": .string(verdict.reason),
      "missing-capabilities": .array(
        missing.map {
          [
            "name": .string($0.name), "advertised": .array($0.advertised.map { .string($0) }),
            "available": .array($0.available.map { .string($0) }),
          ]
        }),
      "level": helpfulLevel.map { .string($0.name) },
      "obstacle": obstacle.map { .string($0) },
    ]
  }

  /// The answer with its reason on the first line, then what is missing, a line each, then what
  /// would help.
  fileprivate var text: String {
    if isAllowed { return "yes: \(verdict.reason)\n" }
    var lines: [String]
    if missing.isEmpty {
      lines = ["no: \(verdict.reason)"]
    } else {
      let what = missing.count == 1 ? "one capability" : "\(missing.count) capabilities"
      lines = ["no: the destination lacks \(what) that the guest's tree advertises"]
      lines += missing.map { "  \($0)" }
    }
    lines.append(
      helpfulLevel.map { "at level \($0) it could move" }
        ?? "at no level it could move" + (obstacle.map { ": \($0)" } ?? ""))
    return lines.map { $0 + "\n" }.joined()
  }
}
