extension HTMLReport {
  /// The time of each cell's last run, all drawn on one scale.
  var timelines: HTML {
    let shown = results.results.filter { $0.evidence.map { !$0.phases.isEmpty } ?? false }
    guard let end = shown.compactMap({ $0.evidence?.seconds }).max(), end > 0 else { return "" }
    let kinds = RunPhase.Kind.allCases.filter { kind in
      shown.contains { $0.evidence?.phases.contains { $0.kind == kind } ?? false }
    }
    let legend = kinds.map { kind in
      "<li><svg class=\"key\" aria-hidden=\"true\" width=\"12\" height=\"12\"><rect class=\"phase-\(kind.place)\" width=\"12\" height=\"12\"/></svg>\(kind.rawValue)</li>\n"
        as HTML
    }
    let rows = shown.map { result in row(result, end) }
    return """
      <ul class="legend" aria-label="Phases">
      \(legend)</ul>
      <ol class="timelines">
      <li class="axis" aria-hidden="true"><span></span>\(axis(end))<span></span></li>
      \(rows)</ol>

      """
  }

  private func row(_ result: CellResult, _ end: Double) -> HTML {
    guard let evidence = result.evidence else { return "" }
    let failed: HTML = result.verdict == .failed ? " \(word(.failed))" : ""
    return """
      <li><a href="#\(anchors[result.name] ?? "")">\(result.name)</a>\(bar(evidence, result.name, end))<span class="figure">\(precise(evidence.seconds)) s\(failed)</span></li>

      """
  }

  /// A run's phases; `end` is the end of the scale.
  func bar(_ evidence: CellEvidence, _ name: String, _ end: Double) -> HTML {
    let parts = evidence.phases.map { phase -> HTML in
      let (x, width) = (percent(phase.from, of: end), percent(phase.to - phase.from, of: end))
      return """
        <rect class="phase-\(phase.kind.place)" x="\(x)" width="\(width)" height="100%"><title>\(phase.kind.rawValue): \(precise(phase.from)) to \(precise(phase.to)) s</title></rect>
        """
    }
    let words = evidence.phases.map { "\($0.kind.rawValue) \(precise($0.to - $0.from)) s" }
    return """
      <svg class="bar" role="img" aria-label="\(name): \(words.joined(separator: ", "))" width="100%" height="14">\(parts)</svg>
      """
  }

  /// Marks at round seconds.
  private func axis(_ end: Double) -> HTML {
    let step = Self.step(end)
    let marks = (0...Int(end / step)).map { index -> HTML in
      let time = Double(index) * step
      let x = percent(time, of: end)
      let anchor = index == 0 ? "start" : time > end * 0.95 ? "end" : "middle"
      return """
        <line x1="\(x)" x2="\(x)" y1="14" y2="20"/><text x="\(x)" y="11" text-anchor="\(anchor)">\(decimal(time)) s</text>
        """
    }
    return "<svg class=\"scale\" width=\"100%\" height=\"20\">\(marks)</svg>"
  }

  /// The distance of marks: one, two or five of a power of ten, with at most six of them.
  private static func step(_ end: Double) -> Double {
    var unit = 0.1
    while true {
      for factor in [1.0, 2, 5] where end / (unit * factor) <= 6 { return unit * factor }
      unit *= 10
    }
  }

  private func percent(_ part: Double, of whole: Double) -> String {
    "\((part / whole * 10_000).rounded() / 100)%"
  }

  /// Seconds with two decimals.
  func precise(_ seconds: Double) -> String {
    let hundredths = Int((max(seconds, 0) * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}

extension RunPhase.Kind {
  /// Its place among the kinds, which names its colour in the style sheet.
  var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
