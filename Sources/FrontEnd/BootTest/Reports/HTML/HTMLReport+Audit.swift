extension HTMLReport {
  /// The ISA versions of the instructions that each audited cell's problem state executed, and what
  /// was rejected there; nothing when no cell was audited.
  var audit: HTML {
    let audits = results.results.compactMap { result in result.audit.map { (result, $0) } }
    guard !audits.isEmpty else { return "" }
    let versions = Set(audits.flatMap { $0.1.levels.map(\.level) }).sorted()
    let rows = audits.map { result, audit -> HTML in
      let counts = versions.map { version -> HTML in
        let count = audit.levels.first { $0.level == version }?.count
        return "<td class=\"number\">\(count.map(grouped) ?? "")</td>"
      }
      return """
        <tr><th scope="row"><a href="#\(anchors[result.name] ?? "")">\(result.name)</a></th>\(counts)<td class="number">\(audit.rejected.isEmpty ? "" : "\(audit.rejected.count)")</td><td>\((audit.earliest ?? "none known").bounded(40))</td></tr>

        """
    }
    let head: HTML = """
      <thead><tr><th scope="col">cell</th>\(versions.map { "<th scope=\"col\">\($0.bounded(20))</th>" as HTML })<th scope="col">rejected kinds</th><th scope="col">earliest level</th></tr></thead>

      """
    return """
      <p>Instructions that problem state executed, by the version of the ISA that brought them. Programs select newer ones where they are available: run a cell at an older level for the instructions that they execute there.</p>
      \(table("Executed instructions by ISA version", head + "<tbody>\n\(rows)</tbody>\n"))
      """
  }
}

extension FeatureComparison {
  /// Whether what was found is what is expected and promised, as far as these are known.
  var agrees: Bool { judgement.isEmpty }

  /// The difference in words; empty when there is none.
  var judgement: String {
    guard let found else { return expected == nil ? "" : "not reported" }
    if let expected, !feature.agree(found, expected) { return "other than the suite expects" }
    guard let promised, !feature.agree(found, promised) else { return "" }
    // The kernel's line has more behind the processor's name.
    if feature == .processor, found.hasPrefix(promised) { return "" }
    let words =
      feature.names(found, without: promised).map { "+\($0)" }
      + feature.names(promised, without: found).map { "−\($0)" }
    return words.isEmpty ? "other than promised" : "\(words.joined(separator: " ")) by the guest"
  }
}
