public import ArgumentParser
public import BootTest
import MachineOptions
import PowerISA

extension RunEnd: ExpressibleByArgument {}

/// A guest and what it must do, in place of a suite file.
struct SuiteGuestOptions: ParsableArguments {
  @Option(help: "The kernel, for a run without a suite file.", completion: .file())
  var kernel: String?

  @Option(help: "Its RAM disk.", completion: .file())
  var initrd: String?

  @Option(
    help: "The disk from which the guest boots; its changes are forgotten.", completion: .file())
  var disk: String?

  @Option(help: "The kernel's command line.")
  var append: String?

  @Option(help: "A processor; may be repeated (default: power9).")
  var cpu: [ProcessorName] = []

  @Option(
    help: """
      A limit of the level, none or all; may be repeated. Processors without the level are left \
      out (default: none).
      """)
  var compat: [LevelChoice] = []

  @Option(
    help:
      "A text that must come in the console's output, or a /regular expression/; may be repeated.")
  var expect: [String] = []

  @Option(help: "A text that must not come; may be repeated.")
  var forbid: [String] = []

  @Option(help: "When a run is over: at the machine's end, or when everything expected has come.")
  var done: RunEnd = .end

  @Option(help: "Seconds for each run.")
  var deadline: Double = 120

  @Option(
    name: .customLong("option"), parsing: .unconditionalSingleValue,
    help: "A further argument of pseries: --option=--memory --option=2G; may be repeated.")
  var options: [String] = []

  /// Whether the user described a guest.
  var isGiven: Bool { kernel != nil || disk != nil || !cpu.isEmpty || !compat.isEmpty }

  func validate() throws {
    guard deadline > 0, deadline < 1e6 else {
      throw ValidationError("--deadline must be a number of seconds.")
    }
    if done == .expected, expect.isEmpty {
      throw ValidationError("--done expected needs --expect")
    }
  }

  /// - Throws: when no processor has any of the levels.
  func draft() throws -> SuiteDraft {
    let processors = cpu.isEmpty ? ["power9"] : cpu.map(\.processor.name)
    let matrix: [(processor: String, levels: [String])] = processors.compactMap { name in
      let levels = ProcessorModel.named(name)?.levels.map { range in
        CompatibilityLevel.allCases.filter(range.contains)
      }
      let own = cpu.first { $0.processor.name == name }?.compat.map { [LevelChoice.limit($0)] }
      var chosen: [String] = []
      for choice in own ?? (compat.isEmpty ? [.limit(LevelName(argument: "none"))] : compat) {
        let names: [String] =
          switch choice {
          case .all: ["none"] + (levels ?? []).map(\.name)
          case .limit(let limit):
            limit?.level.map { level in (levels ?? []).contains(level) ? [level.name] : [] } ?? [
              "none"
            ]
          }
        chosen += names.filter { !chosen.contains($0) }
      }
      return chosen.isEmpty ? nil : (name, chosen)
    }
    guard !matrix.isEmpty else {
      throw CommandError.usage("none of the processors (--cpu) has one of the levels (--compat)")
    }
    var draft = SuiteDraft(matrix: matrix)
    (draft.kernel, draft.initrd, draft.disk, draft.commandLine) = (kernel, initrd, disk, append)
    (draft.expected, draft.forbidden, draft.options) = (expect, forbid, options)
    (draft.completion, draft.deadline) = (done, deadline)
    return draft
  }
}

/// A limit of the level, or every one that a processor has.
enum LevelChoice: ExpressibleByArgument {
  case all
  case limit(LevelName?)

  init?(argument: String) {
    if argument == "all" { self = .all; return }
    guard let level = LevelName(argument: argument) else { return nil }
    self = .limit(level)
  }

  static var allValueStrings: [String] { LevelName.allValueStrings + ["all"] }
}
