import Glibc

/// Tells the user how far things are: a line per result, and on a terminal one live line below.
public final class Progress {
  public enum Style: Sendable {
    /// Nothing at all.
    case silent
    /// A line per result.
    case lines
    /// A line per result and the live line.
    case live
  }

  private let style: Style
  var total = 0
  private var finished = 0
  private var failed = 0
  private var lastShown = 0.0

  public init(_ style: Style) { self.style = style }

  /// Says at once what cannot run.
  func report(skipped results: [CellResult]) {
    finished += results.count
    guard style != .silent else { return }
    for line in TextReport.skips(results) { put(line + "\n") }
  }

  func report(_ result: CellResult) {
    finished += 1
    if result.verdict == .failed { failed += 1 }
    guard style != .silent else { return }
    clear()
    for line in TextReport.lines(result) { put(line + "\n") }
  }

  /// - Parameter running: names, seconds so far and last console lines of what runs now.
  func show(_ running: [(name: String, elapsed: Double, line: String)]) {
    guard style == .live, Clock.now - lastShown > 0.2 else { return }
    lastShown = Clock.now
    let failures = failed > 0 ? ", \(failed) failed" : ""
    let names = running.map { "\($0.name) \(Int($0.elapsed)) s" }.joined(separator: ", ")
    let line = "[\(finished)/\(total)\(failures)] \(names)  \(running.last?.line ?? "")"
    put("\r\u{1b}[K" + String(line.prefix(width - 1)))
  }

  /// Takes the live line away.
  func clear() {
    if style == .live { put("\r\u{1b}[K") }
  }

  private var width: Int {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : 80
  }

  private func put(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}
