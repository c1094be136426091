internal import HostSupport
internal import PowerCPU

extension MonitorCommand {
  static let translationCommands: [MonitorCommand] = [
    MonitorCommand(
      "info tlb", "[ADDRESS]", "What an effective address is translated to, or the cached pages."
    ) { session, words throws(MonitorError) in
      let processor = session.processor
      guard let word = words.first else {
        return list(
          processor.cachedTranslations.map { page in
            "\(page.effective.hexDigits(16)) -> \(page.real.hexDigits(16)) "
              + (page.isReadable ? "r" : "-") + (page.isWritable ? "w" : "-")
          })
      }
      let address = try number(word, "info tlb [ADDRESS]")
      return processor.explainedTranslations(of: address).map { access, result in
        "\(access): \(result)"
      }.joined(separator: "\n")
    },
    MonitorCommand("slb", "The valid entries of the segment lookaside buffer.") {
      session, _ throws(MonitorError) in
      let entries = session.processor.segments
      return list(
        entries.map { entry in
          "\(entry.index): ESID \(entry.effective.hexDigits(16)), VSID \(entry.virtual.hexDigits(16))"
        })
    },
    MonitorCommand("hpt", "ADDRESS", "The hashed page table's entries for an effective address.") {
      session, words throws(MonitorError) in
      let address = try number(words[0], "hpt ADDRESS")
      guard let entries = session.processor.hashedEntries(of: address) else {
        throw .translation(
          "\(words[0]) has no segment, or the processor does not use the hashed page table")
      }
      return list(
        entries.map { entry in
          "\(entry.index.hexDigits()) \(entry.first.hexDigits(16)) \(entry.second.hexDigits(16))"
            + (entry.isSecondary ? " secondary group" : "") + (entry.isMatch ? " *" : "")
        })
    },
  ]

  private static func list(_ lines: [String]) -> String {
    lines.isEmpty ? "none" : lines.joined(separator: "\n")
  }
}
