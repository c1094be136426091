internal import PowerISA

/// What a row tells about its registers and storage, worked out once: names are slow.
struct RowTraits {
  /// An operand that names a register.
  struct Register {
    let operand: InstructionOperand
    /// The first vector-scalar register of its file; nil for a general register.
    let firstVector: Int?
    /// Whether register 0 stands for no register.
    let zeroIsNone: Bool
    let isChanged: Bool
    /// T, S, A, B or C, as ``VectorOperands`` has them.
    let letter: Character
  }

  let registers: [Register]
  /// Of loads and stores of one general register.
  let storage: StorageShape?

  static let ofRow: [RowTraits] = InstructionRow.all.indices.map { RowTraits($0) }

  /// As the assembler's operands have it: the first is the target, but for stores, compares and
  /// traps; update forms change RA too.
  private init(_ number: Int) {
    let row = InstructionRow.all[number]
    // A compare's or trap's first register is no target.
    let changesNothing = row.operands.first?.kind == .crField || row.operands.first?.name == "TO"
    registers = row.operands.enumerated().compactMap { index, operand in
      let isTarget: Bool
      var firstVector: Int?
      switch operand.kind {
      case .gpr, .gprOrZero:
        isTarget =
          index == 0 && (operand.name == "RT" || operand.name == "RA")
          || index > 0 && operand.name == "RA" && row.chapter.hasSuffix("PointLoadStore")
      case .fpr, .vr, .vsr:
        firstVector = operand.kind == .vr ? 32 : 0
        // FRT, VRT, XT; what a store has is FRS.
        isTarget = index == 0 && operand.name.hasSuffix("T")
      default: return nil
      }
      return Register(
        operand: operand, firstVector: firstVector, zeroIsNone: operand.kind == .gprOrZero,
        isChanged: isTarget && !(changesNothing && firstVector == nil),
        letter: operand.name.last ?? " ")
    }
    let kind = OperationKind.ofRow[number]
    storage = kind.isFixedPointStorage ? StorageShape(kind) : nil
  }
}

/// What a load or store of one general register does, as its name tells.
struct StorageShape {
  let bytes: Int32
  let isStore: Bool
  let isAlgebraic: Bool
  let isReversed: Bool
  let updates: Bool
  let isIndexed: Bool
  /// DS forms have two bits of the opcode where D ends.
  let isDS: Bool

  fileprivate init(_ kind: OperationKind) {
    let name = kind.rawValue
    isStore = name.hasPrefix("st")
    let letters = name.dropFirst(isStore ? 2 : 1)
    bytes =
      switch letters.first {
      case "b": 1
      case "h": 2
      case "w": 4
      default: 8
      }
    let form = letters.dropFirst()
    isReversed = form.hasPrefix("br")
    isAlgebraic = form.hasPrefix("a")
    updates = form.hasSuffix("u") || form.hasSuffix("ux")
    isIndexed = form.hasSuffix("x")
    isDS = bytes == 8 || kind == .lwa
  }

  func address(_ i: Instruction) -> StorageAddress {
    isIndexed ? .indexed : .displacement(isDS ? i.ds : i.d)
  }
}

enum StorageAddress {
  /// (RA|0) plus a constant.
  case displacement(Int64)
  /// (RA|0) plus (RB).
  case indexed
}
