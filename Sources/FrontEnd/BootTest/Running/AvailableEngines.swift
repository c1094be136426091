internal import JSON

/// The engines of a `pseries` program on this machine.
enum AvailableEngines {
  /// - Returns: nil when the program does not list them.
  static func list(_ program: String) -> [String]? {
    let answer = try? HostCommand(program, ["--platform", "spapr", "--explain"]).run(seconds: 10)
    guard let answer, let document = try? JSONValue(parsing: answer.output) else { return nil }
    return document["engines"]?.elements?.compactMap(\.string)
  }
}
