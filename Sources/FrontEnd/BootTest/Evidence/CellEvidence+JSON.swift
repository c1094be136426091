internal import JSON

extension CellEvidence {
  /// Everything but the console, which has files of its own.
  var json: JSONValue {
    [
      "arguments": .array(arguments.map { .string($0) }),
      "seconds": .seconds(seconds),
      "level": level.map { .string($0) },
      "instructions": instructions.map { .integer($0) },
      "phases": .array(
        phases.map {
          ["name": .string($0.kind.rawValue), "from": .seconds($0.from), "to": .seconds($0.to)]
        }),
      "negotiations": .array(negotiations.map(\.json)),
      "negotiationsNotKept": .integer(negotiationsNotKept),
      "features": .array(features.map(\.json)),
      "hypercalls": .array(hypercalls.map(\.json)),
      "rtas": .array(rtas.map(\.json)),
    ]
  }

  init(_ json: JSONValue, console: TimedConsole) {
    self.console = console
    arguments = json["arguments"]?.elements?.compactMap(\.string) ?? []
    seconds = json["seconds"]?.seconds ?? 0
    level = json["level"]?.string
    instructions = json["instructions"]?.unsigned
    phases = json["phases"]?.elements?.compactMap(RunPhase.init) ?? []
    negotiations = json["negotiations"]?.elements?.compactMap(ReportedNegotiation.init) ?? []
    negotiationsNotKept = json["negotiationsNotKept"]?.unsigned ?? 0
    features = json["features"]?.elements?.compactMap(FeatureComparison.init) ?? []
    hypercalls = json["hypercalls"]?.elements?.compactMap(ReportedCalls.init) ?? []
    rtas = json["rtas"]?.elements?.compactMap(ReportedCalls.init) ?? []
  }
}

extension RunPhase {
  fileprivate init?(_ json: JSONValue) {
    guard let kind = json["name"]?.string.flatMap(Kind.init), let from = json["from"]?.seconds,
      let to = json["to"]?.seconds
    else { return nil }
    self.init(kind: kind, from: from, to: to)
  }
}

extension FeatureComparison {
  fileprivate var json: JSONValue {
    [
      "name": .string(feature.rawValue),
      "expected": expected.map { .string($0) },
      "promised": promised.map { .string($0) },
      "found": found.map { .string($0) },
    ]
  }

  fileprivate init?(_ json: JSONValue) {
    guard let feature = json["name"]?.string.flatMap(Feature.init) else { return nil }
    self.init(
      feature: feature, expected: json["expected"]?.string, promised: json["promised"]?.string,
      found: json["found"]?.string)
  }
}

extension TimedConsole {
  /// The file with a line's seconds on each line, for a console's log.
  static func timesFile(of log: String) -> String { log + ".times" }
}

extension JSONValue {
  /// Seconds from a report: not negative, and less than thirty years.
  var seconds: Double? { decimal.map { min(max($0, 0), 1e9) } }

  /// Seconds with milliseconds.
  static func seconds(_ seconds: Double) -> JSONValue {
    .decimal(seconds.withMilliseconds)
  }
}
