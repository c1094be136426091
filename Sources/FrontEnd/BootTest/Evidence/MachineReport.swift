internal import HostSupport
internal import JSON

/// The part of `pseries --report`'s output that is judged and shown here.
struct MachineReport {
  var rejected: [ReportedRejection]
  /// The instructions that all processors completed.
  var instructions: UInt64?
  /// The level that was active at the end.
  var level: String?
  /// The host's monotonic clock, in seconds, from which the times count.
  var clock: Double?
  /// When programs were entered.
  var starts: [Double]
  var negotiations: [ReportedNegotiation]
  var negotiationsNotKept: UInt64?
  var hypercalls: [ReportedCalls]
  var rtas: [ReportedCalls]

  /// - Returns: nil without such a file: the machine ended abnormally.
  static func read(_ path: String) -> MachineReport? {
    guard let report = JSONValue.read(path), let elements = report["refused"]?.elements,
      let rejected = elements.converted(ReportedRejection.init)
    else { return nil }
    return MachineReport(
      rejected: rejected, instructions: report["instructions"]?.unsigned,
      level: report["level"]?.string, clock: report["clock"]?.decimal,
      starts: report["starts"]?.elements?.compactMap(\.seconds) ?? [],
      negotiations: report["negotiations"]?.elements?.compactMap(ReportedNegotiation.init) ?? [],
      negotiationsNotKept: report["negotiationsNotKept"]?.unsigned,
      hypercalls: report["hypercalls"]?.elements?.compactMap(ReportedCalls.init) ?? [],
      rtas: report["rtas"]?.elements?.compactMap(ReportedCalls.init) ?? [])
  }
}

/// One negotiation of `ibm,client-architecture-support`.
struct ReportedNegotiation: Sendable, Equatable {
  var seconds: Double
  var steps: [String]
  /// The changes of the tree, as `mkfdt diff` prints them.
  var changes: [String]
  /// What a Linux guest makes of the new tree.
  var features: [Feature: String]

  init?(_ json: JSONValue) {
    guard let seconds = json["seconds"]?.seconds, let steps = json["steps"]?.elements else {
      return nil
    }
    self.seconds = seconds
    self.steps = steps.compactMap(\.string)
    changes = json["changes"]?.elements?.compactMap(\.string) ?? []
    features = [:]
    for feature in Feature.allCases {
      guard let value = json["features"]?[feature.rawValue]?.string else { continue }
      features[feature] = value
    }
  }

  var json: JSONValue {
    [
      "seconds": .decimal(seconds),
      "steps": .array(steps.map { .string($0) }),
      "changes": .array(changes.map { .string($0) }),
      "features": .object(
        Feature.allCases.compactMap { feature in
          features[feature].map { .init(key: feature.rawValue, value: .string($0)) }
        }),
    ]
  }
}

/// How often a guest made a call.
struct ReportedCalls: Sendable, Equatable {
  var name: String
  var calls: UInt64
  /// Those that returned an error.
  var errors: UInt64

  init?(_ json: JSONValue) {
    guard let name = json["name"]?.string, let calls = json["calls"]?.unsigned else { return nil }
    (self.name, self.calls, errors) = (name, calls, json["errors"]?.unsigned ?? 0)
  }

  var json: JSONValue {
    ["name": .string(name), "calls": .integer(calls), "errors": .integer(errors)]
  }
}

extension JSONValue {
  /// The value in a file; nil where it cannot be read.
  static func read(_ path: String) -> JSONValue? {
    // The report is no longer than the audit of every row.
    let bytes = try? InputFile(opening: path).contents(limit: InputLimit.tree)
    return bytes.flatMap { try? JSONValue(parsing: $0) }
  }
}

extension [JSONValue] {
  /// The converted elements; nil when one of them has another form.
  func converted<Value>(_ make: (JSONValue) -> Value?) -> [Value]? {
    let values = compactMap(make)
    return values.count == count ? values : nil
  }
}
