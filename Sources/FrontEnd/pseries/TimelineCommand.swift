internal import ArgumentParser
internal import HostSupport
internal import MachineOptions
internal import Traces

struct TimelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "Summarize a trace: phases, calls with their times, processors, events by time.",
    discussion: """
      It reads what `--trace-format json` and `--trace-format chrome` write. A hypercall may contain \
      an RTAS call, whose time is then in both.

      Examples:
        pseries --kernel vmlinux --trace client,hcall,rtas \\
            --trace-format json --trace-file boot.jsonl
        pseries timeline boot.jsonl
        pseries timeline boot.jsonl --svg boot.svg

      Exit status: 0 done, 1 the file cannot be read or is damaged; the message names the line.
      """)

  @Argument(help: "The trace; - is standard input.") var file: String

  @Option(help: ArgumentHelp("Also write a drawing.", valueName: "file")) var svg: String?

  func run() throws {
    Interruption.install()
    if let svg { try Files.checkWritable(svg) }
    let summary = try Self.summary(of: file)
    if let svg { try Files.write(Array(summary.drawing(file: file).utf8), to: svg) }
    try Files.writeToStandardOutput(Array(summary.text(file: file.printable).utf8))
  }

  private static func summary(of path: String) throws(CommandError) -> TraceSummary {
    let input: InputFile
    do throws(InputError) { input = try InputFile(opening: path) } catch {
      throw CommandError(error)
    }
    var reader = TraceReader(input)
    do throws(TraceError) {
      return try TraceSummary(&reader)
    } catch {
      throw CommandError("\(error)")
    }
  }
}
