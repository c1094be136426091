/// A mistake in a .decode file.
struct DecodeError: Error, CustomStringConvertible {
  var file: String
  var line: Int
  var message: String

  var description: String { "\(file):\(line): \(message)" }
}

/// Part of an operand's value: bits of the instruction, or constant bits.
enum Piece: Hashable {
  /// Counted from the least significant bit of the instruction.
  case field(shift: Int, width: Int)
  case constant(value: Int, width: Int)
}

/// How an operand is read and printed. The order is that of `InstructionOperand.Kind`.
enum OperandKind: String, CaseIterable {
  case gpr, gpr0, fpr, vr, vsr, acc, crf, crbit, u, s, disp, target, nb, spr

  /// Whether its value names a register, or a bit or field of CR.
  var isRegister: Bool {
    switch self {
    case .gpr, .gpr0, .fpr, .vr, .vsr, .acc, .crf, .crbit: true
    case .u, .s, .disp, .target, .nb, .spr: false
    }
  }
}

/// An operand with its pieces placed.
struct Operand: Hashable {
  var name: String
  var kind: OperandKind
  /// Whether the register after it is part of the operand.
  var isPair = false
  var access = Access.none
  var pieces: [Piece]
}

/// One row of a .decode file.
struct Row {
  var file: String
  var line: Int
  var mnemonic: String
  /// Bits that are 0 or 1 in the row, and their values; a prefix is in the high 32 bits.
  var mask: UInt64 = 0
  var value: UInt64 = 0
  /// Bits written `/`.
  var reserved: UInt64 = 0
  var isPrefixed = false
  /// Least significant bit and width of each field.
  var fields: [String: (shift: Int, width: Int)] = [:]
  var operands: [Operand] = []
  /// How many operands an assembler may leave out at the end, which are zero then.
  var optionalCount = 0
  /// Hundredths, as `ISALevel` counts.
  var since = 0
  /// 0: still there.
  var until = 0
  var gates: [Gate] = []
  var facts = InstructionFacts()
  /// What Rc=1 sets.
  var record: Status?

  /// Fields that change the mnemonic, in the order of their letters: o . l a o x.
  static let suffixes = ["OE", "Rc", "LK", "AA", "RO", "EX"]

  /// The Swift function that executes it.
  var semantics: String { String(mnemonic.map { $0 == "." ? "_" : $0 }) }
}

/// What must hold before an instruction executes. The order is that of the generated option set.
enum Gate: String, CaseIterable {
  case fp, vec, vsx, tx, fx, tm, mma, privileged, hypervisor, tar, ebb, bhrb, prefix

  /// Member of `InstructionGates`, and its documentation.
  var swift: (name: String, documentation: String) {
    switch self {
    case .fp: ("floatingPoint", "MSR[FP].")
    case .vec: ("vector", "MSR[VEC].")
    case .vsx: ("vsx", "MSR[VSX].")
    case .tx: ("vsxOrVector", "MSR[VSX], or MSR[VEC] when the target or source is a VR.")
    case .fx:
      ("floatingPointOrVector", "MSR[FP], or MSR[VEC] when the target or source is a VR.")
    case .tm: ("transactionalMemory", "MSR[TM].")
    case .mma: ("matrixMultiply", "MSR[VSX]; a facility of its own.")
    case .privileged: ("privileged", "Privileged state.")
    case .hypervisor: ("hypervisor", "Hypervisor state, which a partition never has.")
    case .tar: ("targetAddress", "FSCR[TAR].")
    case .ebb: ("eventBasedBranch", "FSCR[EBB].")
    case .bhrb: ("branchHistory", "MMCR0[BHRBA].")
    case .prefix: ("prefixed", "FSCR[PREFIX]; every prefixed instruction.")
    }
  }
}

/// Every chapter, in file name order: the order of the rows' numbers.
struct InstructionSource {
  struct Chapter {
    var name: String
    var rows: [Row]
  }

  var chapters: [Chapter] = []
  var rows: [Row] { chapters.flatMap(\.rows) }
}
