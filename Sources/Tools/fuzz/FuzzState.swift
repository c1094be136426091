import ArgumentParser
import Glibc
import HostSupport
import Machine
import MigrationCompatibility
import MachineDescription
import PowerISA
import SavedState

/// Saved states, damaged as files are and as no file is: with checksums that agree.
///
/// Every state is refused with the section and the offset, or restored and run on for a while.
struct FuzzState: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state",
    abstract: "Saved states of the test guest and of files, restored and run on.")

  /// Bytes that the process may have had in memory at most, with every machine it made.
  private static let residentLimit = 2 << 30
  /// Instructions that a restored guest runs for.
  private static let instructions: UInt64 = 3000

  @OptionGroup var options: FuzzOptions

  @Option(help: "The format of the states: 1 or 2. Default: both.")
  var format: UInt32?

  @Argument(help: "Files with states to change besides.")
  var files: [String] = []

  func run() throws {
    let saved = try files.map {
      try SavedSections(InputFile(opening: $0).contents(limit: 64 << 20))
    }
    let seeds = try (Self.seeds() + saved).filter { format == nil || $0.format == format }
    guard !seeds.isEmpty else { throw ValidationError("no state is of this format") }
    try options.run("state") { generator in
      let input = Self.input(seeds, &generator)
      return Self.exercise(input, &generator)
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let resident = usage.ru_maxrss << 10
    print("  at most \(resident >> 20) MiB of memory")
    if resident > Self.residentLimit { throw ExitCode.failure }
  }

  // MARK: one input

  /// A state that is damaged, or changed with checksums that agree.
  static func input(_ seeds: [SavedSections], _ generator: inout InputGenerator) -> [UInt8] {
    let seed = seeds[generator.below(seeds.count)]
    return switch generator.below(10) {
    case 0: generator.mutate(seed.bytes)
    case 1: Array(seed.bytes.prefix(generator.below(seed.bytes.count)))
    case 2: generator.splice(seed.bytes, seeds[generator.below(seeds.count)].bytes)
    case 3, 4: generator.rearrange(seed, seeds[generator.below(seeds.count)])
    default: generator.changeFields(seed)
    }
  }

  private static func exercise(_ input: [UInt8], _ generator: inout InputGenerator) -> String? {
    do throws(StateError) {
      guard let machine = try restored(input) else { return "refused: no such machine" }
      let count = machine.instructionCount
      // Saving looks at all of the memory.
      if machine.description.memory <= 1 << 30, generator.below(8) == 0 {
        var again: [UInt8] = []
        try machine.save { bytes throws(StateError) in again += bytes }
        do throws(StateError) {
          // A tree may have been changed to show what no machine has.
          guard let copy = try restored(again) else { return "restored, with another tree" }
          guard copy.instructionCount == count else { return nil }
        } catch {
          print("  what was saved again: \(error)")
          return nil
        }
      }
      machine.pauseAt = count &+ instructions
      _ = machine.run()
      return "restored"
    } catch {
      guard isExplained(error, input) else {
        print("  \(error)")
        return nil
      }
      return "refused: \(kind(of: error.reason))"
    }
  }

  /// A machine with the state; nil when the description is sound but nothing the host can make.
  private static func restored(_ input: [UInt8]) throws(StateError) -> PowerMachine? {
    let saved = try SavedMachine(from: StateReader.source(of: input))
    guard let description = try? saved.head.destination() else { return nil }
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = saved.head.isDeterministic
    configuration.allowsRestart = false
    configuration.timeout = 5
    guard
      let machine = try? PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    else { return nil }
    try machine.restore(saved)
    return machine
  }

  private static func isExplained(_ error: StateError, _ input: [UInt8]) -> Bool {
    guard error.offset <= input.count, !"\(error)".isEmpty else { return false }
    switch error.reason {
    case .foreign, .format, .truncated, .section: return true
    default: return !error.place.isEmpty
    }
  }

  private static func kind(of reason: StateError.Reason) -> String {
    switch reason {
    case .foreign: "foreign"
    case .format: "format"
    case .truncated: "truncated"
    case .damaged: "damaged"
    case .section: "section"
    case .version: "version"
    case .field: "field"
    case .unknownField: "unknown field"
    case .value: "value"
    case .tooLarge: "too large"
    case .input: "input"
    }
  }

  // MARK: seeds

  /// The test guest at some points, with one processor and two, with a level and without, in streams
  /// of every version that can have it.
  static func seeds() throws -> [SavedSections] {
    var seeds: [SavedSections] = []
    let machines: [(ProcessorModel, CompatibilityLevel?)] = [
      (.power8, nil), (.power9, .power8), (.power10, nil), (.power7, .power6),
    ]
    for (processor, level) in machines {
      // Before it has run, before it negotiates, after that, and translating addresses.
      for (processors, pause) in [(1, UInt64(0)), (2, 2000), (2, 80_000), (1, 100_000)] {
        var description = MachineDescription(
          processor: processor, topology: try ProcessorTopology(processors: processors),
          memory: MachineDescription.memoryBlock)
        description.maximumLevel = level
        var configuration = MachineConfiguration(description: description)
        configuration.isDeterministic = true
        configuration.pauseAt = pause
        let machine = try PowerMachine(
          configuration, console: HostConsole(input: -1, output: -1))
        try machine.powerOn()
        _ = machine.run()
        for version in MachineVersion.allCases where (try? machine.head.check(version)) != nil {
          var bytes: [UInt8] = []
          try machine.save(version: version) { bytes += $0 }
          seeds.append(try SavedSections(bytes))
        }
      }
    }
    return seeds
  }
}
