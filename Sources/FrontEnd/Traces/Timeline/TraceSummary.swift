internal import CallInterface

/// What a trace says in all: calls, phases, processors, and events over time. It takes bounded memory
/// however long the trace is.
public struct TraceSummary: Sendable {
  /// The calls, interrupts or instructions of one name.
  struct Calls: Equatable, Sendable {
    var count: UInt64 = 0
    var errors: UInt64 = 0
    /// Those that have a duration.
    var timed: UInt64 = 0
    /// Nanoseconds of all that have one.
    var total: UInt64 = 0
    var longest: UInt64 = 0

    mutating func add(_ event: TraceEvent) {
      count += 1
      if event.isError { errors += 1 }
      guard let duration = event.duration else { return }
      timed += 1
      // A damaged file may have durations that no run has.
      let (sum, overflow) = total.addingReportingOverflow(duration)
      total = overflow ? .max : sum
      longest = max(longest, duration)
    }
  }

  /// The name of a row, with its kind.
  struct Name: Hashable, Sendable {
    var kind: TraceEvent.Kind
    var name: String
  }

  /// A part of the run.
  struct Phase: Equatable, Sendable {
    var name: PhaseName
    var start: UInt64
    var end: UInt64
    var counts = KindCounts()
  }

  /// The parts of a run, as far as a trace shows them.
  enum PhaseName: String, Sendable {
    /// Before the guest calls.
    case loading
    /// The guest calls the client interface.
    case firmware
    /// Between the steps of a negotiation and the call that ends it.
    case negotiation
    /// After `quiesce`, or from the first hypercall or RTAS call on.
    case kernel
  }

  /// The most names that have a row of their own.
  private static let mostNames = 1000
  /// The most phases; the last one then has what follows.
  private static let mostPhases = 64
  /// The most processors.
  private static let mostProcessors = 4096

  private(set) var events: UInt64 = 0
  private(set) var calls: [Name: Calls] = [:]
  private(set) var phases: [Phase] = []
  private(set) var processors: [UInt32: [TraceEvent.Kind: Calls]] = [:]
  private(set) var counts = KindCounts()
  private(set) var columns = TimeColumns()
  private(set) var start = UInt64.max
  private(set) var end: UInt64 = 0

  /// A summary of no events.
  public init() {}

  /// The summary of all events of a file.
  public init(_ reader: inout TraceReader) throws(TraceError) {
    while let event = try reader.next() { add(event) }
  }

  /// Adds the next event of a trace.
  public mutating func add(_ event: TraceEvent) {
    let processor = event.moment.processor
    events += 1
    counts[event.kind] += 1
    start = min(start, event.moment.nanoseconds)
    end = max(end, event.end)
    addPhase(event)
    columns.add(event.kind, at: event.moment.nanoseconds, on: processor)
    if processors[processor] != nil || processors.count < Self.mostProcessors {
      processors[processor, default: [:]][event.kind, default: Calls()].add(event)
    }
    guard event.kind != .start, event.kind != .cas else { return }
    var name = Name(kind: event.kind, name: String(event.name.prefix(Self.widest)))
    if calls[name] == nil, calls.count >= Self.mostNames { name.name = "(others)" }
    calls[name, default: Calls()].add(event)
  }

  private mutating func addPhase(_ event: TraceEvent) {
    let now = phases.last?.name
    // A call that ends a phase belongs to it.
    var name = now ?? .loading
    switch event.kind {
    case .start: name = .loading
    case .cas: name = .negotiation
    case .client where now == nil || now == .loading: name = .firmware
    case .hcall, .rtas: if now != .negotiation || !hasClientCalls { name = .kernel }
    default: break
    }
    let isNew = now == nil || name != now || event.kind == .start
    if isNew, phases.count < Self.mostPhases {
      phases.append(Phase(name: name, start: event.moment.nanoseconds, end: event.end))
    }
    let last = phases.count - 1
    phases[last].counts[event.kind] += 1
    phases[last].start = min(phases[last].start, event.moment.nanoseconds)
    phases[last].end = max(phases[last].end, event.end)
    if event.kind == .client { endPhase(event) }
  }

  /// The client interface is in the trace, so that its calls end a negotiation.
  private var hasClientCalls: Bool { counts[.client] > 0 }

  /// After a call of the client interface: `quiesce` ends the firmware, and the call that negotiates
  /// ends the negotiation.
  private mutating func endPhase(_ event: TraceEvent) {
    guard phases.count < Self.mostPhases else { return }
    if event.name == "quiesce" {
      phases.append(Phase(name: .kernel, start: event.end, end: event.end))
    } else if phases.last?.name == .negotiation {
      phases.append(Phase(name: .firmware, start: event.end, end: event.end))
    }
  }

  /// The kinds that occur.
  var kinds: [TraceEvent.Kind] { TraceEvent.Kind.allCases.filter { counts[$0] > 0 } }
}
