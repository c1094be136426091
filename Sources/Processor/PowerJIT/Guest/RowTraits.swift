package import PowerISA

/// How a back end has every row translated, worked out once.
package final class RowTable: Sendable {
  /// By row.
  package let rows: [RowTraits]
  let forms: FormCodes

  /// - Parameter codes: those of instructions with host code.
  package init(_ codes: [HostCode], _ forms: FormCodes) {
    // By the number of the ``InstructionID``.
    var byInstruction = [HostCode?](repeating: nil, count: InstructionID.allCases.count)
    for code in codes {
      for instruction in code.instructions {
        let number = Int(instruction.rawValue)
        precondition(byInstruction[number] == nil, "\(instruction) has host code twice")
        byInstruction[number] = code
      }
    }
    rows = InstructionRow.all.map { [byInstruction] in RowTraits($0, byInstruction) }
    self.forms = forms
  }
}

/// What the translator needs of a row.
package final class RowTraits: Sendable {
  /// An operand that names a register.
  package struct Register: Sendable {
    /// Where the five low bits of its number are in the word, as a shift, and the sixth.
    let shift: Int
    let sixth: Int?
    /// The first vector-scalar register of its file; nil for a general register.
    let firstVector: Int?
    /// Whether register 0 stands for no register.
    let zeroIsNone: Bool
    let access: InstructionOperand.Access
    let place: Place
    /// Whether the operand's value is the number, because the field is not: an even one for a pair, and a
    /// fourth of it for an accumulator.
    private let isMultiple: Bool
    /// The operand that ``isMultiple`` is about, or the one that counts bytes.
    // Safety: operands that are referred to are never freed. There is no other reference, so that copies cost little.
    private let operand: Unmanaged<ReferredOperand>?
    /// The registers from the one with the number on.
    let extent: Extent

    /// How many consecutive registers an operand names; 0 comes after 31.
    enum Extent {
      /// Also accumulators, which are four vector-scalar registers.
      case fixed(Int)
      /// All from it to 31.
      case toLast
      /// A word each of the bytes that another operand counts.
      case words
      /// It and the next two, which are only read.
      case operands
    }

    /// Which of the word's register fields it is, by the shift of its low bits: the same in all formats.
    enum Place: Int, CaseIterable {
      case t = 21
      case a = 16
      case b = 11
      case c = 6
    }

    var isGeneral: Bool { firstVector == nil }
    var isChanged: Bool { access.contains(.write) }

    /// Whether a register of those that it names is changed, by its place among them.
    func changes(_ index: Int) -> Bool {
      if case .operands = extent, index > 0 { return false }
      return isChanged
    }
  }

  let kind: InstructionID
  /// How it is executed, when its gates let it through.
  // Safety: codes are never freed.
  package unowned(unsafe) let code: HostCode
  let gates: InstructionGates
  let traits: InstructionTraits
  /// The field of CR that Rc=1 sets.
  let recorded: InstructionStatus
  let deferrable: DeferrableState
  /// What each word sets without naming it, and by Rc, OE and LK what it sets with the bit.
  private let writes: InstructionStatus
  private let conditionalWrites: InlineArray<3, ConditionalWrites>
  /// Of rows with host code of their own.
  let registers: [Register]
  /// Of loads and stores of one register.
  let storage: StorageShape?

  fileprivate init(_ row: InstructionRow, _ byInstruction: [HostCode?]) {
    writes = row.writes(of: Instruction(rawValue: 0))
    conditionalWrites = Self.conditionalWrites(row)
    kind = row.instructionID
    gates = row.gates
    traits = row.traits
    recorded = row.recorded
    // Privileged accesses of single rows are those of old levels: other forms are refused there.
    let isOld = row.gates.contains(.privileged) && row.storage != nil
    let hostCode = isOld ? nil : byInstruction[Int(row.instructionID.rawValue)]
    let code = hostCode ?? (Self.endsBlock(row) ? .helperCallAndLeave : .helperCall)
    self.code = code
    registers =
      code.isHelperCall
      ? []
      : row.operands.enumerated().compactMap { Register($1, isBase: $0 == row.storage?.base, row) }
    storage = code.isHelperCall ? nil : row.storage.flatMap { StorageShape($0, row) }
    deferrable = DeferrableState(row)
  }

  private static func conditionalWrites(
    _ row: InstructionRow
  ) -> InlineArray<3, ConditionalWrites> {
    let always = row.writes(of: Instruction(rawValue: 0))
    var list = InlineArray<3, ConditionalWrites>(
      repeating: ConditionalWrites(bit: 0, writes: []))
    var count = 0
    for number in 0..<64 as Range<UInt64> {
      let bit: UInt64 = 1 << number
      let writes = row.writes(of: Instruction(rawValue: bit)).subtracting(always)
      guard !writes.isEmpty else { continue }
      list[count] = ConditionalWrites(bit: bit, writes: writes)
      count += 1
    }
    return list
  }

  /// Whether a block ends with it when it has no host code: it may change what code depends on, as
  /// XER[SO], or what is executed next.
  private static func endsBlock(_ row: InstructionRow) -> Bool {
    return !row.traits.isDisjoint(with: [.branch, .context])
      || row.writes.contains(.summaryOverflow)
  }

  /// Whether a prefixed instruction at a word of its page has host code: the suffix must not be in the next
  /// 64 bytes, an address relative to the instruction has no base, and one with a base has a displacement
  /// that hosts' addresses have room for.
  func hasForm(prefixed i: Instruction, _ word: Int) -> Bool {
    guard word & 15 != 15 else { return false }
    guard storage != nil || kind == .paddi else { return true }
    let isZero = i.ra.number == 0
    return isZero || !i.r_11 && abs(i.d34) < Self.displacementLimit
  }

  private static let displacementLimit: Int64 = 1 << 30

  /// The registers that an instruction sets without naming them.
  func writes(of i: Instruction) -> InstructionStatus {
    var writes = writes
    for index in conditionalWrites.indices
    where i.rawValue & conditionalWrites[index].bit != 0 {
      writes.formUnion(conditionalWrites[index].writes)
    }
    return writes
  }

  private struct ConditionalWrites {
    let bit: UInt64
    let writes: InstructionStatus
  }
}

/// What a row has to do with state that may be deferred when its instruction is reached.
@usableFromInline
package struct DeferrableState: OptionSet, Sendable {
  @usableFromInline package let rawValue: UInt8

  /// It reads fields of the condition register.
  package static let readsConditions = DeferrableState(rawValue: 1 << 0)
  /// It sets such fields.
  package static let setsConditions = DeferrableState(rawValue: 1 << 1)
  /// It sets the whole field BF.
  static let setsNamedField = DeferrableState(rawValue: 1 << 2)
  /// It reads or sets the FPSCR.
  package static let usesFloatStatus = DeferrableState(rawValue: 1 << 3)
  /// It reads the vector-scalar register that ``VectorOperands/t`` is.
  package static let readsTarget = DeferrableState(rawValue: 1 << 4)

  /// It reads XER[CA] or XER[CA32], or may.
  package static let readsCarry = DeferrableState(rawValue: 1 << 5)
  /// It sets these, or may.
  package static let setsCarry = DeferrableState(rawValue: 1 << 6)

  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ row: InstructionRow) {
    self = []
    let fields: InstructionStatus = [.cr0, .cr1, .cr6, .cr]
    if !row.reads.isDisjoint(with: fields) { insert(.readsConditions) }
    if !row.writes.isDisjoint(with: fields) { insert(.setsConditions) }
    if !row.reads.isDisjoint(with: [.carry, .spr]) { insert(.readsCarry) }
    if !row.writes.isDisjoint(with: [.carry, .spr]) { insert(.setsCarry) }
    // CR1 comes from the FPSCR; with Rc=1 such rows have no host code.
    if row.writes.contains(.fpscr) || row.reads.contains(.fpscr) && !row.recorded.contains(.cr1) {
      insert(.usesFloatStatus)
    }
    for operand in row.operands {
      switch operand.kind {
      case .crField, .crBit:
        if operand.access.contains(.read) { insert(.readsConditions) }
        if operand.access.contains(.write) {
          insert(operand.kind == .crField ? [.setsConditions, .setsNamedField] : .setsConditions)
        }
      default:
        guard operand.access.contains(.read), let register = RowTraits.Register(operand, row),
          register.place == .t, !register.isGeneral
        else { continue }
        insert(.readsTarget)
      }
    }
  }
}

extension RowTraits.Register {
  /// - Returns: nil when the operand names no register that may be in a host register.
  /// - Parameter isBase: whether it is the base of an address.
  init?(_ operand: InstructionOperand, isBase: Bool = false, _ row: InstructionRow) {
    switch operand.kind {
    case .gpr, .gprOrZero: firstVector = nil
    case .fpr, .vsr, .accumulator: firstVector = 0
    case .vr: firstVector = 32
    default: return nil
    }
    // A field's value is the sum of what its bits are worth. A pair has an even number.
    let isWorth = { (bit: Int, worth: Int64) in
      operand.value(in: Instruction(rawValue: 1 << UInt64(bit))) == worth
    }
    let isAccumulator = operand.kind == .accumulator
    let (first, worth): (Int, Int64) = isAccumulator ? (2, 1) : operand.isPair ? (1, 2) : (0, 1)
    guard let place = Place.allCases.first(where: { isWorth($0.rawValue + first, worth) }) else {
      return nil
    }
    isMultiple = isAccumulator || operand.isPair
    let isData = place == .t && !isBase && firstVector == nil
    var referred = isMultiple ? operand : nil
    switch row.storage {
    case let access? where isData && access.forms.contains(.multiple): extent = .toLast
    case let access? where isData && access.forms.contains(.counted):
      // A register that has the length does not say how many the instruction names.
      let length = access.length.map { row.operands[$0] }
      let isCount = length?.kind == .byteCount
      extent = isCount ? .words : .fixed(1)
      if isCount { referred = length }
    case let access? where access.kind == .atomic && operand.access.contains(.write):
      extent = .operands
    default: extent = .fixed(isAccumulator ? 4 : operand.isPair ? 2 : 1)
    }
    self.operand = referred.map { Unmanaged.passRetained(ReferredOperand($0)) }
    shift = place.rawValue
    self.place = place
    sixth = operand.kind == .vsr ? (0..<32).first { isWorth($0, 32) } : nil
    zeroIsNone = operand.kind == .gprOrZero
    access = operand.access
  }

  func number(in i: Instruction) -> Int {
    if isMultiple { return operand?.takeUnretainedValue().multiple(in: i) ?? 0 }
    let low = Int(truncatingIfNeeded: i.rawValue >> UInt64(shift)) & 31
    guard let sixth else { return low }
    return low | Int(truncatingIfNeeded: i.rawValue >> UInt64(sixth) & 1) << 5
  }

  /// The number of the vector-scalar register that the operand names.
  func vector(in i: Instruction) -> Int? { firstVector.map { $0 + number(in: i) } }

  /// How many registers it names.
  func count(in i: Instruction) -> Int {
    switch extent {
    case .fixed(let count): count
    case .toLast: 32 - number(in: i)
    case .words: operand?.takeUnretainedValue().words(in: i) ?? 0
    case .operands: 3
    }
  }
}

/// An operand whose value is worked out piece by piece.
private final class ReferredOperand: Sendable {
  private let operand: InstructionOperand

  init(_ operand: InstructionOperand) { self.operand = operand }

  private func value(in i: Instruction) -> Int { Int(truncatingIfNeeded: operand.value(in: i)) }

  /// The number of the first of the registers that it names.
  func multiple(in i: Instruction) -> Int {
    operand.kind == .accumulator ? 4 * value(in: i) : value(in: i)
  }

  /// How many words it counts bytes of.
  func words(in i: Instruction) -> Int { (value(in: i) + 3) / 4 }
}

/// What a load or store of one register, or of a pair, does.
package struct StorageShape: Sendable {
  package let bytes: Int32
  private let smallElementBytes: UInt8
  package let isStore: Bool
  package let isAlgebraic: Bool
  package let isReversed: Bool
  /// Whether it converts between a single in storage and a double in the register.
  package let isSingle: Bool
  package let updates: Bool
  let isIndexed: Bool
  /// Whether the low four bits of the effective address are ignored.
  package let isAligned: Bool
  /// Bits of the opcode where D ends: two in DS forms, four in DQ forms.
  private let opcodeBits: UInt8

  package var elementBytes: Int { Int(smallElementBytes) }

  /// - Returns: nil for accesses of other kinds: more than one register, reservations, blocks.
  init?(_ access: StorageOperand, _ row: InstructionRow) {
    guard access.kind == .load || access.kind == .store, access.bytes <= 32,
      access.forms.isDisjoint(with: [.element, .multiple, .counted, .reserve, .conditional])
    else { return nil }
    bytes = Int32(access.bytes)
    smallElementBytes = UInt8(access.elementBytes)
    isStore = access.kind == .store
    isAlgebraic = access.forms.contains(.signed)
    isReversed = access.forms.contains(.reversed)
    isSingle = access.forms.contains(.single)
    isAligned = access.forms.contains(.aligned)
    updates = access.base.map { row.operands[$0].access.contains(.write) } ?? false
    let displacement = access.displacement.map { row.operands[$0] }
    isIndexed = displacement == nil
    opcodeBits = UInt8(displacement?.constantLowBits ?? 0)
  }

  /// Bytes from the effective address on whose pages decide where the access is. Where the low bits of
  /// the address are ignored, its page is that of the address with them.
  package var span: Int64 { isAligned ? 1 : Int64(bytes) }

  /// - Parameter origin: the instruction's address.
  func address(_ i: Instruction, at origin: UInt64) -> StorageAddress {
    if isIndexed { return .indexed }
    guard i.isPrefixed else { return .displacement(i.d & (-1 << Int64(opcodeBits))) }
    return i.r_11 ? .absolute(origin &+ UInt64(bitPattern: i.d34)) : .displacement(i.d34)
  }
}

package enum StorageAddress {
  /// (RA|0) plus a constant.
  case displacement(Int64)
  /// (RA|0) plus (RB).
  case indexed
  /// An address that is known.
  case absolute(UInt64)

  /// The one register that it is made of, and what is added; nil if there is another or none.
  package func base(_ i: Instruction) -> (register: GPR, displacement: Int64)? {
    switch self {
    case .displacement(let displacement): i.ra.number == 0 ? nil : (i.ra, displacement)
    case .indexed: i.ra.number == 0 ? (i.rb, 0) : nil
    case .absolute: nil
    }
  }
}
