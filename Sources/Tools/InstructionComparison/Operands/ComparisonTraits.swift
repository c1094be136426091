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
  /// RB: the index, or what has the length.
  let index: InstructionOperand?
  let displacement: InstructionOperand?
  let spr: InstructionOperand?
  let target: InstructionOperand?

  init(_ row: InstructionRow) {
    self.row = row
    let storage = row.storage
    isBranch = row.traits.contains(.branch)
    usesByteCount = row.reads.contains(.byteCount)
    isLongAccess =
      storage.map {
        $0.forms.contains(.multiple)
          || $0.forms.contains(.counted) && row.operands.first?.kind == .gpr
      } ?? false
    isAtomic = storage?.kind == .atomic
    needsAlignment = isAtomic || storage?.isReservation ?? false
    isExtendedVectorDivision = Self.extendedDivisions.contains(row.instructionID)
    loadsFloats = [.floatingPointLoadStore, .vsxLoadStore].contains(row.chapter)
    displacement = row.operands.first { $0.kind == .displacement }
    spr = row.operands.first { $0.kind == .spr }
    target = row.operands.first { $0.kind == .target }
    base = storage?.base.map { row.operands[$0] }
    let length = storage?.length.map { row.operands[$0] }
    let hasLengthRegister = length?.kind == .gpr
    index = hasLengthRegister ? length : storage?.index.map { row.operands[$0] }
    addressing =
      if base == nil {
        .none
      } else if displacement != nil {
        .displacement
      } else if hasLengthRegister {
        .baseAndLength
      } else {
        index == nil ? .base : .indexed
      }
    content = Self.content(row)
  }

  /// Vector divisions whose dividend is shifted to the left by the width of an element.
  static let extendedDivisions: Set<InstructionID> = [
    .vdivesw, .vdiveuw, .vdivesd, .vdiveud, .vdivesq, .vdiveuq,
  ]

  private static func content(_ row: InstructionRow) -> Content {
    let formats = row.formats
    if formats.isEmpty { return .integers }
    if formats.contains(.packedDecimal) { return .packedDecimal }
    if formats.contains(.quad) { return .quadFloat }
    if formats.contains(.decimal) {
      return .decimal(isQuad: row.operands.contains { $0.isPair && $0.access.contains(.read) })
    }
    if [.floatingPoint, .floatingPointLoadStore, .vsxScalar].contains(row.chapter) {
      return .scalarFloat
    }
    let all: [(NumberFormats, FloatFormat)] = [
      (.half, .half), (.bfloat16, .bfloat16), (.single, .single), (.double, .double),
    ]
    return .vectorFloat(all.filter { formats.contains($0.0) }.map(\.1))
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
