/// The cells of one test of a suite, for formats in which tests contain others.
struct TestGroup {
  /// The test's name.
  var name: String
  /// Its cells, in the order of the results.
  var cells: [CellResult]

  /// The tests, in the order of the results.
  static func groups(_ results: [CellResult]) -> [TestGroup] {
    var groups: [TestGroup] = []
    for result in results {
      let name = result.path.first.map(String.init) ?? result.name
      if groups.last?.name == name {
        groups[groups.count - 1].cells.append(result)
      } else {
        groups.append(TestGroup(name: name, cells: [result]))
      }
    }
    return groups
  }

  var hasFailed: Bool { cells.contains { $0.verdict == .failed } }
  /// None of them ran.
  var isSkipped: Bool { cells.allSatisfy { $0.verdict != .passed && $0.verdict != .failed } }
}

extension CellResult {
  /// The name without the test's.
  var caseName: String { path.dropFirst().joined(separator: "/") }
}
