/// One row of Instructions/*.decode: an instruction with all its variants (add, addo, add., addo.).
public struct InstructionRow: Identifiable, Sendable {
  /// Position in ``all``, and in the processor's dispatch table.
  public let id: Int
  /// Base form: `add`, `stwcx.`, `bc`.
  public let mnemonic: String
  /// The chapter of the books, as the row's file names it: `FixedPointArithmetic`.
  public let chapter: String
  /// Bits that must match; the high half is the prefix's, or all ones against no prefix.
  public let mask: UInt64
  public let value: UInt64
  /// Bits the books reserve: ignored when executing, zero in what an assembler writes.
  public let reserved: UInt64
  /// The version that brought it.
  public let since: ISALevel
  /// The version that dropped it.
  public let until: ISALevel?
  public let gates: InstructionGates
  public let operands: [InstructionOperand]
  /// A byte for each of OE, Rc, LK, AA, RO and EX, which change the mnemonic: 32 + bit, or 0.
  let suffixes: UInt64
  private static let suffixLetters = ["o", ".", "l", "a", "o", "x"]

  /// Every row, by id.
  public static let all = makeAll()

  public var isPrefixed: Bool { value >> 58 == 1 }

  @inlinable
  public func matches(_ instruction: Instruction) -> Bool { instruction.rawValue & mask == value }

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
    let chapters = GeneratedRows.chapters.flatMap { Array(repeating: $0.name, count: $0.count) }
    return names.enumerated().map { index, name in
      let row = words[(5 * index)..<(5 * index + 5)]
      let base = row.startIndex
      let attributes = row[base + 3]
      let list = GeneratedRows.operandLists[Int(attributes >> 48)...].prefix { $0 != 255 }
      return InstructionRow(
        id: index, mnemonic: String(name), chapter: chapters[index], mask: row[base],
        value: row[base + 1],
        reserved: row[base + 2],
        since: ISALevel(rawValue: Int(attributes & 0xFFFF)) ?? .v2_00,
        until: ISALevel(rawValue: Int(attributes >> 16 & 0xFFFF)),
        gates: InstructionGates(rawValue: UInt16(truncatingIfNeeded: attributes >> 32)),
        operands: list.map { operands[Int($0)] }, suffixes: row[base + 4])
    }
  }
}
