/// One row of Instructions/*.decode: an instruction with all its variants (add, addo, add., addo.).
public struct InstructionRow: Identifiable, Sendable {
  /// Position in ``all``, and in the processor's dispatch table.
  public let id: Int
  /// What it is called in Swift; rows of one mnemonic share it.
  public let instructionID: InstructionID
  /// Base form: `add`, `stwcx.`, `bc`.
  public let mnemonic: String
  /// The chapter of the books, as the row's file names it.
  public let chapter: InstructionChapter
  /// Bits that must match; the high half is the prefix's, or all ones against no prefix.
  public let mask: UInt64
  /// The values of the bits of ``mask``; the others are zero.
  public let value: UInt64
  /// Bits the books reserve: ignored when executing, zero in what an assembler writes.
  public let reserved: UInt64
  /// The version that brought it.
  public let since: ISALevel
  /// The version that dropped it.
  public let until: ISALevel?
  /// What must hold before it executes; an interrupt otherwise.
  public let gates: InstructionGates
  /// The operands in the order of the assembler syntax.
  public let operands: [InstructionOperand]
  /// What it does with storage; nil when it does not access storage.
  public let storage: StorageOperand?
  /// Registers that it reads without naming them, in any of its variants.
  public let reads: InstructionStatus
  /// Registers that it sets without naming them, in any of its variants.
  public let writes: InstructionStatus
  /// The field of CR that Rc=1 sets; part of ``writes``.
  public let recorded: InstructionStatus
  /// What else it may do: branch, change the context, interrupt.
  public let traits: InstructionTraits
  /// The formats of the numbers in its floating-point, vector and vector-scalar registers; empty
  /// when they hold integers or bits.
  public let formats: NumberFormats
  /// How many of the last operands an assembler may leave out; they are zero then.
  let optionalCount: Int
  /// A byte for each of OE, Rc, LK, AA, RO and EX, which change the mnemonic: 32 + bit, or 0.
  let suffixes: UInt64
  private static let suffixLetters = ["o", ".", "l", "a", "o", "x"]

  /// Every row, by id.
  public static let all = makeAll()

  /// Whether it is of two words, a prefix and a suffix.
  public var isPrefixed: Bool { value >> 58 == 1 }

  /// Whether an instruction has the bits of the row. A row with more fixed bits may match it too, and
  /// has precedence (``InstructionTable/row(of:)``).
  @inlinable
  public func matches(_ instruction: Instruction) -> Bool { instruction.rawValue & mask == value }

  /// Whether a version of the ISA has it.
  public func exists(at level: ISALevel) -> Bool {
    guard let until else { return since <= level }
    return since <= level && level < until
  }

  /// The bit of a suffix field; nil when the row has none.
  private func suffixBit(_ index: Int) -> UInt64? {
    let byte = suffixes >> UInt64(8 * index) & 0xFF
    return byte == 0 ? nil : 1 << (byte & 31)
  }

  /// The AA bit, when the instruction is a branch that has one.
  var absoluteBit: UInt64? { suffixBit(3) }

  /// The registers that this very word sets without naming them: those that Rc, OE and LK set only
  /// with the bit.
  public func writes(of instruction: Instruction) -> InstructionStatus {
    var writes = writes
    func isClear(_ suffix: Int) -> Bool {
      suffixBit(suffix).map { instruction.rawValue & $0 == 0 } ?? false
    }
    if isClear(0) { writes.subtract([.overflow, .summaryOverflow]) }
    if isClear(1) { writes.subtract(recorded) }
    if isClear(2) { writes.subtract(.lr) }
    return writes
  }

  /// Whether it may interrupt once its gates let it through: by its storage access, by a
  /// floating-point exception, or otherwise.
  public var mayInterrupt: Bool {
    storage != nil || writes.contains(.fpscr) || traits.contains(.interrupt)
  }

  /// The mnemonic of this very word: `addo.`, `bcla`.
  public func mnemonic(of instruction: Instruction) -> String {
    var text = mnemonic
    for (index, suffix) in Self.suffixLetters.enumerated() {
      if let bit = suffixBit(index), instruction.rawValue & bit != 0 { text += suffix }
    }
    return text
  }

  /// The suffix bits of a spelling of this row: `addo.` of `add`; nil when it is another's.
  func suffixBits(spelling: Substring) -> UInt64? {
    guard spelling.hasPrefix(mnemonic) else { return nil }
    var rest = spelling.dropFirst(mnemonic.count)
    var bits: UInt64 = 0
    for (index, suffix) in Self.suffixLetters.enumerated() {
      guard let bit = suffixBit(index), rest.hasPrefix(suffix) else { continue }
      bits |= bit
      rest = rest.dropFirst()
    }
    return rest.isEmpty ? bits : nil
  }

  private static func makeAll() -> [InstructionRow] {
    let names = GeneratedRows.mnemonics.split { $0 == " " || $0 == "\n" }
    let words = GeneratedRows.words
    let operands = InstructionOperand.all
    let chapters = GeneratedRows.chapters.flatMap { Array(repeating: $0.chapter, count: $0.count) }
    return names.enumerated().map { index, name in
      let row = words[(8 * index)..<(8 * index + 8)]
      let base = row.startIndex
      let attributes = row[base + 3]
      let effects = row[base + 5]
      let hasOE = row[base + 4] & 0xFF != 0
      let hasLK = row[base + 4] >> 16 & 0xFF != 0
      let recorded = InstructionStatus(rawValue: UInt16(truncatingIfNeeded: effects >> 32))
      var reads = InstructionStatus(rawValue: UInt16(truncatingIfNeeded: effects))
      // CR0 gets a copy of XER[SO].
      if recorded.contains(.cr0) { reads.insert(.summaryOverflow) }
      if recorded.contains(.cr1) { reads.insert(.fpscr) }
      var writes = InstructionStatus(rawValue: UInt16(truncatingIfNeeded: effects >> 16))
      writes.formUnion(recorded)
      if hasOE { writes.formUnion([.overflow, .summaryOverflow]) }
      if hasLK { writes.formUnion(.lr) }
      let list = GeneratedRows.operandLists[Int(attributes >> 48)...].prefix { $0 != 255 }
      return InstructionRow(
        id: index,
        instructionID: InstructionID(rawValue: UInt16(truncatingIfNeeded: row[base + 7]))
          ?? InstructionID.allCases[0],
        mnemonic: String(name), chapter: chapters[index], mask: row[base], value: row[base + 1],
        reserved: row[base + 2],
        since: ISALevel(rawValue: Int(attributes & 0xFFFF)) ?? .v2_00,
        until: ISALevel(rawValue: Int(attributes >> 16 & 0xFFFF)),
        gates: InstructionGates(rawValue: UInt16(truncatingIfNeeded: attributes >> 32)),
        operands: list.map { operands[Int($0)] }, storage: StorageOperand(row[base + 6]),
        reads: reads, writes: writes, recorded: recorded,
        traits: InstructionTraits(rawValue: UInt8(truncatingIfNeeded: effects >> 48)),
        formats: NumberFormats(rawValue: UInt8(truncatingIfNeeded: effects >> 56)),
        optionalCount: Int(row[base + 4] >> 48),
        suffixes: row[base + 4])
    }
  }
}
