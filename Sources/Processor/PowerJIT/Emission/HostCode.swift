internal import PowerISA

/// How the translator executes some instructions: what makes their host code, for which forms and
/// hosts, and what the emitted code promises.
///
/// Each instruction with host code is named in one ``HostCode``, in the file of its emitter. What the
/// rows of the instruction table say is not repeated here.
final class HostCode: Sendable {
  /// Assertions about the emitted code, which debug builds check when it is emitted:
  /// ``RegionEmitter/check(_:_:)``.
  struct Promises: OptionSet, Sendable {
    let rawValue: UInt8

    /// Never calls the semantics function, and never leaves the region.
    static let noSideExit = Promises(rawValue: 1 << 0)
    /// Does not use XMM3, on hosts with AVX.
    static let sparesXMM3 = Promises(rawValue: 1 << 1)
    /// Sets all of FR, FI and FPRF, or leaves them deferred, in the mode that
    /// ``RegionEmitter/requireFloatMode(_:)`` requires.
    static let setsFloatStatus = Promises(rawValue: 1 << 2)
    /// Uses doubleword 0 of vector-scalar registers only.
    static let isScalar = Promises(rawValue: 1 << 3)
    /// Leaves the region where XER[SO] may change, so that forms with OE=1 have host code too.
    static let leavesOnOverflow = Promises(rawValue: 1 << 4)
  }

  typealias Emit = @Sendable (RegionEmitter, Operation) -> Void
  typealias Lower = @Sendable (inout MicroOpBuilder, Operation) -> Void

  /// What makes the host code.
  enum Body: Sendable {
    /// The row's own emitter.
    case direct(Emit)
    /// The back end, from these micro-ops.
    case lowered(Lower)
  }

  let instructions: [InstructionID]
  let promises: Promises
  /// Whether the host has what the code needs.
  private let isAvailable: @Sendable (HostFeatures) -> Bool
  /// Whether a form of the instruction has host code.
  private let hasForm: @Sendable (Instruction) -> Bool
  /// What the code works out of registers before it does its work: worth keeping in a loop.
  let derived: @Sendable (Operation) -> [DerivedVector]
  let body: Body
  /// Whether it is host code of its own, or no more than a call of the semantics function.
  let kind: TranslatedRows.Kind
  /// Whether the back end makes it, from micro-ops.
  let isLowered: Bool

  /// - Parameters:
  ///   - instructions: those for which this is; none for special cases, which name it themselves.
  ///   - needs: whether the host has what the code needs.
  ///   - form: which forms of the instructions have host code.
  ///   - derived: what the code works out of vector-scalar registers.
  init(
    _ instructions: [InstructionID], _ promises: Promises = [],
    needs isAvailable: @escaping @Sendable (HostFeatures) -> Bool = { _ in true },
    where hasForm: @escaping @Sendable (Instruction) -> Bool = { _ in true },
    derived: @escaping @Sendable (Operation) -> [DerivedVector] = { _ in [] }, body: Body,
    kind: TranslatedRows.Kind = .hostCode
  ) {
    self.kind = kind
    isLowered = if case .lowered = body { true } else { false }
    self.instructions = instructions
    self.promises = promises
    self.isAvailable = isAvailable
    self.hasForm = hasForm
    self.derived = derived
    self.body = body
  }

  /// With an emitter of its own.
  convenience init(
    _ instructions: [InstructionID], _ promises: Promises = [],
    needs isAvailable: @escaping @Sendable (HostFeatures) -> Bool = { _ in true },
    where hasForm: @escaping @Sendable (Instruction) -> Bool = { _ in true },
    derived: @escaping @Sendable (Operation) -> [DerivedVector] = { _ in [] }, emit: @escaping Emit
  ) {
    self.init(
      instructions, promises, needs: isAvailable, where: hasForm, derived: derived,
      body: .direct(emit))
  }

  /// By way of micro-ops.
  static func lowered(
    _ instructions: [InstructionID],
    needs isAvailable: @escaping @Sendable (HostFeatures) -> Bool = { _ in true },
    where hasForm: @escaping @Sendable (Instruction) -> Bool = { _ in true },
    lower: @escaping Lower
  ) -> HostCode {
    HostCode(
      instructions, .noSideExit, needs: isAvailable, where: hasForm, body: .lowered(lower))
  }

  func contains(_ i: Instruction, on features: HostFeatures) -> Bool {
    isAvailable(features) && hasForm(i)
  }

  /// Calls the semantics function, and the block continues.
  static let helperCall = HostCode([], body: .direct { $0.helperCall($1) }, kind: .call)
  /// Calls the semantics function, and continues at NIA, in the code of the context: the instruction may change what
  /// code depends on.
  static let helperCallAndLeave = HostCode(
    [], body: .direct { $0.helperCallAndLeave($1) }, kind: .exit)

  /// Of every instruction with host code, by the number of its ``InstructionID``.
  static let byInstruction: [HostCode?] = {
    var codes = [HostCode?](repeating: nil, count: InstructionID.allCases.count)
    for code in all {
      for instruction in code.instructions {
        let number = Int(instruction.rawValue)
        precondition(codes[number] == nil, "\(instruction) has host code twice")
        codes[number] = code
      }
    }
    return codes
  }()

  private static let all: [HostCode] = [
    arithmetic, carries, divisions, comparisons, logical, rotations, conditionMoves, system,
    atomics, branches, storage, registerSequences, vectorStorage, floats, floatConversions,
    vectorFloats, elementwise,
    vectorMoves, vectorIntegers, vectorShifts, vectorBits, vectorSaturation, vectorSpecial,
    vectorExtracts, vectorImmediates, ciphers, vectorSingles,
    floatParts, vectorConversions, vectorCounts, vectorProducts,
    vectorQuadwords, vectorRotations, vectorElements, bitCounts,
    vectorDivisions, vectorGathering, vectorHalves, accumulators, outerProducts, quadwordShifts,
    floatControls,
  ].flatMap { $0 }
}

/// Which instructions have host code of their own, for those who choose some to try.
package enum TranslatedRows {
  /// How the translator executes a row, when its form and its gates allow it.
  package enum Kind: Sendable {
    /// By host code of its own.
    case hostCode
    /// By a call of its semantics function, and the block continues.
    case call
    /// By such a call after which code is looked up again.
    case exit
  }

  package static func contains(_ row: Int) -> Bool { kind(of: row) == .hostCode }

  /// The features of the host that ``Translator/mask(features:)`` can take away.
  package static var hostFeatures: [String] { HostFeatures.names }

  package static func kind(of row: Int) -> Kind { RowTraits.ofRow[row].code.kind }
}

extension HostCode {
  /// Whether it is nothing but a call of the semantics function.
  var isHelperCall: Bool { kind != .hostCode }
}
