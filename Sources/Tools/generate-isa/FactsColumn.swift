extension CaseIterable where Self: Equatable {
  /// The place among all cases, which is the number that generated tables have for it.
  var position: Int {
    guard let position = Array(Self.allCases).firstIndex(of: self) else {
      preconditionFailure("\(self) is not one of its type's cases")
    }
    return position
  }
}

extension CaseIterable where Self: RawRepresentable<String> {
  /// All words of a kind, for messages.
  static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// How an instruction uses a register operand or a status register. The order is that of
/// `InstructionOperand.Access`: bit 0 is reading, bit 1 writing.
enum Access: String, CaseIterable {
  case none = "-"
  case read = "r"
  case write = "w"
  case readWrite = "rw"

  var isRead: Bool { self == .read || self == .readWrite }
  var isWritten: Bool { self == .write || self == .readWrite }
}

/// What instructions read and set besides their operands. The order is that of the generated
/// option set.
enum Status: String, CaseIterable {
  case cr0 = "CR0"
  case cr1 = "CR1"
  case cr6 = "CR6"
  case cr = "CR"
  case ca = "CA"
  case ov = "OV"
  case so = "SO"
  case count = "COUNT"
  case fpscr = "FPSCR"
  case vscr = "VSCR"
  case lr = "LR"
  case ctr = "CTR"
  case tar = "TAR"
  case msr = "MSR"
  case spr = "SPR"
  case system = "SYSTEM"

  /// Member of `InstructionStatus`, and its documentation.
  var swift: (name: String, documentation: String) {
    switch self {
    case .cr0: ("cr0", "CR field 0.")
    case .cr1: ("cr1", "CR field 1.")
    case .cr6: ("cr6", "CR field 6.")
    case .cr: ("cr", "The CR fields that FXM selects, or all.")
    case .ca: ("carry", "XER[CA] and XER[CA32].")
    case .ov: ("overflow", "XER[OV] and XER[OV32].")
    case .so: ("summaryOverflow", "XER[SO].")
    case .count: ("byteCount", "Bits 57 to 63 of XER, a number of bytes.")
    case .fpscr: ("fpscr", "FPSCR; writing it may interrupt when an exception is enabled.")
    case .vscr: ("vscr", "VSCR.")
    case .lr: ("lr", "LR.")
    case .ctr: ("ctr", "CTR.")
    case .tar: ("tar", "TAR.")
    case .msr: ("msr", "MSR, as data or more than the gates look at.")
    case .spr: ("spr", "The special-purpose register whose number is an operand.")
    case .system:
      ("system", "Other state: SLB, TLB, messages, transactions, copy buffer, time, randomness.")
    }
  }
}

/// What else a row says. The order is that of the generated option set.
enum Trait: String, CaseIterable {
  case branch, context, interrupt, hint

  /// Member of `InstructionTraits`, and its documentation.
  var swift: (name: String, documentation: String) {
    switch self {
    case .branch: ("branch", "May set the address of the next instruction, and CFAR.")
    case .context:
      ("context", "Changes MSR or other state that the instructions after it depend on.")
    case .interrupt:
      ("interrupt", "May interrupt other than by its gates, its storage access and FPSCR.")
    case .hint: ("hint", "Changes nothing that software sees.")
    }
  }
}

/// The format of numbers in registers. The order is that of the generated option set.
enum Format: String, CaseIterable {
  case f16, bf16, f32, f64, f128, decimal, bcd

  /// Member of `NumberFormats`, and its documentation.
  var swift: (name: String, documentation: String) {
    switch self {
    case .f16: ("half", "Binary floating point of 16 bits.")
    case .bf16: ("bfloat16", "The high half of a single.")
    case .f32: ("single", "Binary floating point of 32 bits.")
    case .f64: ("double", "Binary floating point of 64 bits, as in every FPR.")
    case .f128: ("quad", "Binary floating point of 128 bits.")
    case .decimal: ("decimal", "Decimal floating point of 64 bits, or of 128 in a pair of FPRs.")
    case .bcd: ("packedDecimal", "Packed, zoned or national decimal integers.")
    }
  }
}

/// A storage access: `load.4.signed`, `store.8x2`, `touch`.
struct StorageFacts: Hashable {
  /// The order is that of `StorageOperand.Kind`.
  enum Kind: String, CaseIterable {
    case load, store, atomic, touch
  }

  /// The order is that of `StorageOperand.Form`'s option set.
  enum Form: String, CaseIterable {
    case signed, single, reversed, splat, aligned, element, multiple, counted, reserve, conditional

    /// Member of `StorageOperand.Form`, and its documentation.
    var documentation: String {
      switch self {
      case .signed: "Sign-extended to the register."
      case .single: "Converted between single in storage and double in the register."
      case .reversed: "Bytes in the other order."
      case .splat: "Loaded into every element of the register."
      case .aligned: "The low bits of the address are ignored: the access is to the aligned block."
      case .element: "As `aligned`, of the register's element that the address names."
      case .multiple: "Of the consecutive registers from the operand to register 31."
      case .counted: "Of as many bytes as an operand, XER or a register says."
      case .reserve: "Makes a reservation."
      case .conditional: "Stores only with a reservation, which ends."
      }
    }

    /// The kinds that may have it.
    var kinds: Set<Kind> {
      switch self {
      case .signed, .splat, .reserve: [.load]
      case .conditional: [.store]
      default: [.load, .store]
      }
    }
  }

  var kind: Kind
  /// Bytes of an element, and elements; 0 bytes for `touch`.
  var bytes = 0
  var count = 1
  var forms: Set<Form> = []

  /// - Returns: nil when the text does not begin as an access does.
  /// - Throws: what is wrong with it.
  init?(_ text: String) throws(FactError) {
    let parts = text.split(separator: ".").map(String.init)
    guard let first = parts.first, let kind = Kind(rawValue: first) else { return nil }
    self.kind = kind
    guard kind != .touch else {
      guard parts.count == 1 else { throw FactError("touch has neither width nor form") }
      return
    }
    let numbers = parts.dropFirst().first?.split(separator: "x").compactMap { Int($0) } ?? []
    guard let bytes = numbers.first, numbers.count <= 2, bytes.nonzeroBitCount == 1, bytes <= 128
    else { throw FactError("\(text) has no width: '\(first).4', '\(first).8x2'") }
    self.bytes = bytes
    count = numbers.count == 2 ? numbers[1] : 1
    guard count > 0, bytes * count <= 32 || count == 1 else {
      throw FactError("\(text) is of \(bytes * count) bytes, more than two registers")
    }
    for word in parts.dropFirst(2) {
      guard let form = Form(rawValue: word) else {
        throw FactError("'\(word)' of \(text) is not a form of access: \(Form.words)")
      }
      guard form.kinds.contains(kind) else { throw FactError("\(first) cannot be \(word)") }
      forms.insert(form)
    }
  }
}

/// What is wrong with a row's facts.
struct FactError: Error {
  var message: String

  init(_ message: String) { self.message = message }
}

/// What a row says of its effects.
struct InstructionFacts {
  var storage: StorageFacts?
  var status: [Status: Access] = [:]
  var traits: Set<Trait> = []
  /// Those that the row names; those of its file when it names none.
  var formats: Set<Format> = []

  init() {}

  /// - Parameter column: `load.4,CR0:w`, or `-`.
  init(_ column: String) throws(FactError) {
    guard column != "-" else { return }
    for word in column.split(separator: ",").map(String.init) {
      if let storage = try StorageFacts(word) {
        guard self.storage == nil else { throw FactError("two accesses to storage") }
        self.storage = storage
      } else if let trait = Trait(rawValue: word) {
        guard traits.insert(trait).inserted else { throw FactError("\(word) occurs twice") }
      } else if let format = Format(rawValue: word) {
        guard formats.insert(format).inserted else { throw FactError("\(word) occurs twice") }
      } else {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let status = Status(rawValue: parts[0]),
          let access = Access(rawValue: parts[1]), access != .none
        else {
          throw FactError(
            "'\(word)' is neither an access (\(StorageFacts.Kind.words)), nor a trait "
              + "(\(Trait.words)), nor a format of numbers (\(Format.words)), "
              + "nor a register with :r, :w or :rw: \(Status.words)")
        }
        guard self.status.updateValue(access, forKey: status) == nil else {
          throw FactError("\(parts[0]) occurs twice")
        }
      }
    }
  }

  /// Looks for contradictions between what a row says in its columns.
  /// - Parameter record: what Rc sets in the row's chapter.
  func check(_ row: Row, record: Status?) throws(FactError) {
    func require(_ condition: Bool, _ message: String) throws(FactError) {
      guard condition else { throw FactError("\(row.mnemonic) \(message)") }
    }
    let data = row.operands.filter { $0.kind != .gpr0 && $0.name != "RA" }
    if let storage {
      try require(
        row.operands.contains { $0.kind == .gpr0 || $0.name == "RA" },
        "accesses storage, but has no operand RA for the address")
      if storage.kind == .store {
        let written = data.first { $0.access.isWritten }
        try require(written == nil, "stores, but writes \(written?.name ?? "")")
      }
      let conditional = storage.forms.contains(.conditional)
      try require(
        !conditional || status[.cr0]?.isWritten == true,
        "stores conditionally, but does not say CR0:w")
    }
    try require(
      storage != nil || !row.operands.contains { $0.kind == .disp },
      "has a displacement, but says neither load nor store")
    try require(
      row.fields["Rc"] == nil || record != nil,
      "has Rc, but its file has no line 'Rc CR0' that says what it sets")
    let crFields: [Status] = [.cr0, .cr1, .cr6]
    try require(
      row.mnemonic.last != "." || crFields.contains { status[$0]?.isWritten == true }
        || row.gates.contains(.tm),
      "ends with a dot, but says none of CR0:w, CR1:w, CR6:w")
    for (field, implied) in [("OE", Status.ov), ("OE", .so), ("LK", .lr)] {
      try require(
        row.fields[field] == nil || status[implied]?.isWritten != true,
        "has \(field), which says \(implied.rawValue):w already")
    }
    let floatGates: [Gate] = [.fp, .vsx, .tx, .fx, .vec, .mma]
    try require(
      status[.fpscr] == nil || floatGates.contains { row.gates.contains($0) },
      "uses FPSCR, but has none of the gates \(floatGates.map(\.rawValue).joined(separator: ", "))")
    try require(
      status[.vscr] == nil || row.gates.contains(.vec) || row.gates.contains(.mma),
      "uses VSCR, but has neither of the gates vec, mma")
    try require(
      (status[.spr] != nil) == row.operands.contains { $0.kind == .spr },
      "names a special-purpose register, or says SPR, but not both")
  }
}
