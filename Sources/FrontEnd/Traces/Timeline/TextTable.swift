/// A table of text columns: the first is aligned to the left, numbers to the right.
struct TextTable {
  private var rows: [[String]]
  /// Columns at the left that hold words.
  private let words: Int

  init(_ head: [String], words: Int = 1) { (rows, self.words) = ([head], words) }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines, without blanks at their ends.
  var lines: [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        if column > 0 { line += "  " }
        if column >= words {
          line += blanks + cell
        } else {
          line += column == row.count - 1 ? cell : cell + blanks
        }
      }
      return line
    }
  }
}
