internal import PowerISA
internal import PowerJIT

/// What emits host code of the x86-64 back end for some instructions.
final class Emitter: DirectEmitter {
  typealias Emit = @Sendable (RegionEmitter, Operation) -> Void

  let emit: Emit
  /// What the code works out of registers before it does its work: worth keeping in a loop.
  let derived: @Sendable (Operation) -> [DerivedVector]

  init(_ emit: @escaping Emit, derived: @escaping @Sendable (Operation) -> [DerivedVector]) {
    (self.emit, self.derived) = (emit, derived)
  }
}

extension HostCode.Promises {
  /// Does not use XMM3, on hosts with AVX.
  static let sparesXMM3 = HostCode.Promises(rawValue: 1 << 8)
}

extension HostCode {
  /// With an emitter of its own.
  /// - Parameter derived: what the code works out of vector-scalar registers.
  convenience init(
    _ instructions: [InstructionID], _ promises: Promises = [],
    needs isAvailable: @escaping @Sendable (HostFeatures) -> Bool = { _ in true },
    where hasForm: @escaping @Sendable (Instruction) -> Bool = { _ in true },
    derived: @escaping @Sendable (Operation) -> [DerivedVector] = { _ in [] },
    emit: @escaping Emitter.Emit
  ) {
    self.init(
      instructions, promises, needs: isAvailable, where: hasForm,
      body: .direct(Emitter(emit, derived: derived)))
  }

  /// Its emitter, if it has one of its own.
  var emitter: Emitter? {
    guard case .direct(let emitter) = body else { return nil }
    // The rows of this back end have no others.
    return unsafeDowncast(emitter, to: Emitter.self)
  }

  /// How each row is translated.
  static let table: RowTable = {
    var forms = FormCodes()
    (forms.readsXER, forms.writesXER) = (.readsXER, .writesXER)
    (forms.readsRegister, forms.writesRegister) = (.readsRegister, .writesRegister)
    (forms.readsFacilityRegister, forms.writesFacilityRegister) = (
      .readsFacilityRegister, .writesFacilityRegister
    )
    (forms.setsPriority, forms.copiesVector) = (.setsPriority, .copiesVector)
    return RowTable(all, forms)
  }()

  private static let all: [HostCode] = [
    allLowered, multiplyAdds, selections, algebraicShifts,
    carries, divisions, conditionMoves, system,
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
