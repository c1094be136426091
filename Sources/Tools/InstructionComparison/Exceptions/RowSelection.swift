import PowerISA

/// Rows of the instruction table that a reviewed exception is about: whole chapters, rows with a fact,
/// single instructions.
struct RowSelection: Sendable, ExpressibleByArrayLiteral {
  private var instructions: Set<InstructionID> = []
  private var chapters: Set<InstructionChapter> = []
  private var conditions: [@Sendable (InstructionRow) -> Bool] = []
  /// What is selected, for a reader: names of instructions, chapters or facts.
  private(set) var names: [String]

  /// Instructions.
  init(arrayLiteral instructions: InstructionID...) {
    self.instructions = Set(instructions)
    names = instructions.compactMap { instruction in
      InstructionRow.all.first { $0.instructionID == instruction }?.mnemonic
    }
  }

  private init(_ name: String, where condition: @escaping @Sendable (InstructionRow) -> Bool) {
    names = [name]
    conditions = [condition]
  }

  static func chapters(_ chapters: InstructionChapter...) -> RowSelection {
    var selection: RowSelection = []
    selection.chapters = Set(chapters)
    selection.names = chapters.map { "all of \($0.rawValue)" }
    return selection
  }

  static func + (left: RowSelection, right: RowSelection) -> RowSelection {
    var selection = left
    selection.instructions.formUnion(right.instructions)
    selection.chapters.formUnion(right.chapters)
    selection.conditions += right.conditions
    selection.names += right.names
    return selection
  }

  func contains(_ row: InstructionRow) -> Bool {
    instructions.contains(row.instructionID) || chapters.contains(row.chapter)
      || conditions.contains { $0(row) }
  }
}

extension RowSelection {
  static let every = RowSelection("every row") { _ in true }
  static let packedDecimal = RowSelection("packed decimal") { $0.formats.contains(.packedDecimal) }
  static let reservations = RowSelection("loads and stores with reservation") {
    $0.storage?.isReservation ?? false
  }
  /// All that FPSCR matters to.
  static let floatingPoint = RowSelection("floating point") {
    !$0.formats.subtracting(.packedDecimal).isEmpty
  }
  /// Without the moves to and from FPSCR.
  static let binaryFloatingPoint = RowSelection("binary floating-point arithmetic") {
    !$0.formats.isDisjoint(with: [.half, .bfloat16, .single, .double, .quad]) && $0.storage == nil
      && !moves.contains($0)
  }
  private static let moves: RowSelection = [
    .mffs, .mffsce, .mffscdrn, .mffscdrni, .mffscrn, .mffscrni, .mffsl, .mcrfs, .mtfsfi,
    .mtfsf, .mtfsb0, .mtfsb1,
  ]
  /// Scalar instructions whose result is a single.
  static let singleResults: RowSelection = [
    .fadds, .fsubs, .fmuls, .fdivs, .fsqrts, .fres, .frsqrtes, .fmadds, .fmsubs, .fnmadds,
    .fnmsubs, .fcfids, .fcfidus, .xsaddsp, .xscvdpsp, .xscvsxdsp, .xscvuxdsp, .xsdivsp,
    .xsmaddasp, .xsmaddmsp, .xsmsubasp, .xsmsubmsp, .xsmulsp, .xsnmaddasp, .xsnmaddmsp,
    .xsnmsubasp, .xsnmsubmsp, .xsresp, .xsrsp, .xsrsqrtesp, .xssqrtsp, .xssubsp, .xststdcsp,
  ]
  /// Multiply-add and multiply-subtract of all kinds.
  static let multiplyAdds: RowSelection = [
    .fmadd, .fmadds, .fmsub, .fmsubs, .xsmaddqp, .xsmaddadp, .xsmaddasp, .xsmaddmdp,
    .xsmaddmsp, .xvmaddadp, .xvmaddasp, .xvmaddmdp, .xvmaddmsp, .xsmsubqp, .xsmsubadp,
    .xsmsubasp, .xsmsubmdp, .xsmsubmsp, .xvmsubadp, .xvmsubasp, .xvmsubmdp, .xvmsubmsp,
  ]
  /// The same with the result negated.
  static let negatedMultiplyAdds: RowSelection = [
    .fnmadd, .fnmadds, .fnmsub, .fnmsubs, .xsnmaddqp, .xsnmaddadp, .xsnmaddasp, .xsnmaddmdp,
    .xsnmaddmsp, .xvnmaddadp, .xvnmaddasp, .xvnmaddmdp, .xvnmaddmsp, .xsnmsubqp, .xsnmsubadp,
    .xsnmsubasp, .xsnmsubmdp, .xsnmsubmsp, .xvnmsubadp, .xvnmsubasp, .xvnmsubmdp, .xvnmsubmsp,
  ]
  /// Scalar comparisons, tests, maxima and minima.
  static let scalarTests: RowSelection = [
    .fcmpu, .fcmpo, .xscmpeqqp, .xscmpexpqp, .xscmpgeqp, .xscmpgtqp, .xscmpoqp, .xscmpuqp,
    .xscmpeqdp, .xscmpexpdp, .xscmpgedp, .xscmpgtdp, .xscmpodp, .xscmpudp, .ftdiv, .ftsqrt,
    .xststdcqp, .xstdivdp, .xstsqrtdp, .xststdcdp, .xststdcsp, .xsmaxcqp, .xsmaxcdp, .xsmaxdp,
    .xsmaxjdp, .xsmincqp, .xsmincdp, .xsmindp, .xsminjdp,
  ]
  /// Scalar products with or without a sum, in the forms of VSX.
  static let scalarProducts: RowSelection = [
    .xsmaddqp, .xsmsubqp, .xsmulqp, .xsmaddadp, .xsmaddasp, .xsmaddmdp, .xsmaddmsp,
    .xsmsubadp, .xsmsubasp, .xsmsubmdp, .xsmsubmsp, .xsmuldp, .xsmulsp,
  ]
}
