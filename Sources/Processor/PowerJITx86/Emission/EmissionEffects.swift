internal import PowerISA
internal import PowerJIT

/// What an emitter has done, as far as its promises and the row of its instruction have to agree with it.
struct EmissionEffects: OptionSet {
  let rawValue: UInt8

  /// Called the semantics function, or left the region.
  static let sideExit = EmissionEffects(rawValue: 1 << 0)
  /// Used more of a vector-scalar register than doubleword 0.
  static let usesWholeVectors = EmissionEffects(rawValue: 1 << 1)
  /// Read a field of the condition register.
  static let readsConditions = EmissionEffects(rawValue: 1 << 2)
  /// Set a field of the condition register, or left it deferred.
  static let setsConditions = EmissionEffects(rawValue: 1 << 3)
  /// Depended on the FPSCR, or changed it.
  static let usesFloatStatus = EmissionEffects(rawValue: 1 << 4)
  /// Set FR, FI and FPRF in the mode that ``RegionEmitter/requireFloatMode(_:)`` requires.
  static let setsFloatStatus = EmissionEffects(rawValue: 1 << 5)
  /// Set XER[CA32], or left it deferred.
  static let setsWordCarry = EmissionEffects(rawValue: 1 << 6)
  /// Used a part of the state while its value was deferred.
  static let usesStaleState = EmissionEffects(rawValue: 1 << 7)
}

extension RegionEmitter {
  /// Notes an effect of the code that is being emitted. Only debug builds keep it.
  @inline(__always)
  func note(_ effect: EmissionEffects) {
    #if DEBUG
      effects.insert(effect)
    #endif
  }

  /// Notes that the code that is being emitted reads a general register. Only debug builds keep it.
  @inline(__always)
  func noteRead(_ register: GuestRegister) {
    #if DEBUG
      registers.read.insert(RegisterSet(register))
    #endif
  }

  /// Notes that it sets a general register. Only debug builds keep it.
  @inline(__always)
  func noteSet(_ register: GuestRegister) {
    #if DEBUG
      registers.set.insert(RegisterSet(register))
    #endif
  }

  /// Emits what is no part of the current instruction's own code.
  func emitUnnoted(_ body: () -> Void) {
    let before = (effects, registers, a.usesXMM3)
    body()
    (effects, registers, a.usesXMM3) = before
  }

  /// Compares what has been emitted with what its host code promises.
  /// - Parameter o: the instruction, whose row must agree too; nil for code that is emitted later.
  func check(_ code: HostCode, _ o: Operation?) {
    func reject(_ isViolated: Bool, _ text: String) {
      guard isViolated else { return }
      violations.append("\(o.map { "\($0.kind)" } ?? "\(code.instructions)") \(text)")
    }
    let promises = code.promises
    // Where XMM3 is assigned to a guest register, its use is no violation.
    let usesXMM3 = a.usesXMM3 && features.avx && !assignment.chosen.hasXMM3
    reject(
      promises.contains(.noSideExit) && effects.contains(.sideExit),
      "promises to have no side exit, and has one")
    reject(promises.contains(.sparesXMM3) && usesXMM3, "promises not to use XMM3, and does")
    reject(
      promises.contains(.isScalar) && effects.contains(.usesWholeVectors),
      "promises to use doubleword 0 only, and uses more")
    reject(effects.contains(.usesStaleState), "uses what is deferred from the state")
    guard let o else { return }
    reject(
      promises.contains(.setsFloatStatus) != effects.contains(.setsFloatStatus),
      promises.contains(.setsFloatStatus)
        ? "promises to set FR, FI and FPRF, and does not"
        : "sets FR, FI and FPRF, and does not promise it")
    guard !code.isHelperCall else { return }
    // Passes depend on it, where code has no side exit.
    reject(
      !registers.read.isSubset(of: o.uses),
      "reads a general register that its operands do not declare")
    reject(
      !registers.set.isSubset(of: o.changes),
      "sets a general register that its operands do not declare")
    reject(
      !o.vsr.isAny && !o.traits.contains(.branch) && usesXMM3,
      "uses XMM3, and names no vector-scalar register")
    reject(
      effects.contains(.readsConditions) && !o.deferrable.contains(.readsConditions),
      "reads the condition register, which its row does not declare")
    reject(
      effects.contains(.setsConditions) && !o.deferrable.contains(.setsConditions),
      "sets the condition register, which its row does not declare")
    reject(
      effects.contains(.usesFloatStatus) && !o.deferrable.contains(.usesFloatStatus),
      "uses the FPSCR, which its row does not declare")
    reject(
      (0..<8).contains(where: o.replaces(field:)) && !effects.contains(.setsConditions),
      "does not set the field of the condition register that its row declares")
    reject(
      o.setsCarry && hasWordCarry && !effects.contains(.setsWordCarry),
      "does not set CA32, which its row declares")
  }
}
