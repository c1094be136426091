internal import PowerISA

/// What a row tells about its registers and storage, worked out once: names are slow.
struct RowTraits {
  /// An operand that names a register.
  struct Register {
    /// Where the five low bits of its number are in the word, as a shift, and the sixth.
    let shift: Int
    let sixth: Int?
    /// The first vector-scalar register of its file; nil for a general register.
    let firstVector: Int?
    /// Whether register 0 stands for no register.
    let zeroIsNone: Bool
    let isChanged: Bool
    /// T, S, A, B or C, as ``VectorOperands`` has them.
    let letter: Character
  }

  let kind: OperationKind
  let gates: InstructionGates
  /// Of rows with host code of their own.
  let registers: [Register]
  /// Whether it has to do with doubleword 0 of vector-scalar registers only.
  let isScalar: Bool
  /// Whether it is one of the vector or vector-scalar instructions, by its name.
  let isVector: Bool
  /// What a scalar floating-point operation computes.
  let float: FloatForm?
  /// Of loads and stores of one general register.
  let storage: StorageShape?

  static let ofRow: [RowTraits] = InstructionRow.all.indices.map { RowTraits($0) }

  /// As the assembler's operands have it: the first is the target, but for stores, compares and
  /// traps; update forms change RA too.
  private init(_ number: Int) {
    let row = InstructionRow.all[number]
    let kind = OperationKind.ofRow[number]
    self.kind = kind
    gates = row.gates
    // A compare's or trap's first register is no target.
    let changesNothing = row.operands.first?.kind == .crField || row.operands.first?.name == "TO"
    // Of most rows nobody asks.
    let operands = kind == .helperCall || kind == .helperCallAndLeave ? [] : row.operands
    registers = operands.enumerated().compactMap { index, operand in
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
      // A field's value is the sum of what its bits are worth.
      let bit = { (worth: Int64) in
        (0..<32).first { operand.value(in: Instruction(rawValue: 1 << UInt64($0))) == worth }
      }
      guard let shift = bit(1) else { return nil }
      return Register(
        shift: shift, sixth: operand.kind == .vsr ? bit(32) : nil, firstVector: firstVector,
        zeroIsNone: operand.kind == .gprOrZero,
        isChanged: isTarget && !(changesNothing && firstVector == nil),
        letter: operand.name.last ?? " ")
    }
    storage = StorageShape(kind)
    isScalar = kind.isScalar
    isVector = kind.rawValue.hasPrefix("v") || kind.rawValue.hasPrefix("x")
    float = FloatForm.scalar[kind]
  }
}

extension RowTraits.Register {
  func number(in i: Instruction) -> Int {
    let low = Int(truncatingIfNeeded: i.rawValue >> UInt64(shift)) & 31
    guard let sixth else { return low }
    return low | Int(truncatingIfNeeded: i.rawValue >> UInt64(sixth) & 1) << 5
  }

  /// The number of the vector-scalar register that the operand names.
  func vector(in i: Instruction) -> Int? { firstVector.map { $0 + number(in: i) } }
}

/// What a load or store of one register does.
struct StorageShape {
  let bytes: Int32
  let isStore: Bool
  var isAlgebraic = false
  var isReversed = false
  let updates: Bool
  var isIndexed = false
  /// Whether the low four bits of the effective address are ignored.
  var isAligned = false
  /// Bits of the opcode where D ends: two in DS forms, four in DQ forms.
  var opcodeBits = 0

  fileprivate init?(_ kind: OperationKind) {
    let name = kind.rawValue
    guard kind.isFixedPointStorage else {
      switch kind {
      case .lfd, .lfdu, .stfd, .stfdu, .lfdx, .lfdux, .stfdx, .stfdux, .lxsdx, .stxsdx, .lxvdsx:
        bytes = 8
      case .lfs, .lfsu, .stfs, .stfsu, .lfsx, .lfsux, .stfsx, .stfsux, .lfiwax, .lfiwzx, .stfiwx,
        .lxsiwax, .lxsiwzx, .stxsiwx, .lxsspx, .stxsspx, .lxvwsx:
        bytes = 4
      case .lxvx, .lxvd2x, .lxvw4x, .lxvh8x, .lxvb16x, .stxvx, .stxvd2x, .stxvw4x, .stxvh8x,
        .stxvb16x:
        bytes = 16
      case .lvx, .lvxl, .stvx, .stvxl: (bytes, isAligned) = (16, true)
      case .lxsd, .stxsd: (bytes, opcodeBits) = (8, 2)
      case .lxssp, .stxssp: (bytes, opcodeBits) = (4, 2)
      case .lxv, .stxv: (bytes, opcodeBits) = (16, 4)
      default: return nil
      }
      isStore = name.hasPrefix("st")
      updates = name.hasSuffix("u") || name.hasSuffix("ux")
      isIndexed = name.contains("x") && opcodeBits == 0
      return
    }
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
    opcodeBits = bytes == 8 || kind == .lwa ? 2 : 0
  }

  /// Bytes from the effective address on whose pages tell where the access is. Where the low bits of
  /// the address are ignored, its page is that of the address with them.
  var span: Int64 { isAligned ? 1 : Int64(bytes) }

  func address(_ i: Instruction) -> StorageAddress {
    isIndexed ? .indexed : .displacement(i.d & (-1 << Int64(opcodeBits)))
  }
}

enum StorageAddress {
  /// (RA|0) plus a constant.
  case displacement(Int64)
  /// (RA|0) plus (RB).
  case indexed

  /// The one register that it is made of, and what is added; nil if there is another or none.
  func base(_ i: Instruction) -> (register: GPR, displacement: Int64)? {
    switch self {
    case .displacement(let displacement): i.ra.number == 0 ? nil : (i.ra, displacement)
    case .indexed: i.ra.number == 0 ? (i.rb, 0) : nil
    }
  }
}
