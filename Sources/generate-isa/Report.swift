/// What `--report` prints: rows by chapter and level, and what has no semantics yet.
struct Report {
  let source: InstructionSource

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(width - text.count, 0))
    return right ? space + text : text + space
  }

  private static func version(_ level: Int) -> String {
    level >= 300 ? "\(level / 100).\(level / 10 % 10)" : "2.0\(level % 100)"
  }

  func text() -> String {
    let rows = source.rows
    let levels = Set(rows.map(\.since)).sorted()
    var text = Self.padded("chapter", 24) + "  rows  pending"
    for level in levels { text += Self.padded(Self.version(level), 6, right: true) }
    text += "\n"
    for chapter in source.chapters + [.init(name: "total", rows: rows)] {
      let pending = chapter.rows.count { $0.isPending }
      text += Self.padded(chapter.name, 24) + Self.padded("\(chapter.rows.count)", 6, right: true)
      text += Self.padded("\(pending)", 9, right: true)
      for level in levels {
        let count = chapter.rows.count { $0.since == level }
        text += Self.padded(count == 0 ? "-" : "\(count)", 6, right: true)
      }
      text += "\n"
    }
    let pending = rows.filter(\.isPending).map(\.mnemonic)
    if !pending.isEmpty { text += "pending: \(pending.joined(separator: " "))\n" }
    return text
  }
}
