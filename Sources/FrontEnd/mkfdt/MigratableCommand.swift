internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import HostSupport
internal import JSON
internal import MigrationCompatibility
internal import MachineDescription
internal import PlatformTree
internal import PowerISA
internal import ProcessorCatalog
internal import SavedState

struct MigratableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migratable",
    abstract: "Check whether running guests can move from one machine to another.",
    discussion: """
      Each side is a processor, alone or with a level (that of the guest, or the limit of the \
      destination), or a file: a tree, libvirt's domain XML, or for the source a saved state. A \
      domain without a level is taken to run on the newest processor.
      A guest may move when it runs at a level that the destination has too, or without a level to \
      a processor of the same kind, and when the destination has every capability that the guest's \
      tree advertised.
      With several sources or destinations the answer is a table, and the reason for each no.
      Exit status: 0 yes, of all; 1 no or not readable; 2 wrong usage.

      Examples:
        mkfdt migratable --from power9:compat=power8 --to power8
        mkfdt migratable --from guest.dtb --to host.dtb
        mkfdt migratable guest.state power10
        mkfdt migratable domains/*.xml --to power9 --to power10:compat=power9
      """)

  @Option(
    help: ArgumentHelp(
      "The machine on which the guest runs; may be repeated.",
      valueName: "cpu[:compat=level]|file"))
  var from: [String] = []

  @Option(
    help: ArgumentHelp("The destination; may be repeated.", valueName: "cpu[:compat=level]|file"))
  var to: [String] = []

  @Argument(
    help: "Source and destination, without the options; with --to alone, sources.")
  var ends: [String] = []

  @OptionGroup var answer: AnswerOptions

  func run() throws {
    let (guests, destinations) = try named()
    let machines = try destinations.map { try machine($0) }
    var table = MigrationTable(destinations: destinations)
    for guest in guests {
      let source = try end(guest)
      do throws(MachineDescriptionError) {
        var answers: [MigrationAnswer] = []
        for machine in machines { answers.append(try MigrationAnswer(from: source, to: machine)) }
        table.rows.append(.init(guest: guest, answers: answers))
      } catch {
        throw CommandError("\(guest): \(error)")
      }
    }
    let isPair = guests.count == 1 && destinations.count == 1
    let text =
      if isPair {
        answer.isJSON ? table.rows[0].answers[0].json.text() : table.rows[0].answers[0].text
      } else {
        answer.isJSON ? table.json.text(lines: 3) : table.text
      }
    try Files.writeToStandardOutput(Array(text.utf8))
    if !table.isAllowed { throw ExitCode(1) }
  }

  /// The names of the guests, and of the destinations.
  private func named() throws(CommandError) -> ([String], [String]) {
    if ends.isEmpty, !from.isEmpty, !to.isEmpty { return (from, to) }
    if !ends.isEmpty, from.isEmpty, !to.isEmpty { return (ends, to) }
    if ends.count == 2, from.isEmpty, to.isEmpty { return ([ends[0]], [ends[1]]) }
    throw .usage(
      "migratable: what --from and --to name, two arguments in their place, or sources and --to")
  }

  private func machine(_ text: String) throws(CommandError) -> MigrationEnd {
    let destination = try end(text)
    if case .state = destination {
      throw .usage("--to: \(text) is a saved guest, and no machine")
    }
    return destination
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
    let isDomain = start.first == UInt8(ascii: "<")
    let limit = isDomain ? InputLimit.text : InputLimit.tree
    let bytes: [UInt8]
    do throws(InputError) {
      bytes = start + (try file.contents(limit: limit - start.count))
    } catch {
      throw CommandError(error)
    }
    if isDomain { return try domain(bytes, path) }
    return try tree(Files.tree(bytes, of: path).tree, path)
  }

  private func tree(_ tree: DeviceTree, _ path: String) throws(CommandError) -> MigrationEnd {
    do {
      return .tree(tree, try MigrationProcessor(tree))
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  /// The machine that a domain describes, without other options.
  private func domain(_ bytes: [UInt8], _ path: String) throws(CommandError) -> MigrationEnd {
    let built: DeviceTree
    do {
      var options = try MachineOptions.parse([])
      options.domain = path
      let machine = try options.resolved(domain: bytes).description
      built = try PlatformTree.build(machine, served: ServedCalls(for: machine))
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError("\(path): \(error)")
    }
    return try tree(built, path)
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
