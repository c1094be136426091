import PowerArithmetic
import PowerISA

/// The data of a row for making operands, computed once.
struct ComparisonTraits: Sendable {
  /// How an instruction of the row addresses storage.
  enum Addressing {
    case none
    /// (RA|0) + displacement.
    case displacement
    /// (RA|0) + (RB).
    case indexed
    /// (RA|0).
    case base
    /// (RA|0), with a length in the first byte of RB.
    case baseAndLength
  }

  /// What its vector-scalar registers hold.
  enum Content {
    case integers
    /// A number in doubleword 0.
    case scalarFloat
    case vectorFloat([FloatFormat])
    case quadFloat
    case decimal(isQuad: Bool)
    case packedDecimal
  }

  let row: InstructionRow
  let isBranch: Bool
  /// Loads and stores of as many bytes as XER says.
  let usesByteCount: Bool
  /// Accesses of up to 128 bytes; all others are of 32 at most.
  let isLongAccess: Bool
  /// Whether an address that is not aligned is an interrupt.
  let needsAlignment: Bool
  /// Atomic operations in storage.
  let isAtomic: Bool
  let isExtendedVectorDivision: Bool
  let loadsFloats: Bool
  let addressing: Addressing
  let content: Content
  let base: InstructionOperand?
  let index: InstructionOperand?
  let displacement: InstructionOperand?
  let spr: InstructionOperand?
  let target: InstructionOperand?

  init(_ row: InstructionRow) {
    self.row = row
    let name = row.mnemonic
    isBranch = row.chapter == "Branch"
    usesByteCount = ["lswi", "lswx", "stswi", "stswx"].contains(name)
    isLongAccess = usesByteCount || ["lmw", "stmw"].contains(name)
    isAtomic = ["lwat", "ldat", "stwat", "stdat"].contains(name)
    needsAlignment = name.hasSuffix("arx") || name.hasSuffix("cx.") || isAtomic
    isExtendedVectorDivision = name.hasPrefix("vdive")
    loadsFloats = ["FloatingPointLoadStore", "VSXLoadStore"].contains(row.chapter)
    base = row.operands.first { $0.name == "RA0" || $0.name == "RA" }
    index = row.operands.first { $0.name == "RB" }
    displacement = row.operands.first { $0.kind == .displacement }
    spr = row.operands.first { $0.kind == .spr }
    target = row.operands.first { $0.kind == .target }
    addressing = Self.addressing(row, hasIndex: index != nil, hasBase: base != nil)
    content = Self.content(row)
  }

  private static func addressing(
    _ row: InstructionRow, hasIndex: Bool, hasBase: Bool
  ) -> Addressing {
    if row.operands.contains(where: { $0.kind == .displacement }) { return .displacement }
    let chapters = [
      "FixedPointLoadStore", "FloatingPointLoadStore", "VSXLoadStore", "VectorLoadStore",
      "StorageControl",
    ]
    guard chapters.contains(row.chapter), hasBase else { return .none }
    if row.mnemonic.hasSuffix("xvl") || row.mnemonic.hasSuffix("xvll") { return .baseAndLength }
    return hasIndex ? .indexed : .base
  }

  private static func content(_ row: InstructionRow) -> Content {
    let name = row.mnemonic
    switch row.chapter {
    case "FloatingPoint", "FloatingPointLoadStore", "VSXScalar": return .scalarFloat
    case "VSXQuad": return .quadFloat
    case "DecimalFloatingPoint":
      return .decimal(isQuad: name.hasSuffix("q") && name != "dctqpq")
    case "VectorFloatingPoint": return .vectorFloat([.single])
    case "VSXVector":
      if name.contains("bf16") { return .vectorFloat([.single, .bfloat16]) }
      if name.contains("hpsp") || name.contains("sphp") { return .vectorFloat([.single, .half]) }
      if name.hasPrefix("xvcv") { return .vectorFloat([.double, .single]) }
      return .vectorFloat([name.contains("dp") ? .double : .single])
    case "MatrixMultiply":
      if name.contains("bf16") { return .vectorFloat([.bfloat16, .single]) }
      if name.contains("f16") { return .vectorFloat([.half, .single]) }
      if name.contains("f32") { return .vectorFloat([.single]) }
      if name.contains("f64") { return .vectorFloat([.double]) }
      return .integers
    case "VectorSpecial" where name.hasPrefix("bcd"): return .packedDecimal
    default: return .integers
    }
  }

  /// Whether FPSCR matters.
  var usesFPSCR: Bool {
    switch content {
    case .integers, .packedDecimal: false
    default: true
    }
  }

  /// Of every row, by its number.
  static let all: [ComparisonTraits] = InstructionRow.all.map(ComparisonTraits.init)
}
