/// Writes the types that rows' facts are made of, and the typed names of the rows.
struct FactWriter {
  let source: InstructionSource

  private static func optionSet(
    _ name: String, _ raw: String, _ documentation: String, _ members: [(String, String)]
  ) -> String {
    var text = """

      /// \(documentation)
      @frozen
      public struct \(name): OptionSet, Hashable, Sendable {
        /// A bit for each member, from the least significant.
        public let rawValue: \(raw)

        /// The members whose bits are 1.
        @inlinable
        public init(rawValue: \(raw)) { self.rawValue = rawValue }


      """
    for (index, (member, documentation)) in members.enumerated() {
      text += "  /// \(documentation)\n"
      text += "  public static let \(member) = \(name)(rawValue: 1 << \(index))\n"
    }
    return text + "}\n"
  }

  func optionSets() -> String {
    TableWriter.notice + "\n"
      + Self.optionSet(
        "InstructionGates", "UInt16", "What must hold before an instruction executes.",
        Gate.allCases.map { ($0.swift.name, $0.swift.documentation) })
      + Self.optionSet(
        "InstructionStatus", "UInt16",
        "Registers that instructions read or set without naming them.",
        Status.allCases.map { ($0.swift.name, $0.swift.documentation) })
      + Self.optionSet(
        "InstructionTraits", "UInt8", "What else an instruction may do.",
        Trait.allCases.map { ($0.swift.name, $0.swift.documentation) })
      + Self.optionSet(
        "NumberFormats", "UInt8", "Formats of the numbers that an instruction's registers hold.",
        Format.allCases.map { ($0.swift.name, $0.swift.documentation) })
      + Self.optionSet(
        "StorageForms", "UInt16", "How an instruction accesses storage.",
        StorageFacts.Form.allCases.map { ($0.rawValue, $0.documentation) })
  }

  /// Names of instructions, each once, in the order of the rows.
  private var names: [String] {
    var known: Set<String> = []
    return source.rows.map(\.semantics).filter { known.insert($0).inserted }
  }

  func identifiers() -> String {
    var text = """
      \(TableWriter.notice)

      /// An instruction, as the mnemonic of its rows names it, with `_` for a dot. Rows of one
      /// mnemonic in different versions of the ISA share it.
      @frozen
      public enum InstructionID: UInt16, CaseIterable, Sendable {

      """
    var line = "  case"
    for name in names {
      if line.count + name.count > 96 {
        text += line.dropLast() + "\n"
        line = "  case"
      }
      line += " \(name),"
    }
    return text + line.dropLast() + "\n}\n"
  }

  // MARK: words of a row

  /// The chapters as an enumeration.
  func chapters() -> String {
    var text = """
      \(TableWriter.notice)

      /// A chapter of the books, as the file of its rows names it.
      @frozen
      public enum InstructionChapter: String, CaseIterable, Sendable {

      """
    for chapter in source.chapters {
      text += "  case \(DispatchWriter.member(chapter.name)) = \"\(chapter.name)\"\n"
    }
    return text + "}\n"
  }

  /// Status read and set, traits and formats: reads | writes << 16 | what Rc sets << 32 |
  /// traits << 48 | formats << 56.
  static func effects(_ row: Row) -> UInt64 {
    var word: UInt64 = 0
    func set(_ status: Status, _ shift: Int) {
      word |= 1 << UInt64(status.position + shift)
    }
    for (status, access) in row.facts.status {
      if access.isRead { set(status, 0) }
      if access.isWritten { set(status, 16) }
    }
    if let record = row.record { set(record, 32) }
    for trait in row.facts.traits {
      word |= 1 << UInt64(trait.position + 48)
    }
    for format in row.facts.formats {
      word |= 1 << UInt64(format.position + 56)
    }
    return word
  }

  /// The storage access: bytes | elements << 8 | forms << 16 | (1 + kind) << 32, or 0; the numbers
  /// of the operands that are its address and length, plus 1: base << 36 | index << 40 |
  /// displacement << 44 | length << 48.
  static func storage(_ row: Row) -> UInt64 {
    guard let storage = row.facts.storage else { return 0 }
    var word = UInt64(storage.bytes | storage.count << 8)
    for form in storage.forms {
      word |= 1 << UInt64(form.position + 16)
    }
    let kind = storage.kind.position
    word |= UInt64(1 + kind) << 32
    func place(_ shift: UInt64, _ isIt: (Operand) -> Bool) {
      if let index = row.operands.firstIndex(where: isIt) { word |= UInt64(index + 1) << shift }
    }
    let hasDisplacement = row.operands.contains { $0.kind == .disp }
    // lxvl and its like; strings say COUNT, or have NB.
    let isLengthInRB =
      storage.forms.contains(.counted) && row.facts.status[.count] == nil
      && !row.operands.contains { $0.kind == .nb }
    place(36) { $0.name == "RA" || $0.name == "RA0" }
    place(40) { $0.name == "RB" && !hasDisplacement && !isLengthInRB }
    place(44) { $0.kind == .disp }
    place(48) { $0.kind == .nb || $0.name == "RB" && isLengthInRB }
    return word
  }

  /// By row, the number of its name.
  var identifierNumbers: [Int] {
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return source.rows.map { numbers[$0.semantics] ?? 0 }
  }
}
