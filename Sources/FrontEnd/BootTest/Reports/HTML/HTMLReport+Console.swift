extension HTMLReport {
  /// The lines of a console that failed, from its beginning and from its end.
  private static let failedLimits = (head: 400, tail: 1600)
  /// The characters of a line.
  private static let lineLimit = 400

  /// The console with time stamps, a fold for each phase of the run.
  func console(_ result: CellResult, _ evidence: CellEvidence, isOpen: Bool) -> HTML {
    let console = evidence.console
    let log: HTML =
      result.logName.map {
        "<p class=\"quiet\">Whole console: <code>\($0)</code> in the results folder</p>\n"
      } ?? ""
    guard !console.lines.isEmpty else {
      return result.verdict == .failed
        ? "<p>The console is empty.</p>\n" : ""
    }
    let limits =
      result.verdict == .failed
      ? Self.failedLimits : (head: consoleLimit / 3, tail: consoleLimit - consoleLimit / 3)
    let cut = console.lines.count - limits.head - limits.tail
    let removed = cut > 0 ? limits.head..<(limits.head + cut) : 0..<0
    let parts = parts(evidence)
    let folds = parts.enumerated().map { index, part -> HTML in
      let isLast = index == parts.count - 1
      return fold(
        "\(part.title)", count(part.lines.count, "line"), isOpen: isOpen && isLast,
        lines(part.lines, removed, console, result, part.title))
    }
    // A console without phases has one part, and needs no fold within the fold.
    let body =
      folds.count == 1 ? lines(parts[0].lines, removed, console, result, "console") : folds.joined()
    return fold(
      "Console", count(console.lines.count, "line"), isOpen: isOpen,
      "<div class=\"console\">\n\(log)\(body)</div>\n")
  }

  private struct Part {
    var title: String
    var lines: Range<Int>
  }

  /// The console's lines by the phase in which they were printed.
  private func parts(_ evidence: CellEvidence) -> [Part] {
    let console = evidence.console
    var parts: [Part] = []
    for index in console.lines.indices {
      // A kernel's first messages are shown late; by then its next phase has begun.
      let phase = console.time(index).flatMap { time in
        evidence.phases.last { $0.from <= time }
      }
      let title = phase?.kind.rawValue ?? "console"
      if parts.last?.title == title {
        parts[parts.count - 1].lines = parts[parts.count - 1].lines.lowerBound..<(index + 1)
      } else {
        parts.append(Part(title: title, lines: index..<(index + 1)))
      }
    }
    return parts
  }

  private func lines(
    _ range: Range<Int>, _ removed: Range<Int>, _ console: TimedConsole, _ result: CellResult,
    _ title: String
  ) -> HTML {
    var html: HTML = ""
    func add(_ part: Range<Int>) {
      guard !part.isEmpty else { return }
      let lines = part.map { line(console, $0, result) }
      // What failed is at the end: that part is shown from its last lines.
      let isEnd = result.verdict == .failed && part.upperBound == console.lines.count
      html += """
        <pre class="lines\(isEnd ? " ends" : "")" role="region" aria-label="Console, \(title)" tabindex="0"><code>\(lines)</code></pre>

        """
    }
    let cut = range.clamped(to: removed)
    guard !cut.isEmpty else {
      add(range)
      return html
    }
    add(range.lowerBound..<cut.lowerBound)
    html +=
      "<p class=\"cut\">\(count(cut.count, "line")) not shown\(result.logName.map { "; they are in \($0)" } ?? "").</p>\n"
    add(cut.upperBound..<range.upperBound)
    return html
  }

  private func line(_ console: TimedConsole, _ index: Int, _ result: CellResult) -> HTML {
    let text = console.lines[index]
    let time: HTML = console.time(index).map { "<i>\(precise($0))</i>" } ?? ""
    // A finding quotes the line that no healthy guest prints.
    let isFinding = !text.isEmpty && result.findings.contains { $0.hasSuffix("in: \(text)") }
    let shown: HTML = "\(text.withoutTabs.bounded(Self.lineLimit))"
    return isFinding
      ? "<span>\(time)<mark>\(shown)</mark>\n</span>" : "<span>\(time)\(shown)\n</span>"
  }

  // MARK: negotiation

  /// Each negotiation step by step, and what it changes in the tree.
  func negotiations(_ evidence: CellEvidence) -> HTML {
    evidence.negotiations.enumerated().map { index, negotiation -> HTML in
      let steps = negotiation.steps.map { step -> HTML in
        "<li>\(step.bounded(1000))</li>\n"
      }
      let title = evidence.negotiations.count > 1 ? "Negotiation \(index + 1)" : "Negotiation"
      let isLast = index == evidence.negotiations.count - 1
      let level = isLast ? evidence.level.map { "level \($0), " } ?? "" : ""
      let more: HTML =
        isLast && evidence.negotiationsNotKept > 0
        ? "<p class=\"cut\">\(evidence.negotiationsNotKept) more negotiations are not shown.</p>\n"
        : ""
      return fold(
        "\(title)",
        "\(level)\(count(negotiation.steps.count, "step")), \(count(negotiation.changes.count, "change")) of the tree",
        """
        <p class="quiet">\(precise(negotiation.seconds)) s after the start</p>
        <ol class="steps">
        \(steps)</ol>
        \(changes(negotiation.changes))\(more)
        """)
    }.joined()
  }

  private func changes(_ changes: [String]) -> HTML {
    guard !changes.isEmpty else { return "" }
    let lines = changes.map { change -> HTML in
      let kind =
        switch change.first {
        case "+": "added"
        case "-": "removed"
        default: "changed"
        }
      return "<span class=\"\(kind)\">\(change.bounded(1000))\n</span>"
    }
    return """
      <p>The tree after it, compared with the tree before: <code>+</code> added, <code>-</code> removed, <code>~</code> changed.</p>
      <pre class="difference" role="region" aria-label="Changes of the tree" tabindex="0">\(lines)</pre>

      """
  }
}
