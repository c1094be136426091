/// The report as a page for a browser: one file without scripts, and nothing in it is loaded from
/// elsewhere.
///
/// Guests decide much of the text. It is escaped by ``HTML``, and its size is bounded here and where
/// it is read; the page says where something was cut.
struct HTMLReport {
  let results: SuiteResults
  let comparison: RunComparison?
  let groups: [CellGroup]
  /// The places of the cells' sections, by result name.
  let anchors: [String: String]
  /// The lines of a console that passed; there are fewer when there are many cells.
  let consoleLimit: Int

  static func report(_ results: SuiteResults) -> String {
    HTMLReport(results).page.source
  }

  init(_ results: SuiteResults) {
    self.results = results
    comparison = results.comparison
    groups = CellGroup.groups(results.results)
    let places = results.results.enumerated().map { ($1.name, "cell-\($0 + 1)") }
    anchors = Dictionary(places, uniquingKeysWith: { first, _ in first })
    consoleLimit = min(max(Self.consoleBudget / max(results.results.count, 1), 40), 500)
  }

  /// The lines of all consoles of cells that passed.
  private static let consoleBudget = 40_000

  /// The cells that are shown first: failed before flaky ones; the others keep their order.
  var prominent: [CellGroup] {
    groups.filter { $0.state == .failed } + groups.filter { $0.state == .flaky }
  }

  // MARK: page

  /// Nothing but the page's own styles; no script runs, whatever a guest prints.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

  private var page: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(HTML(verbatim: Self.policy))">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>\(results.suite): \(title)</title>
    <style>
    \(HTML(verbatim: StyleSheet.source))</style>
    </head>
    <body>
    <a class="skip-link" href="#main">Skip to the results</a>
    \(header)
    <main id="main">
    \(sections.map { "<section aria-labelledby=\"\($0.id)\">\n<h2 id=\"\($0.id)\">\($0.title)</h2>\n\($0.body)</section>\n" as HTML })</main>
    <footer><p>Written by boot-test. This page needs no network.</p></footer>
    </body>
    </html>

    """
  }

  private struct Section {
    var id: String
    var title: String
    var body: HTML
  }

  /// The sections that have something to say.
  private var sections: [Section] {
    let passed = groups.filter { $0.state == .passed }
    return [
      Section(id: "matrix", title: "Processors and levels", body: matrix),
      Section(id: "changes", title: "Compared with the earlier run", body: changes),
      Section(id: "failures", title: "What failed", body: cells(prominent)),
      Section(id: "times", title: "Time", body: timelines),
      Section(id: "audit", title: "Instructions by ISA version", body: audit),
      Section(id: "passed", title: "What passed", body: cells(passed)),
      Section(id: "skipped", title: "What was skipped", body: skips),
    ].filter { !$0.body.isEmpty }
  }

  private var header: HTML {
    let links = sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>\n" as HTML }
    let began =
      results.began.isEmpty
      ? "" : "<time datetime=\"\(results.began)Z\">\(readable(results.began)) UTC</time> · " as HTML
    return """
      <header>
      <h1>\(results.suite)</h1>
      <p class="summary \(overall.word)">\(summary)</p>
      <p class="quiet">\(began)\(decimal(results.seconds)) s</p>
      <nav aria-label="Sections">
      <ul>
      \(links)</ul>
      </nav>
      </header>
      """
  }

  func readable(_ time: String) -> String { time.replacing("T", with: " ") }

  // MARK: summary

  private var overall: CellGroup.State {
    groups.map(\.state).filter { $0 != .skipped }.max() ?? .skipped
  }

  private func count(_ state: CellGroup.State) -> Int { groups.count { $0.state == state } }

  private var title: String {
    switch overall {
    case .failed: "\(count(.failed)) of \(groups.count) failed"
    case .flaky: "\(count(.flaky)) of \(groups.count) flaky"
    case .skipped: "nothing was tested"
    case .passed: "\(count(.passed)) of \(groups.count) passed"
    }
  }

  /// What failed and why, in a sentence or two.
  private var summary: HTML {
    var sentences: [HTML] = []
    switch overall {
    case .failed, .flaky:
      let first = prominent[0]
      let (failed, flaky) = (count(.failed), count(.flaky))
      let words =
        failed > 0
        ? "\(failed) of \(cellCount(groups.count)) failed"
        : "\(flaky) of \(cellCount(groups.count)) \(flaky == 1 ? "is" : "are") flaky"
      let which = (failed > 0 ? failed : flaky) > 1 ? "first " : ""
      sentences.append(
        "<strong>\(words):</strong> \(which)\(link(first))\(first.state == .flaky ? " (\(first.share ?? ""))" : "")\(reason(first))."
      )
      if failed > 0, flaky > 0 { sentences.append("\(cellCount(flaky)) flaky.") }
    case .skipped:
      let reason = groups.lazy.compactMap(\.reason).first.map { ": \($0)" } ?? ""
      sentences.append("<strong>Nothing was tested</strong>\(reason.bounded(300)).")
    case .passed:
      let all = count(.passed) == groups.count
      let words =
        all
        ? (groups.count == 1 ? "The only cell passed." : "All \(groups.count) cells passed.")
        : "\(count(.passed)) of \(cellCount(groups.count)) passed."
      sentences.append("<strong>\(words)</strong>")
    }
    if results.isInterrupted { sentences.append("The run was interrupted.") }
    if overall != .skipped, count(.skipped) > 0 {
      sentences.append("\(cellCount(count(.skipped))) skipped.")
    }
    if let regressed = comparison?.changes.count(where: { $0.kind == .regressed }), regressed > 0 {
      sentences.append("<a href=\"#changes\">\(cellCount(regressed)) passed before.</a>")
    }
    return sentences.joined(separator: " ")
  }

  private func reason(_ group: CellGroup) -> HTML {
    group.reason.map { " — \($0.bounded(300))" } ?? ""
  }

  func cellCount(_ count: Int) -> String { count == 1 ? "1 cell" : "\(count) cells" }

  /// A link to the section of a cell's first failure.
  func link(_ group: CellGroup) -> HTML {
    let shown = group.results.first { $0.verdict == .failed } ?? group.results.first
    guard let anchor = shown.flatMap({ anchors[$0.name] }) else { return "\(group.name)" }
    return "<a href=\"#\(anchor)\">\(group.name)</a>"
  }

  /// A state as a word with its colour.
  func word(_ state: CellGroup.State) -> HTML {
    "<span class=\"word \(state.word)\">\(state.word)</span>"
  }

  /// A table that scrolls by itself where the window is narrow; such a region can be reached with the
  /// keyboard.
  func table(_ caption: String, class name: String = "", _ rows: HTML) -> HTML {
    """
    <div class="scroll" role="region" aria-label="\(caption)" tabindex="0">
    <table class="\(name)">
    <caption>\(caption)</caption>
    \(rows)</table>
    </div>

    """
  }
}
