/// What a cell's last run left, for the reports that are looked at.
public struct CellEvidence: Sendable, Equatable {
  /// The arguments of `pseries`.
  var arguments: [String] = []
  /// Seconds from the start of its process to its end.
  var seconds = 0.0
  /// The console's lines, with their times.
  var console = TimedConsole()
  /// The parts of the run by time.
  var phases: [RunPhase] = []
  /// The negotiated level.
  var level: String?
  /// The instructions that all processors completed.
  var instructions: UInt64?
  var negotiations: [ReportedNegotiation] = []
  var negotiationsNotKept: UInt64 = 0
  var features: [FeatureComparison] = []
  var hypercalls: [ReportedCalls] = []
  var rtas: [ReportedCalls] = []

  /// Nothing.
  init() {}

  /// - Parameters:
  ///   - start: the start of the process by the host's monotonic clock.
  ///   - report: what `pseries --report` wrote, if it did.
  init(
    _ cell: Cell, arguments: [String], console: TimedConsole, start: Double, seconds: Double,
    report: MachineReport?
  ) {
    (self.arguments, self.console, self.seconds) = (arguments, console, seconds)
    level = report?.level
    instructions = report?.instructions
    // The report's times count from its own start.
    let delay = min(max((report?.clock ?? start) - start, 0), seconds)
    negotiations = (report?.negotiations ?? []).map { negotiation in
      var negotiation = negotiation
      negotiation.seconds = (negotiation.seconds + delay).withMilliseconds
      return negotiation
    }
    negotiationsNotKept = report?.negotiationsNotKept ?? 0
    phases = RunPhase.phases(
      starts: (report?.starts ?? []).map { ($0 + delay).withMilliseconds },
      negotiations: negotiations.map(\.seconds), console: console, end: seconds)
    features = FeatureComparison.list(
      cell, promised: negotiations.last { !$0.features.isEmpty }?.features ?? [:], console)
    hypercalls = report?.hypercalls ?? []
    rtas = report?.rtas ?? []
  }
}

/// A console's lines with the seconds at which each was complete.
struct TimedConsole: Sendable, Equatable {
  var lines: [String] = []
  /// As many as lines; none where they are not known.
  var times: [Double] = []

  func time(_ index: Int) -> Double? { index < times.count ? times[index] : nil }
}

/// A feature of the platform: what the suite expects, the tree promises, and the guest reports.
struct FeatureComparison: Sendable, Equatable {
  var feature: Feature
  var expected: String?
  var promised: String?
  var found: String?

  /// The features that the suite names, the tree has or the guest reports.
  static func list(_ cell: Cell, promised: [Feature: String], _ console: TimedConsole) -> [Self] {
    Feature.allCases.compactMap { feature in
      let comparison = FeatureComparison(
        feature: feature,
        expected: cell.features.first { $0.feature == feature }?.value,
        promised: promised[feature],
        found: console.lines.lazy.compactMap { feature.value(in: $0) }.first)
      let isKnown = [comparison.expected, comparison.promised, comparison.found].contains {
        $0 != nil
      }
      return isKnown ? comparison : nil
    }
  }
}
