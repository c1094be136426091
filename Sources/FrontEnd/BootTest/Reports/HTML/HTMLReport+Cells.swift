extension HTMLReport {
  /// The results of cells, each with what is known of its run.
  func cells(_ groups: [CellGroup]) -> HTML {
    groups.map { group -> HTML in
      // The repetitions that failed come first.
      let failed = group.results.filter { $0.verdict == .failed }
      let others = group.results.filter { $0.verdict != .failed && $0.obstacle == nil }
      return (failed + others).map { cell($0, group) }.joined()
    }.joined()
  }

  private func cell(_ result: CellResult, _ group: CellGroup) -> HTML {
    let anchor = anchors[result.name] ?? ""
    let state: CellGroup.State = result.verdict == .failed ? .failed : .passed
    let flaky: HTML =
      group.state == .flaky
      ? " \(word(.flaky)) <span class=\"quiet\">\(group.share ?? "")</span>" : ""
    let head: HTML = """
      <h3 id="\(anchor)">\(word(state)) \(result.name)\(flaky) <span class="quiet">\(decimal(result.seconds)) s</span></h3>

      """
    let body = findings(result) + details(result, isOpen: state == .failed)
    let shown: HTML =
      state == .failed || body.isEmpty
      ? body
      : "<details>\n<summary>Console, negotiation and calls</summary>\n\(body)</details>\n"
    return """
      <article class="\(state.word)" aria-labelledby="\(anchor)">
      \(head)\(shown)</article>

      """
  }

  /// The most findings and rejections of a cell that are shown.
  private static let findingsShown = 40
  private static let rejectionsShown = 100
  private static let callsShown = 60

  private func findings(_ result: CellResult) -> HTML {
    guard !result.findings.isEmpty else { return "" }
    let items = result.findings.prefix(Self.findingsShown).map {
      "<li>\($0.bounded(1000))</li>\n" as HTML
    }
    return "<ul class=\"findings\">\n\(items)</ul>\n"
      + cutNote(result.findings.count - items.count, "findings are", "results.json")
  }

  private func cutNote(_ count: Int, _ things: String, _ place: String?) -> HTML {
    guard count > 0 else { return "" }
    let where_ = place.map { ", in \($0)" } ?? ""
    return "<p class=\"cut\">\(count) more \(things) not shown\(where_).</p>\n"
  }

  private func details(_ result: CellResult, isOpen: Bool) -> HTML {
    guard let evidence = result.evidence else { return remarks(result, isOpen: isOpen) }
    return console(result, evidence, isOpen: isOpen) + remarks(result, isOpen: isOpen)
      + phases(result, evidence) + negotiations(evidence) + features(evidence)
      + rejections(result) + calls(evidence) + command(evidence)
  }

  /// A part that can be folded.
  func fold(_ title: HTML, _ note: String = "", isOpen: Bool = false, _ body: HTML) -> HTML {
    """
    <details\(isOpen ? " open" : "" as HTML)>
    <summary>\(title)\(note.isEmpty ? "" : " <span class=\"quiet\">\(note)</span>" as HTML)</summary>
    \(body)</details>

    """
  }

  private func remarks(_ result: CellResult, isOpen: Bool) -> HTML {
    guard !result.remarks.isEmpty else { return "" }
    let lines = result.remarks.map { "\($0.bounded(1000))\n" as HTML }
    return fold(
      "Messages of pseries", count(result.remarks.count, "line"), isOpen: isOpen,
      "<pre role=\"region\" aria-label=\"Messages of pseries\" tabindex=\"0\">\(lines)</pre>\n")
  }

  func count(_ count: Int, _ thing: String) -> String {
    count == 1 ? "1 \(thing)" : "\(count) \(thing)s"
  }

  // MARK: time, features, rejections, calls

  private func phases(_ result: CellResult, _ evidence: CellEvidence) -> HTML {
    guard !evidence.phases.isEmpty else { return "" }
    let rows = evidence.phases.map {
      """
      <tr><th scope="row">\($0.kind.rawValue)</th><td class="number">\(precise($0.from))</td><td class="number">\(precise($0.to - $0.from))</td></tr>

      """ as HTML
    }
    let head: HTML =
      "<thead><tr><th scope=\"col\">phase</th><th scope=\"col\">from, s</th><th scope=\"col\">for, s</th></tr></thead>\n"
    return fold(
      "Time", "\(precise(evidence.seconds)) s",
      bar(evidence, result.name, evidence.seconds)
        + table("Phases of the run", class: "in-fold", head + "<tbody>\n\(rows)</tbody>\n"))
  }

  private func features(_ evidence: CellEvidence) -> HTML {
    guard !evidence.features.isEmpty else { return "" }
    let rows = evidence.features.map { row -> HTML in
      """
      <tr><th scope="row">\(row.feature.rawValue)</th>\([row.expected, row.promised, row.found].map { "<td>\($0.map { "\($0.bounded(200))" as HTML } ?? "<span class=\"quiet\">–</span>")</td>" as HTML })<td>\(row.judgement)</td></tr>

      """
    }
    let head: HTML = """
      <thead><tr><th scope="col">feature</th><th scope="col">suite expects</th><th scope="col">tree promises</th><th scope="col">guest found</th><th scope="col">difference</th></tr></thead>

      """
    let differing = evidence.features.count { !$0.agrees }
    return fold(
      "Features promised and found", differing == 0 ? "" : count(differing, "difference"),
      table("Features promised and found", class: "in-fold", head + "<tbody>\n\(rows)</tbody>\n"))
  }

  private func rejections(_ result: CellResult) -> HTML {
    guard !result.rejected.isEmpty else { return "" }
    let rows = result.rejected.prefix(Self.rejectionsShown).map(rejection)
    return fold(
      "Instructions rejected in problem state", count(result.rejected.count, "kind"),
      table(
        "Instructions rejected in problem state", class: "in-fold",
        Self.rejectionHead + "<tbody>\n\(rows)</tbody>\n")
        + cutNote(result.rejected.count - rows.count, "kinds are", "results.json"))
  }

  static let rejectionHead: HTML = """
    <thead><tr><th scope="col">instruction</th><th scope="col">address</th><th scope="col">ISA</th><th scope="col">needs</th><th scope="col">process</th><th scope="col">times</th></tr></thead>

    """

  func rejection(_ rejected: ReportedRejection) -> HTML {
    let process = [rejected.program, rejected.process.map { "pid \($0)" }].compactMap(\.self)
      .joined(separator: ", ")
    return """
      <tr><td><code>\((rejected.text ?? rejected.name).bounded(100))</code></td><td><code>\((rejected.address ?? "").bounded(40))</code></td><td>\((rejected.level ?? "none").bounded(20))</td><td>\((rejected.needed ?? "no level").bounded(40))</td><td>\(process.bounded(100))</td><td class="number">\(rejected.count.map(grouped) ?? "")</td></tr>

      """
  }

  private func calls(_ evidence: CellEvidence) -> HTML {
    let lists = [("Hypercalls", evidence.hypercalls), ("RTAS calls", evidence.rtas)]
      .filter { !$0.1.isEmpty }
    guard !lists.isEmpty else { return "" }
    let note = lists.map { title, calls in
      "\(grouped(calls.reduce(0) { $0 &+ $1.calls })) \(title == "RTAS calls" ? "RTAS calls" : "hypercalls")"
    }
    let tables = lists.map { title, calls -> HTML in
      let rows = calls.prefix(Self.callsShown).map {
        """
        <tr><th scope="row"><code>\($0.name.bounded(80))</code></th><td class="number">\(grouped($0.calls))</td><td class="number">\($0.errors == 0 ? "" : grouped($0.errors))</td></tr>

        """ as HTML
      }
      let head: HTML = """
        <thead><tr><th scope="col">call</th><th scope="col">times</th><th scope="col">with an error</th></tr></thead>

        """
      return table(title, head + "<tbody>\n\(rows)</tbody>\n")
        + cutNote(calls.count - rows.count, "calls are", "the cell’s report.json")
    }
    return fold(
      "Calls", note.joined(separator: ", "), "<div class=\"pair\">\n\(tables)</div>\n")
  }

  private func command(_ evidence: CellEvidence) -> HTML {
    guard !evidence.arguments.isEmpty else { return "" }
    let words = (["pseries"] + evidence.arguments).map(\.shellWord)
    return fold(
      "Command", evidence.instructions.map { "\(grouped($0)) instructions" } ?? "",
      "<pre role=\"region\" aria-label=\"Command\" tabindex=\"0\">\(words.joined(separator: " ").bounded(4000))</pre>\n"
    )
  }

  /// The digits in groups of three.
  func grouped(_ number: UInt64) -> String {
    let digits = String(number)
    return digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? "\u{202f}\(digit)" : "\(digit)"
    }.joined()
  }
}

extension String {
  /// The word as a shell takes it.
  fileprivate var shellWord: String {
    let plain =
      !isEmpty
      && unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "-_./=,:+@%".unicodeScalars.contains($0)
      }
    return plain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
