public import ArgumentParser
internal import CallInterface
internal import HostSupport
internal import Machine
internal import MachineOptions
internal import OpenFirmware
internal import PowerISA
public import Traces

/// What can be traced.
enum TraceSubject: String, CaseIterable, ExpressibleByArgument {
  case hcall, rtas, client, cas, interrupt, instruction
}

/// A list of subjects with commas between.
struct TraceSubjects: ExpressibleByArgument {
  var subjects: Set<TraceSubject> = []

  init?(argument: String) {
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let subject = TraceSubject(rawValue: String(name)) else { return nil }
      subjects.insert(subject)
    }
  }

  static var allValueStrings: [String] { TraceSubject.allCases.map(\.rawValue) }
}

extension TraceFormat: ExpressibleByArgument {}

/// What is traced, and where it goes.
struct TraceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The subjects to trace, separated by commas.", valueName: "subjects"))
  var trace: TraceSubjects?

  @Option(
    help: ArgumentHelp("The file for the trace. Default: standard error.", valueName: "file"))
  var traceFile: String?

  @Option(
    help: """
      The form of the trace: lines for people, JSON Lines with times and durations, or the trace \
      event format of Chrome and Perfetto. `pseries timeline` reads the last two.
      """)
  var traceFormat = TraceFormat.text

  /// The sink of a trace, with the observers that write to it; nil when nothing is traced.
  func sink(
    for observers: inout MachineObservers, _ failed: @escaping (CommandError) -> Void
  ) throws(CommandError) -> TraceSink? {
    let subjects = trace?.subjects ?? []
    if subjects.isEmpty {
      if traceFile != nil { throw .usage("--trace-file: there is no --trace") }
      if traceFormat != .text { throw .usage("--trace-format: there is no --trace") }
      return nil
    }
    if traceFile == nil, traceFormat.isForPrograms {
      // Messages go there too.
      throw .usage("--trace-format \(traceFormat.rawValue): --trace-file is missing")
    }
    let sink = try TraceSink(traceFormat, path: traceFile, failed)
    add(subjects, to: &observers, sink)
    return sink
  }

  private func add(
    _ subjects: Set<TraceSubject>, to observers: inout MachineObservers, _ sink: TraceSink
  ) {
    observers.start = { entry, kernel in
      let range = "\(kernel.lowerBound.hexadecimal()) to \(kernel.upperBound.hexadecimal())"
      sink.write {
        TraceEvent(.start, "start", at: $0, detail: "at \(entry), the kernel at \(range)")
      }
    }
    if subjects.contains(.hcall) {
      observers.hypercall = { call in sink.write { TraceEvent(.hcall, call, at: $0) } }
    }
    if subjects.contains(.rtas) {
      observers.rtas = { call in sink.write { TraceEvent(.rtas, call, at: $0) } }
    }
    if subjects.contains(.client) {
      observers.client = { traced in
        sink.write { TraceEvent(.client, traced.call, at: $0, detail: traced.note) }
      }
    }
    if subjects.contains(.cas) {
      observers.negotiation = { text in
        for step in text.split(separator: "\n") {
          sink.write { TraceEvent(.cas, String(step), at: $0) }
        }
      }
    }
    if subjects.contains(.interrupt) {
      observers.interrupt = { vector, address, status in
        sink.write {
          var event = TraceEvent(.interrupt, "\(vector)", at: $0)
          event.arguments = [address, status]
          return event
        }
      }
    }
    if subjects.contains(.instruction) {
      let table = InstructionTable.table(for: .v3_1)
      observers.instruction = { place, address, instruction in
        let text = table.text(of: instruction, at: address, style: .extended)
        let mnemonic = String(text.prefix { $0 != " " })
        sink.write { TraceEvent(.instruction, mnemonic, at: $0, detail: "\(place) \(text)") }
      }
    }
  }
}

/// Where a trace goes. It holds a part of the text, of whole events.
final class TraceSink: @unchecked Sendable {
  // Safety: only the thread that runs the machine writes.

  /// nil for standard error.
  private let file: OutputStream?
  private var writer: TraceWriter
  private var buffer: String
  private let failed: (CommandError) -> Void
  private var isClosed = false
  /// The time of an event; all zeros before the machine is there.
  private var clock = { CallMoment(processor: 0, nanoseconds: 0, timebase: 0, instructions: 0) }

  /// Bytes that are written at once to a file.
  private static let piece = 1 << 16

  /// - Parameters:
  ///   - path: the file; nil for standard error, which gets each line at once.
  ///   - failed: called when the file cannot be written, once.
  init(
    _ format: TraceFormat, path: String?, _ failed: @escaping (CommandError) -> Void
  ) throws(CommandError) {
    if let path { file = try OutputStream(path) } else { file = nil }
    writer = TraceWriter(format)
    buffer = writer.head
    self.failed = failed
  }

  /// Takes times from a machine, which must exist while it runs.
  func connect(_ machine: PowerMachine) {
    clock = { [unowned machine] in machine.moment }
  }

  /// Writes the event of this moment.
  func write(_ event: (CallMoment) -> TraceEvent) {
    guard !isClosed else { return }
    buffer += writer.text(of: event(clock()))
    if file == nil || buffer.utf8.count > Self.piece { flush() }
  }

  /// Writes what is left and the end of the file.
  func close() {
    guard !isClosed else { return }
    buffer += writer.tail
    flush()
    isClosed = true
  }

  private func flush() {
    defer { buffer = "" }
    guard let file else { return Report.write(buffer) }
    do throws(CommandError) {
      try file.write(Array(buffer.utf8))
    } catch {
      // A disk that is full is no reason to stop a guest; what follows would not continue the file.
      isClosed = true
      failed(error)
    }
  }
}
