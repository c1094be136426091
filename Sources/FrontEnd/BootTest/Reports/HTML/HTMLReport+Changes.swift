extension HTMLReport {
  /// The comparison with an earlier run, regressions first; nothing without one.
  var changes: HTML {
    guard let comparison else { return "" }
    let when =
      comparison.earlier.isEmpty
      ? "The earlier run" : "The earlier run of \(readable(comparison.earlier)) UTC"
    let head: HTML = "<p>\(when) has \(cellCount(comparison.common)) of this one.</p>\n"
    if comparison.changes.isEmpty { return head + "<p>Nothing changed.</p>\n" }
    let byName = Dictionary(
      groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let lists = RunComparison.Kind.allCases.map { kind -> HTML in
      let same = comparison.changes.filter { $0.kind == kind }
      guard !same.isEmpty else { return "" }
      let items = same.map { change -> HTML in
        let name = byName[change.name].map { link($0) } ?? "\(change.name)"
        return "<li>\(name) <span class=\"quiet\">\(change.detail.bounded(300))</span></li>\n"
      }
      return """
        <h3>\(kind.title) <span class="quiet">\(cellCount(same.count))</span></h3>
        <ul class="changes \("\(kind)")">
        \(items)</ul>

        """
    }
    return head + lists.joined()
  }

  /// Why cells were skipped: a line for each reason.
  var skips: HTML {
    var reasons: [(reason: String, cells: [CellResult])] = []
    for result in results.results {
      guard case .skipped(let reason) = result.verdict else { continue }
      if let place = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[place].cells.append(result)
      } else {
        reasons.append((reason, [result]))
      }
    }
    guard !reasons.isEmpty else { return "" }
    let items = reasons.map { reason, cells -> HTML in
      let names = cells.map { "<li id=\"\(anchors[$0.name] ?? "")\">\($0.name)</li>" as HTML }
      return """
        <h3>\(word(.skipped)) \(reason.bounded(500))</h3>
        <ul class="names">\(names)</ul>

        """
    }
    return items.joined()
  }
}
