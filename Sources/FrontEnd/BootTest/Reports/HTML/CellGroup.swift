/// The repetitions of one cell, and what they say together.
struct CellGroup: Sendable {
  /// What the repetitions say together, the best first.
  enum State: Int, Comparable, Sendable {
    case passed, skipped, flaky, failed

    /// As pages and lists have it.
    var word: String {
      switch self {
      case .passed: "pass"
      case .skipped: "skip"
      case .flaky: "flaky"
      case .failed: "fail"
      }
    }

    static func < (one: State, other: State) -> Bool { one.rawValue < other.rawValue }
  }

  /// The cell's name, without the number of a repetition.
  var name: String
  /// One for each repetition.
  var results: [CellResult]

  /// The results of each cell, in the order in which cells occur first.
  static func groups(_ results: [CellResult]) -> [CellGroup] {
    var groups: [CellGroup] = []
    var places: [String: Int] = [:]
    for result in results {
      if let place = places[result.cellName] {
        groups[place].results.append(result)
      } else {
        places[result.cellName] = groups.count
        groups.append(CellGroup(name: result.cellName, results: [result]))
      }
    }
    return groups
  }

  /// Repetitions that ran.
  var ran: [CellResult] { results.filter { $0.verdict == .passed || $0.verdict == .failed } }
  var passed: Int { results.count { $0.verdict == .passed } }

  /// A cell is flaky when it has passed and failed.
  var state: State {
    if ran.isEmpty { return .skipped }
    return passed == ran.count ? .passed : passed > 0 ? .flaky : .failed
  }

  /// `3 of 5 passed`, when there are several.
  var share: String? { ran.count > 1 ? "\(passed) of \(ran.count) passed" : nil }

  /// The mean time of those that ran.
  var seconds: Double {
    ran.isEmpty ? 0 : ran.reduce(0) { $0 + $1.seconds } / Double(ran.count)
  }

  /// The reason of the first failure, or of the skip.
  var reason: String? {
    results.lazy.compactMap { $0.verdict == .failed ? $0.findings.first : nil }.first
      ?? (state == .skipped ? results.first?.obstacle : nil)
  }
}

extension CellResult {
  /// The name of the cell that this is a repetition of.
  var cellName: String {
    guard let plus = name.lastIndex(of: "+"), let slash = name.lastIndex(of: "/"), slash < plus
    else { return name }
    let number = name[name.index(after: plus)...]
    return !number.isEmpty && number.allSatisfy(\.isNumber) ? String(name[..<plus]) : name
  }
}
