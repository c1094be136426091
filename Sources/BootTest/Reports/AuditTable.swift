/// The ISA audits of a suite's cells, a line each.
enum AuditTable {
  /// - Returns: nothing when no cell was audited.
  static func lines(_ results: [CellResult]) -> [String] {
    let audits = results.compactMap { result in result.audit.map { (result.name, $0) } }
    guard !audits.isEmpty else { return [] }
    let versions = Set(audits.flatMap { $0.1.levels.map(\.level) }).sorted()
    var table = [["cell"] + versions + ["earliest level"]]
    for (name, audit) in audits {
      let counts = versions.map { version in
        audit.levels.first { $0.level == version }.map { "\($0.count)" } ?? "-"
      }
      table.append([name] + counts + [audit.earliest ?? "none"])
    }
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    let rows = table.map { row in
      zip(row, widths).enumerated().map { index, cell in
        let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
        // Numbers to the right.
        return index > 0 && index <= versions.count ? blanks + cell.0 : cell.0 + blanks
      }.joined(separator: "  ").trimmingEnd()
    }
    return [
      "",
      "ISA audit: instructions that problem state executed, by the version of the ISA that brought them",
    ] + rows + [
      "This is what the guests executed here; programs choose newer instructions where there are some.",
      "A cell at an older level shows what they execute there.",
    ]
  }
}

extension SuiteResults {
  /// The table of the ISA audits, for people; nothing when there were none.
  public var auditTable: [String] { AuditTable.lines(results) }
}

extension String {
  fileprivate func trimmingEnd() -> String {
    guard let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[...last])
  }
}
