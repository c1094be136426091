extension HTMLReport {
  /// The matrix of processors and levels: a row for each test's processors, a column for each level.
  var matrix: HTML {
    let placed = groups.filter { $0.place != nil }
    let levels = Set(placed.compactMap { $0.place?.level }).sorted(by: naturally)
    var tests: [String] = []
    for group in placed where !tests.contains(group.test) { tests.append(group.test) }
    guard !tests.isEmpty else { return "" }
    let head: HTML = """
      <thead>
      <tr><th scope="col">test</th><th scope="col">processor</th>\(levels.map { "<th scope=\"col\">\($0)</th>" as HTML })</tr>
      </thead>

      """
    let bodies = tests.map { test in body(test, placed.filter { $0.test == test }, levels) }
    return table(
      "Tests by processor and level", class: "matrix", head + bodies.joined())
  }

  private func body(_ test: String, _ groups: [CellGroup], _ levels: [String]) -> HTML {
    var rows: [String] = []
    for group in groups where !rows.contains(group.row) { rows.append(group.row) }
    rows.sort(by: naturally)
    let lines = rows.enumerated().map { index, row -> HTML in
      let title: HTML =
        index == 0
        ? "<th scope=\"rowgroup\" rowspan=\"\(rows.count)\">\(test)</th>" : ""
      let cells = levels.map { level -> HTML in
        guard let group = groups.first(where: { $0.row == row && $0.place?.level == level }) else {
          return "<td></td>"
        }
        return cell(group)
      }
      return "<tr>\(title)<th scope=\"row\">\(row)</th>\(cells)</tr>\n"
    }
    return "<tbody>\n\(lines)</tbody>\n"
  }

  private func cell(_ group: CellGroup) -> HTML {
    let state = group.state
    let shown = group.results.first { $0.verdict == .failed } ?? group.results[0]
    let detail =
      state == .skipped
      ? nil
      : group.ran.count > 1
        ? "\(group.passed) of \(group.ran.count)" : "\(decimal(group.seconds)) s"
    let label = [state.word, group.share ?? detail, group.name].compactMap(\.self)
      .joined(separator: ", ")
    return """
      <td class="\(state.word)"><a href="#\(anchors[shown.name] ?? "")" aria-label="\(label)">\(state.word)\(detail.map { " <small>\($0)</small>" as HTML } ?? "")</a></td>
      """
  }

  /// Numbers in names by their value, and a machine without a level first.
  private func naturally(_ one: String, _ other: String) -> Bool {
    func key(_ name: String) -> [Int] {
      if name == "none" { return [] }
      // `power10` after `power9`, `power7+` after `power7`, and a processor that is a number first.
      let digits = name.drop { !$0.isNumber }.prefix { $0.isNumber }
      return [name.first?.isNumber == true ? 0 : 1, Int(digits) ?? 0, name.count]
    }
    let (left, right) = (key(one), key(other))
    return left == right ? one < other : left.lexicographicallyPrecedes(right)
  }
}

extension CellGroup {
  /// The parts of the name: the test, then processor, level and engine.
  private var path: [String] { name.split(separator: "/").map(String.init) }

  var test: String { path.first ?? name }

  /// Processor and level; nil for a name without them.
  var place: (processor: String, level: String)? {
    path.count > 2 ? (path[1], path[2]) : nil
  }

  /// The title of its row: the processor, and the engine where the suite names some.
  var row: String { ([path[1]] + path.dropFirst(3)).joined(separator: ", ") }
}
