/// Reads .decode files.
struct Parser {
  private struct OperandDefinition {
    var kind: OperandKind
    var isPair = false
    var access = Access.none
    var pieces: [String]
  }

  private var widths: [String: Int] = [:]
  private var definitions: [String: OperandDefinition] = [:]
  private var file = ""
  private var line = 0

  private func error(_ message: String) -> DecodeError {
    DecodeError(file: file, line: line, message: message)
  }

  /// Lines with their numbers, comments and blank lines left out.
  static func lines(_ text: String) -> [(Int, String)] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      index, line in
      let code = line.prefix { $0 != "#" }
      return code.allSatisfy { $0 == " " } ? nil : (index + 1, String(code))
    }
  }

  private static func words(_ text: Substring) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  // MARK: fields and operands

  /// Reads the field and operand declarations.
  mutating func readFields(_ text: String, file: String) throws(DecodeError) {
    self.file = file
    for (number, content) in Self.lines(text) {
      line = number
      let words = Self.words(content[...])
      switch words.first {
      case "field" where words.count == 3:
        guard let width = Int(words[2]), 1...26 ~= width else {
          throw error("'\(words[2])' is not a field width, 1 to 26")
        }
        guard widths.updateValue(width, forKey: words[1]) == nil else {
          throw error("field \(words[1]) is declared twice")
        }
      case "operand" where words.count == 5:
        let isPair = words[2].hasSuffix("*2")
        guard let kind = OperandKind(rawValue: String(words[2].dropLast(isPair ? 2 : 0))) else {
          let kinds = OperandKind.allCases.map(\.rawValue).joined(separator: ", ")
          throw error("'\(words[2])' is not an operand kind: \(kinds)")
        }
        guard let access = Access(rawValue: words[3]), (access == .none) != kind.isRegister else {
          throw error(
            kind.isRegister
              ? "'\(words[3])' is not an access of a register: r, w, rw"
              : "\(words[1]) is no register, so that its access is -")
        }
        let definition = OperandDefinition(
          kind: kind, isPair: isPair, access: access,
          pieces: words[4].split(separator: ":").map(String.init))
        guard definitions.updateValue(definition, forKey: words[1]) == nil else {
          throw error("operand \(words[1]) is declared twice")
        }
      default:
        throw error("expected 'field NAME WIDTH' or 'operand NAME KIND ACCESS PIECES'")
      }
    }
  }

  // MARK: rows

  /// Reads a chapter.
  mutating func readRows(_ text: String, file: String) throws(DecodeError) -> [Row] {
    self.file = file
    var rows: [Row] = []
    var record: Status?
    var formats: Set<Format> = []
    for (number, content) in Self.lines(text) {
      line = number
      let words = Self.words(content[...])
      if words.first == "Rc", words.count == 2 {
        guard rows.isEmpty, record == nil, let status = Status(rawValue: words[1]),
          [.cr0, .cr1, .cr6].contains(status)
        else { throw error("expected 'Rc CR0', 'Rc CR1' or 'Rc CR6', once, before the rows") }
        record = status
      } else if words.first == "Numbers", words.count == 2 {
        guard rows.isEmpty, formats.isEmpty, let format = Format(rawValue: words[1]) else {
          let names = Format.allCases.map(\.rawValue).joined(separator: ", ")
          throw error("expected 'Numbers FORMAT' once, before the rows: \(names)")
        }
        formats = [format]
      } else {
        var row = try row(content, record: record)
        if row.facts.formats.isEmpty { row.facts.formats = formats }
        rows.append(row)
      }
    }
    return rows
  }

  private func row(_ content: String, record: Status?) throws(DecodeError) -> Row {
    let columns = content.split(separator: "|", omittingEmptySubsequences: false)
    guard columns.count == 4, let mnemonic = Self.words(columns[0]).first else {
      throw error("expected 'mnemonic bits | operands | since until gate | effects'")
    }
    var row = Row(file: file, line: line, mnemonic: mnemonic)
    try readBits(Self.words(columns[0]).dropFirst(), &row)
    try readSyntax(Self.words(columns[1]).joined(), &row)
    try readAttributes(Self.words(columns[2]), &row)
    if row.fields["Rc"] != nil { row.record = record }
    do throws(FactError) {
      let effects = Self.words(columns[3]).joined()
      guard !effects.isEmpty else { throw FactError("expected effects, or -, after the gate") }
      row.facts = try InstructionFacts(effects)
      try row.facts.check(row, record: record)
    } catch {
      throw self.error(error.message)
    }
    return row
  }

  private func readBits(_ tokens: some Sequence<String>, _ row: inout Row) throws(DecodeError) {
    // Bits so far, most significant first: the row's own bits, then fields by position.
    var position = 0
    var placed: [(name: String, position: Int, width: Int)] = []
    var fixed: [(bit: Character, position: Int)] = []
    for token in tokens {
      if token == "--" {
        guard position == 32 else { throw error("the prefix has \(position) bits, not 32") }
        row.isPrefixed = true
      } else if token.allSatisfy({ "01/".contains($0) }) {
        for bit in token {
          fixed.append((bit, position))
          position += 1
        }
      } else {
        let parts = token.split(separator: ":").map(String.init)
        guard let width = parts.count == 2 ? Int(parts[1]) : widths[parts[0]] else {
          throw error("'\(token)' is neither bits (0, 1, /) nor a declared field")
        }
        guard !placed.contains(where: { $0.name == parts[0] }) else {
          throw error("field \(parts[0]) occurs twice")
        }
        placed.append((parts[0], position, width))
        position += width
      }
    }
    let total = row.isPrefixed ? 64 : 32
    guard position == total else {
      throw error("\(row.mnemonic) has \(position) bits, not \(total)")
    }
    for (bit, position) in fixed {
      let one: UInt64 = 1 << UInt64(total - 1 - position)
      if bit == "/" { row.reserved |= one } else { row.mask |= one }
      if bit == "1" { row.value |= one }
    }
    for (name, position, width) in placed {
      row.fields[name] = (total - position - width, width)
    }
    // A word instruction has no prefix: the high half must be zero.
    if !row.isPrefixed { row.mask |= 0xFFFF_FFFF << 32 }
  }

  private func readSyntax(_ syntax: String, _ row: inout Row) throws(DecodeError) {
    guard syntax != "-" else { return }
    var names: [String] = []
    try readOptional(syntax, &row)
    for text in syntax.split(whereSeparator: { ",()[]".contains($0) }) {
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      let name = parts[0]
      names.append(name)
      var definition = definitions[name] ?? OperandDefinition(kind: .u, pieces: [name])
      if parts.count == 2 {
        guard let access = Access(rawValue: parts[1]), definition.kind.isRegister else {
          throw error("'\(text)' is not a register operand with :r, :w or :rw")
        }
        guard access != definition.access else {
          throw error("\(name) is :\(parts[1]) without saying so")
        }
        definition.access = access
      }
      var pieces: [Piece] = []
      for piece in definition.pieces {
        if piece.allSatisfy({ "01".contains($0) }), let value = Int(piece, radix: 2) {
          pieces.append(.constant(value: value, width: piece.count))
        } else if let field = row.fields[piece] {
          pieces.append(.field(shift: field.shift, width: field.width))
        } else {
          throw error("operand \(name) needs field \(piece), which \(row.mnemonic) lacks")
        }
      }
      guard pieces.count <= 4 else { throw error("operand \(name) has more than four pieces") }
      row.operands.append(
        Operand(
          name: name, kind: definition.kind, isPair: definition.isPair, access: definition.access,
          pieces: pieces))
    }
    let used = Set(names.flatMap { definitions[$0]?.pieces ?? [$0] })
    if let forgotten = row.fields.keys.sorted().first(where: {
      !used.contains($0) && !Row.suffixes.contains($0)
    }) {
      throw error("field \(forgotten) of \(row.mnemonic) is in no operand")
    }
  }

  /// Counts the operands in brackets, which are the last.
  private func readOptional(_ syntax: String, _ row: inout Row) throws(DecodeError) {
    let operands = syntax.split(separator: ",")
    let first = operands.firstIndex { $0.first == "[" } ?? operands.count
    guard operands[first...].allSatisfy({ $0.first == "[" && $0.last == "]" }) else {
      throw error("an operand in [] is before one that is not")
    }
    row.optionalCount = operands.count - first
  }

  private func readAttributes(_ words: [String], _ row: inout Row) throws(DecodeError) {
    guard words.count == 3 else {
      throw error("expected 'since until gate' after the operands")
    }
    row.since = try level(words[0])
    row.until = words[1] == "-" ? 0 : try level(words[1])
    guard row.until == 0 || row.until > row.since else {
      throw error("\(row.mnemonic) vanishes at \(words[1]), before it comes at \(words[0])")
    }
    if words[2] != "-" {
      for word in words[2].split(separator: ",") {
        guard let gate = Gate(rawValue: String(word)) else {
          let gates = Gate.allCases.map(\.rawValue).joined(separator: ", ")
          throw error("'\(word)' is not a gate: \(gates)")
        }
        row.gates.append(gate)
      }
    }
    if row.isPrefixed { row.gates.append(.prefix) }
  }

  /// Hundredths of a version: 2.06 is 206, 3.1 is 310.
  private func level(_ text: String) throws(DecodeError) -> Int {
    let parts = text.split(separator: ".")
    if parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) {
      return major * 100 + (parts[1].count == 1 ? minor * 10 : minor)
    }
    throw error("'\(text)' is not an ISA version such as 2.06 or 3.1")
  }
}
