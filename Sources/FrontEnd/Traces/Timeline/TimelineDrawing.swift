internal import HostSupport

/// The drawing of a summary: a band of phases, and a row of columns for each processor, whose parts are
/// the kinds of events. It is one SVG file without scripts, fonts or other files, in light and dark.
struct TimelineDrawing {
  private let summary: TraceSummary
  private let file: String
  private let rows: TimeColumns.Rows
  private var lines: [String] = []

  // Lengths in the drawing's units, which are pixels at its natural size.
  private static let width = 960
  private static let left = 110
  private static let right = 940
  private static let laneHeight = 64
  private static let laneGap = 22
  private static let top = 110
  /// The most columns and rows.
  private static let mostColumns = 240
  private static let mostLanes = 32

  init(_ summary: TraceSummary, file: String) {
    (self.summary, self.file) = (summary, file)
    rows = summary.columns.rows(atMost: Self.mostColumns)
  }

  /// The file.
  var text: String {
    var drawing = self
    drawing.draw()
    return drawing.lines.map { $0 + "\n" }.joined()
  }

  // MARK: parts

  private typealias Lane = (name: String, counts: [KindCounts])

  private var lanes: [Lane] {
    let sorted = rows.processors.sorted { $0.number < $1.number }
    var lanes: [Lane] = sorted.prefix(Self.mostLanes).map { ("processor \($0.number)", $0.counts) }
    let rest = sorted.dropFirst(Self.mostLanes).map(\.counts) + [rows.others].compactMap(\.self)
    if !rest.isEmpty {
      let most = rest.map(\.count).max() ?? 0
      var sums = [KindCounts](repeating: KindCounts(), count: most)
      for counts in rest { for (index, count) in counts.enumerated() { sums[index] += count } }
      lanes.append(("others", sums))
    }
    return lanes
  }

  private mutating func draw() {
    let lanes = lanes
    let height = Self.top + lanes.count * (Self.laneHeight + Self.laneGap) + 40
    lines.append(
      #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Self.width) \#(height)" "#
        + #"role="img" aria-labelledby="title desc">"#)
    lines.append(#"<title id="title">\#("Timeline of \(file)".printable.xmlEscaped)</title>"#)
    lines.append(#"<desc id="desc">\#(description.printable.xmlEscaped)</desc>"#)
    lines.append(Self.style)
    lines.append(#"<rect class="page" width="\#(Self.width)" height="\#(height)"/>"#)
    lines.append(Self.label(file.printable, x: 20, y: 28, "head", limit: 90))
    lines.append(Self.label(summary.sentence, x: 20, y: 46))
    drawLegend()
    if summary.events > 0 { drawPhases() }
    for (index, lane) in lanes.enumerated() {
      draw(lane, y: Self.top + index * (Self.laneHeight + Self.laneGap))
    }
    if summary.events > 0 { drawAxis(y: height - 34, top: Self.top) }
    lines.append("</svg>")
  }

  /// The same for a reader who does not see it.
  private var description: String {
    let kinds = summary.kinds.map { "\($0.rawValue) \(summary.counts[$0])" }
    let phases = summary.phases.map {
      "\($0.name.rawValue) from \(TraceSummary.seconds($0.start)) s"
    }
    let counts = kinds.isEmpty ? [] : ["Events: \(kinds.joined(separator: ", "))."]
    let parts = phases.isEmpty ? [] : ["Phases: \(phases.joined(separator: ", "))."]
    return (["A row of columns for each processor: \(summary.sentence)."] + counts + parts)
      .joined(separator: " ")
  }

  private mutating func drawLegend() {
    var x = 20
    for kind in summary.kinds {
      lines.append(
        #"<rect class="\#(kind.rawValue)" x="\#(x)" y="58" width="10" height="10"/>"#)
      let text = "\(kind.rawValue) \(summary.counts[kind])"
      lines.append(Self.label(text, x: x + 15, y: 67))
      x += 30 + text.count * 7
    }
  }

  private mutating func drawPhases() {
    for phase in summary.phases {
      let (from, to) = (x(phase.start), x(phase.end))
      let width = max(to - from, 1)
      lines.append(
        #"<g><title>\#(phase.name.rawValue), \#(TraceSummary.seconds(phase.start)) s to "#
          + #"\#(TraceSummary.seconds(phase.end)) s</title>"#
          + #"<rect class="phase" x="\#(Self.length(from))" y="78" "#
          + #"width="\#(Self.length(width))" height="18"/>"#)
      // A name that is wider than its phase would cover the next one.
      if width > Double(phase.name.rawValue.count) * 7 + 8 {
        lines.append(Self.label(phase.name.rawValue, x: Int(from) + 4, y: 91))
      }
      lines.append("</g>")
    }
  }

  private mutating func draw(_ lane: Lane, y: Int) {
    let most = lane.counts.map(\.sum).max() ?? 0
    lines.append(Self.label(lane.name, x: 20, y: y + 14))
    lines.append(Self.label("most: \(most)", x: 20, y: y + 30, "small"))
    let base = Double(y + Self.laneHeight)
    let step = Double(Self.right - Self.left) / Double(max(rows.count, 1))
    for (index, counts) in lane.counts.enumerated() where counts.sum > 0 {
      let from = Double(Self.left) + Double(index) * step
      let parts = summary.kinds.filter { counts[$0] > 0 }
      let list = parts.map { "\($0.rawValue) \(counts[$0])" }.joined(separator: ", ")
      lines.append("<g><title>\(TraceSummary.seconds(rows.start(index))) s: \(list)</title>")
      var bottom = base
      for kind in parts {
        let height = Double(counts[kind]) / Double(most) * Double(Self.laneHeight)
        bottom -= height
        lines.append(
          #"<rect class="\#(kind.rawValue)" x="\#(Self.length(from))" y="\#(Self.length(bottom))" "#
            + #"width="\#(Self.length(max(step - 0.5, 0.5)))" height="\#(Self.length(height))"/>"#)
      }
      lines.append("</g>")
    }
    lines.append(
      #"<line class="axis" x1="\#(Self.left)" x2="\#(Self.right)" y1="\#(Int(base))" "#
        + #"y2="\#(Int(base))"/>"#)
  }

  /// Times at five places.
  private mutating func drawAxis(y: Int, top: Int) {
    for place in 0...4 {
      let x = Self.left + (Self.right - Self.left) * place / 4
      let time =
        rows.origin &+ UInt64(Double(rows.width) * Double(rows.count) * Double(place) / 4)
      lines.append(#"<line class="grid" x1="\#(x)" x2="\#(x)" y1="\#(top)" y2="\#(y)"/>"#)
      lines.append(
        Self.label(
          TraceSummary.seconds(time) + " s", x: x, y: y + 18, place == 4 ? "end" : "middle"))
    }
  }

  // MARK: numbers and text

  /// The place of a time, within the drawing.
  private func x(_ nanoseconds: UInt64) -> Double {
    let span = Double(rows.width) * Double(max(rows.count, 1))
    let distance = Double(nanoseconds) - Double(rows.origin)
    let share = min(max(distance / span, 0), 1)
    return Double(Self.left) + share * Double(Self.right - Self.left)
  }

  /// Tenths are finer than a screen.
  private static func length(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private static func label(
    _ text: String, x: Int, y: Int, _ style: String = "plain", limit: Int = 140
  ) -> String {
    let shown = text.count > limit ? "\(text.prefix(limit))…" : text
    return #"<text class="\#(style)" x="\#(x)" y="\#(y)">\#(shown.printable.xmlEscaped)</text>"#
  }

  /// Each colour has a contrast of 3:1 or more with the page.
  private static let style = """
    <style>
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .head { font-size: 16px; font-weight: 600 } .small { font-size: 11px }
    .middle { text-anchor: middle } .end { text-anchor: end }
    .page { fill: #ffffff } .phase { fill: #dde3ea; stroke: #59636e }
    .axis { stroke: #59636e } .grid { stroke: #59636e; stroke-dasharray: 1 5 }
    .start { fill: #1f2328 } .client { fill: #1a7f37 } .cas { fill: #8250df } .hcall { fill: #0969da }
    .rtas { fill: #bc4c00 } .interrupt { fill: #bf3989 } .instruction { fill: #6e7781 }
    @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .page { fill: #0d1117 } .phase { fill: #2d3540; stroke: #9198a1 }
    .axis { stroke: #9198a1 } .grid { stroke: #9198a1 }
    .start { fill: #f0f6fc } .client { fill: #3fb950 } .cas { fill: #ab7df8 } .hcall { fill: #4493f8 }
    .rtas { fill: #f0883e } .interrupt { fill: #f778ba } .instruction { fill: #9198a1 }
    }
    </style>
    """
}

extension TraceSummary {
  /// The summary as an SVG file.
  /// - Parameter file: the name of the trace.
  public func drawing(file: String) -> String { TimelineDrawing(self, file: file).text }
}
