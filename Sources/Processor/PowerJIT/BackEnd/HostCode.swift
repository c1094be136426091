package import PowerISA

/// How the translator executes some instructions: what makes their host code, for which forms and
/// hosts, and what the code promises.
///
/// Each instruction with host code is named in one ``HostCode``: in the file of its lowering, or of its emitter in the
/// back end. What the rows of the instruction table say is not repeated here.
@usableFromInline
package final class HostCode: Sendable {
  /// Assertions about the code, on which passes and the back end depend. A back end may have promises of its own, from
  /// bit 8 on; its debug builds check all of them when code is emitted.
  @usableFromInline
  package struct Promises: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt16

    @inlinable package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Never calls the semantics function, and never leaves the region.
    package static let noSideExit = Promises(rawValue: 1 << 0)
    /// Sets all of FR, FI and FPRF, or leaves them deferred, in the mode that such code requires.
    package static let setsFloatStatus = Promises(rawValue: 1 << 1)
    /// Uses doubleword 0 of vector-scalar registers only.
    package static let isScalar = Promises(rawValue: 1 << 2)
    /// Leaves the region where XER[SO] may change, so that forms with OE=1 have host code too.
    package static let leavesOnOverflow = Promises(rawValue: 1 << 3)
  }

  package typealias Lower = @Sendable (inout MicroOpBuilder, Operation) -> Void

  /// What makes the host code.
  package enum Body: Sendable {
    /// The back end, from these micro-ops.
    case lowered(Lower)
    /// An emitter of the back end, for these instructions only.
    case direct(any DirectEmitter)
    /// The semantics function executes the instruction, and the block continues.
    case helperCall
    /// The semantics function executes the instruction, and code continues at NIA.
    case helperCallAndLeave
  }

  /// Whether there is host code of its own.
  @usableFromInline
  package enum Kind: Sendable {
    case hostCode
    /// The semantics function is called, and the block continues.
    case call
    /// Code is looked up again after such a call.
    case exit
  }

  package let instructions: [InstructionID]
  package let promises: Promises
  /// Whether the host has what the code needs.
  private let isAvailable: @Sendable (HostFeatures) -> Bool
  /// Whether a form of the instruction has host code.
  private let hasForm: @Sendable (Instruction) -> Bool
  package let body: Body
  package let kind: Kind
  /// Whether the back end makes it from micro-ops.
  package let isLowered: Bool

  /// - Parameters:
  ///   - instructions: those for which this is; none for special cases, which name it themselves.
  ///   - needs: whether the host has what the code needs.
  ///   - form: which forms of the instructions have host code.
  package init(
    _ instructions: [InstructionID], _ promises: Promises = [],
    needs isAvailable: @escaping @Sendable (HostFeatures) -> Bool = { _ in true },
    where hasForm: @escaping @Sendable (Instruction) -> Bool = { _ in true }, body: Body
  ) {
    self.instructions = instructions
    self.promises = promises
    self.isAvailable = isAvailable
    self.hasForm = hasForm
    self.body = body
    kind =
      switch body {
      case .lowered, .direct: .hostCode
      case .helperCall: .call
      case .helperCallAndLeave: .exit
      }
    isLowered = if case .lowered = body { true } else { false }
  }

  /// By way of micro-ops.
  /// - Parameter codes: those of the micro-ops that not every host has.
  static func lowered(
    _ instructions: [InstructionID], needs codes: MicroOp.Codes = [],
    where hasForm: @escaping @Sendable (Instruction) -> Bool = { _ in true },
    lower: @escaping Lower
  ) -> HostCode {
    HostCode(
      instructions, .noSideExit, needs: { $0.microOps.isSuperset(of: codes) }, where: hasForm,
      body: .lowered(lower))
  }

  func contains(_ i: Instruction, on features: HostFeatures) -> Bool {
    isAvailable(features) && hasForm(i)
  }

  /// Calls the semantics function, and the block continues.
  package static let helperCall = HostCode([], body: .helperCall)
  /// Calls the semantics function, and continues at NIA, in the code of the context: the instruction may change what
  /// code depends on.
  package static let helperCallAndLeave = HostCode([], body: .helperCallAndLeave)

  /// Of all instructions that are lowered to micro-ops.
  package static let allLowered: [HostCode] =
    [arithmetic, comparisons, logical, rotations].flatMap { $0 }
}

/// What emits the code of some instructions; of interest to the back end only.
package protocol DirectEmitter: AnyObject, Sendable {}

extension HostCode {
  /// Whether it is nothing but a call of the semantics function.
  package var isHelperCall: Bool { kind != .hostCode }
}
