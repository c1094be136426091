/// Reads Extended.decode, the extended mnemonics, and writes them for the rows that they are of.
struct ExtendedWriter {
  static let file = "Extended.decode"
  /// The number of a mnemonic's row, and the other arguments of its initializer in Swift.
  private var entries: [(row: Int, arguments: String)] = []

  private struct Failure: Error {
    var message: String
  }

  init(_ text: String, source: InstructionSource) throws(DecodeError) {
    for (number, content) in Parser.lines(text) {
      let words = content.split(separator: " ").map(String.init)
      do throws(Failure) {
        guard 3...4 ~= words.count else {
          throw Failure(message: "expected 'name row conditions operands'")
        }
        let found = entries.count
        for (row, definition) in source.rows.enumerated() where definition.mnemonic == words[1] {
          if let entry = try Self.entry(words, definition) { entries.append((row, entry)) }
        }
        guard entries.count > found else {
          throw Failure(message: "no row \(words[1]) has these operands")
        }
      } catch {
        throw DecodeError(file: Self.file, line: number, message: error.message)
      }
    }
  }

  /// - Returns: nil when the row lacks one of the operands, or has one that the line excludes.
  private static func entry(_ words: [String], _ row: Row) throws(Failure) -> String? {
    var conditions: [String] = []
    for text in words[2].split(separator: "&") {
      if text.first == "!" {
        guard index(text.dropFirst(), row) == nil else { return nil }
        continue
      }
      guard let sign = text.firstIndex(where: { "=<>".contains($0) }) else {
        throw Failure(message: "'\(text)' is not a condition: A=n, A=B, A=n-B, A<n, A>n, !A")
      }
      guard let left = index(text[..<sign], row) else { return nil }
      let right = text[text.index(after: sign)...]
      let terms = right.split(separator: "-")
      if let number = Int(right) {
        let name = ["=": "equals", "<": "below", ">": "above"][text[sign]] ?? ""
        conditions.append(".\(name)(\(left), \(number))")
      } else if terms.count == 2, let number = Int(terms[0]) {
        guard let other = index(terms[1], row) else { return nil }
        conditions.append(".complements(\(left), \(number), \(other))")
      } else {
        guard let other = index(right, row) else { return nil }
        conditions.append(".same(\(left), \(other))")
      }
    }
    var parts: [String] = []
    for text in words.count > 3 ? words[3].split(separator: ",") : [] {
      guard let part = part(text, row) else { return nil }
      parts.append(part)
    }
    return "\"\(words[0])\", [\(conditions.joined(separator: ", "))], "
      + "[\(parts.joined(separator: ", "))]"
  }

  /// - Returns: nil when the row lacks the operand.
  private static func part(_ text: Substring, _ row: Row) -> String? {
    if let number = Int(text) { return ".number(\(number))" }
    let terms = text.split(separator: "-")
    if terms.count == 2, let number = Int(terms[0]) {
      return index(terms[1], row).map { ".difference(\(number), \($0))" }
    }
    let kinds = [("?", "unlessZero"), ("f:", "floatingPoint"), ("v:", "vector")]
    for (prefix, kind) in kinds where text.hasPrefix(prefix) {
      return index(text.dropFirst(prefix.count), row).map { ".\(kind)(\($0))" }
    }
    return index(text, row).map { ".operand(\($0))" }
  }

  private static func index(_ name: Substring, _ row: Row) -> Int? {
    row.operands.firstIndex { $0.name == name }
  }

  func mnemonics() -> String {
    var text = """
      \(TableWriter.notice)

      /// The extended mnemonics of Instructions/Extended.decode.
      enum GeneratedMnemonics {
        /// In the order in which they are tried.
        static let extended: [ExtendedMnemonic] = [

      """
    for (row, arguments) in entries {
      text += TableWriter.fitting(
        "    ExtendedMnemonic(\(row), \(arguments)),\n",
        else: "    ExtendedMnemonic(\n      \(row), "
          + arguments.replacing("], [", with: "],\n      [") + "),\n")
    }
    return text + "  ]\n}\n"
  }
}
