import Glibc
import HostSupport

/// Shows the progress: a line for each result, and on a terminal one live line below.
public final class Progress {
  /// How much is shown.
  public enum Style: Sendable {
    /// No output.
    case silent
    /// A line per result.
    case lines
    /// A line per result and the live line.
    case live
  }

  private let style: Style
  var total = 0
  /// The seconds that each cell took in an earlier run.
  var earlier: [String: Double] = [:]
  private var finished = 0
  private var failed = 0
  private var lastShown = 0.0

  /// Progress that is shown in `style`.
  public init(_ style: Style) { self.style = style }

  /// Takes the times of an earlier run, by which the rest of this one is estimated.
  func expect(_ results: SuiteResults?) {
    for result in results?.results ?? [] where result.obstacle == nil {
      earlier[result.name] = result.seconds
    }
  }

  /// Reports cells that cannot run.
  func report(notRun results: [CellResult]) {
    finished += results.count
    failed += results.count { $0.verdict == .failed }
    guard style != .silent else { return }
    for line in TextReport.skips(results) { put(line + "\n") }
  }

  /// Shows a message of the run as a whole.
  func note(_ message: String) {
    guard style != .silent else { return }
    clear()
    put(message + "\n")
  }

  func report(_ result: CellResult) {
    finished += 1
    if result.verdict == .failed { failed += 1 }
    guard style != .silent else { return }
    clear()
    for line in TextReport.lines(result) { put(line + "\n") }
  }

  /// - Parameters:
  ///   - running: names, seconds so far and last console lines of the running cells.
  ///   - waiting: the names of those that have not started.
  ///   - jobs: how many cells run at a time.
  func show(
    _ running: [(name: String, elapsed: Double, line: String)], waiting: [String], jobs: Int
  ) {
    guard style == .live, Clock.now - lastShown > 0.2 else { return }
    lastShown = Clock.now
    var failures = failed > 0 ? ", \(failed) failed" : ""
    if let left = secondsLeft(running.map { ($0.name, $0.elapsed) }, waiting, jobs) {
      failures += ", about \(Int(left.rounded(.up))) s left"
    }
    let names = running.map { "\($0.name) \(Int($0.elapsed)) s" }.joined(separator: ", ")
    let line = "[\(finished)/\(total)\(failures)] \(names)  \(running.last?.line ?? "")"
    let visible = Self.visible(line).prefix(width - 1)
    put(Self.removal(of: drawn, width: width) + visible)
    drawn = visible.count
  }

  /// The seconds to the end, by the times of the earlier run; nil when it had none of these cells.
  /// A cell that it did not have is taken for one of their mean.
  func secondsLeft(
    _ running: [(name: String, elapsed: Double)], _ waiting: [String], _ jobs: Int
  ) -> Double? {
    let known = (running.map(\.name) + waiting).compactMap { earlier[$0] }
    guard !known.isEmpty else { return nil }
    let mean = known.reduce(0, +) / Double(known.count)
    let rest = running.map { max((earlier[$0.name] ?? mean) - $0.elapsed, 0) }
    let work = rest.reduce(0, +) + waiting.reduce(0) { $0 + (earlier[$1] ?? mean) }
    return max(work / Double(max(jobs, 1)), rest.max() ?? 0)
  }

  /// Removes the live line.
  func clear() {
    if style == .live { put(Self.removal(of: drawn, width: width)) }
    drawn = 0
  }

  /// Columns of the drawn live line.
  private var drawn = 0

  /// Replaces control characters (a tab takes many columns) and characters that may take two
  /// columns by one of one column.
  static func visible(_ line: String) -> String {
    var text = ""
    for scalar in line.unicodeScalars {
      switch scalar.value {
      case 0..<0x20: text += " "
      case 0x20..<0x7F, 0xA0..<0x300, 0x2010..<0x2030: text.unicodeScalars.append(scalar)
      default: text += "?"
      }
    }
    return text
  }

  /// The control sequence that removes a line of some columns, which a narrower window has wrapped.
  static func removal(of columns: Int, width: Int) -> String {
    let rows = columns == 0 ? 1 : (columns - 1) / max(width, 1) + 1
    return "\r" + (rows > 1 ? "\u{1b}[\(rows - 1)A" : "") + "\u{1b}[J"
  }

  private var width: Int {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : 80
  }

  private func put(_ text: String) {
    WholeWrite.writeToStandardError(text)
  }
}
