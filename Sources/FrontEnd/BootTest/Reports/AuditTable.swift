internal import HostSupport

/// The ISA audits of a suite's cells, a line each.
enum AuditTable {
  /// - Returns: nothing when no cell was audited.
  static func lines(_ results: [CellResult]) -> [String] {
    let audits = results.compactMap { result in result.audit.map { (result.name, $0) } }
    guard !audits.isEmpty else { return [] }
    let versions = Set(audits.flatMap { $0.1.levels.map(\.level) }).sorted()
    var table = [["cell"] + versions + ["rejected", "earliest level"]]
    for (name, audit) in audits {
      let counts = versions.map { version in
        audit.levels.first { $0.level == version }.map { "\($0.count)" } ?? "-"
      }
      let rejected = audit.rejected.isEmpty ? "-" : "\(audit.rejected.count)"
      table.append([name] + counts + [rejected, audit.earliest ?? "none known"])
    }
    let rows = TextTable.lines(table, numbers: 1..<versions.count + 2)
    return [
      "",
      "ISA audit: instructions that problem state executed, by the ISA version that brought them,",
      "and the number of rejected kinds",
    ] + rows + needs(audits) + [
      "These are the instructions of this run; programs select newer ones where they are available.",
      "Run a cell at an older level for the instructions that they execute there.",
    ]
  }

  /// The most rejections of a cell that are printed.
  private static let shown = 3

  /// The rejections of cells, which their level lacks.
  private static func needs(_ audits: [(String, ReportedAudit)]) -> [String] {
    audits.flatMap { name, audit in
      var lines = audit.rejected.prefix(shown).map { "\(name)  \($0.need)" }
      if audit.rejected.count > shown {
        lines.append("\(name)  and \(audit.rejected.count - shown) more")
      }
      return lines
    }
  }
}

extension SuiteResults {
  /// The table of the ISA audits, for people; nothing when there were none.
  public var auditTable: [String] { AuditTable.lines(results) }
}
