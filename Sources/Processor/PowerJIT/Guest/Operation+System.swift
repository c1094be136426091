internal import PowerCPU
internal import PowerISA

/// The code of forms whose execution differs from that of their rows' other forms. By default the semantics function
/// executes them.
package struct FormCodes: Sendable {
  /// Of `mfspr` and `mtspr`: XER.
  package var readsXER = HostCode.helperCall
  package var writesXER = HostCode.helperCallAndLeave
  /// A ``SpecialRegister``, without and with a facility that problem state may lack.
  package var readsRegister = HostCode.helperCall
  package var writesRegister = HostCode.helperCall
  package var readsFacilityRegister = HostCode.helperCall
  package var writesFacilityRegister = HostCode.helperCall
  /// `or` of a register with itself that sets the program's priority.
  package var setsPriority = HostCode.helperCall
  /// `vor` and `xxlor` of a register with itself.
  package var copiesVector = HostCode.helperCall

  package init() {}
}

extension Operation {
  /// How moves of system registers and other forms with a code of their own are executed; nil for all
  /// others.
  /// - Parameter permits: whether the state may use a register, apart from its facility.
  static func codeOfForm(
    _ forms: FormCodes, _ kind: InstructionID, _ i: Instruction, _ vsr: VectorOperands,
    isPrivileged: Bool,
    is64Bit: Bool, _ permits: (_ register: Int, _ writing: Bool) -> Bool
  ) -> HostCode? {
    switch kind {
    case .mfspr, .mtspr:
      let isWrite = kind == .mtspr
      switch i.spr {
      case SPR.Number.lr, SPR.Number.ctr: return nil
      case SPR.Number.xer: return isWrite ? forms.writesXER : forms.readsXER
      case let number where isPrivileged && SpecialRegister(number, isWritten: isWrite) != nil:
        guard permits(number, isWrite) else { return .helperCall }
        return isWrite ? forms.writesRegister : forms.readsRegister
      case let number
      where !isPrivileged && SpecialRegister(ofProblemState: number, isWritten: isWrite) != nil:
        guard permits(number, isWrite) else { return .helperCall }
        if SPR.byNumber[number]?.facility == nil {
          return isWrite ? forms.writesRegister : forms.readsRegister
        }
        return isWrite ? forms.writesFacilityRegister : forms.readsFacilityRegister
      default: return .helperCall
      }
    case .mfmsr, .tlbsync, .slbsync: return isPrivileged ? nil : .helperCall
    // L=1 changes EE and RI only.
    case .mtmsr, .mtmsrd: return isPrivileged && i.l_15 ? nil : .helperCallAndLeave
    case .or:
      guard !i.rc, let priority = ProgramPriority(i) else { return nil }
      return maySet(priority, isPrivileged: isPrivileged) ? forms.setsPriority : .helperCall
    // Its carries are those of doublewords.
    case .addex: return is64Bit ? nil : .helperCall
    case .vor, .xxlor: return vsr.a == vsr.b ? forms.copiesVector : nil
    default: return nil
    }
  }

  /// Whether a state may set a priority, whatever else holds.
  private static func maySet(_ priority: ProgramPriority, isPrivileged: Bool) -> Bool {
    switch priority {
    case .low, .mediumLow, .medium: true
    case .veryLow, .mediumHigh, .high: isPrivileged
    case .veryHigh: false
    }
  }
}

/// Where a special-purpose register has its value, if reading it, or writing it, is no more than
/// that in privileged state.
package enum SpecialRegister {
  /// Bytes from the beginning of the state.
  case inState(Int)
  /// Among the others, by number.
  case byNumber(Int)

  /// Those that problem state may use, if FSCR permits.
  init?(ofProblemState number: Int, isWritten: Bool) {
    switch number {
    case SPR.Number.tar, SPR.Number.dscrProblem, SPR.Number.vrsave, SPR.Number.sprg3Problem:
      self.init(number, isWritten: isWritten)
    default: return nil
    }
  }

  package init?(_ number: Int, isWritten: Bool) {
    switch number {
    case SPR.Number.srr0: self = .inState(StateOffset.srr0)
    case SPR.Number.srr1: self = .inState(StateOffset.srr1)
    case SPR.Number.dar: self = .inState(StateOffset.dar)
    case SPR.Number.tar: self = .inState(StateOffset.tar)
    case SPR.Number.sprg0, SPR.Number.sprg1, SPR.Number.sprg2, SPR.Number.sprg3, SPR.Number.dscr:
      self = .byNumber(number)
    case SPR.Number.dscrProblem: self = .byNumber(SPR.Number.dscr)
    // Writes to these have side effects or set only some bits of 64: the semantics function does them.
    case SPR.Number.dsisr where !isWritten: self = .inState(StateOffset.dsisr)
    case SPR.Number.vrsave: self = .inState(StateOffset.vrsave)
    case SPR.Number.amr where !isWritten: self = .inState(StateOffset.amr)
    case SPR.Number.iamr where !isWritten: self = .inState(StateOffset.iamr)
    case SPR.Number.fscr where !isWritten: self = .inState(StateOffset.fscr)
    case SPR.Number.ebbhr where !isWritten: self = .byNumber(number)
    case SPR.Number.ebbrr where !isWritten: self = .byNumber(number)
    case SPR.Number.bescr where !isWritten: self = .byNumber(number)
    case SPR.Number.cfar where !isWritten: self = .inState(StateOffset.cfar)
    case SPR.Number.pid where !isWritten: self = .inState(StateOffset.pid)
    case SPR.Number.ppr where !isWritten: self = .byNumber(number)
    case SPR.Number.sprg3Problem where !isWritten: self = .byNumber(SPR.Number.sprg3)
    default: return nil
    }
  }
}
